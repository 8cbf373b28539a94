/** What the build writes for the pages of reports: each a script without imports, and the style of the curves. */

/** The script of a replay's page, with its curves. */
export const replay: string;
/** The script of a page with stories. */
export const story: string;
/** The style that the curves need. */
export const chartStyle: string;
