/** What the build writes for scenario/bundled.ts. */

/** The package's races, by name: the texts of `races/*.race`. */
export const races: Readonly<Record<string, string>>;
