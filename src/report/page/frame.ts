/** The frame that all pages share: one file that needs nothing from outside, with its title, its style and its script. */

import { escapeHtml } from "./html.js";
import { BASE_STYLE } from "./style.js";

/** What a page is made of. */
export interface PageParts {
  /** In the window's title. */
  readonly title: string;
  readonly heading: string;
  /** A line below the heading, as HTML. */
  readonly about?: string;
  /** Rules besides the shared ones. */
  readonly style?: string;
  /** HTML. */
  readonly body: string;
  /** Data for the script, by the id of its element. */
  readonly data?: Readonly<Record<string, string>>;
  /** A script without modules. */
  readonly script?: string;
}

/** The page, whole. */
export function framed({ title, heading, about, style = "", body, data = {}, script }: PageParts): string {
  const elements = Object.entries(data).map(
    ([id, json]) => `<script type="application/json" id="${id}">${json.replaceAll("<", "\\u003c")}</script>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${BASE_STYLE}${style}</style></head><body>
<header><h1>${escapeHtml(heading)}</h1>${about === undefined ? "" : `<p>${about}</p>`}</header>
${body}
${elements.join("\n")}
${script === undefined ? "" : `<script>${inScript(script)}</script>\n`}</body></html>
`;
}

/** A script that nothing in it can end. */
function inScript(text: string): string {
  return text.replace(/<(\/script|!--)/gi, "<\\$1");
}
