/** The documentation as the tests read it: pages, their code, the tables in them. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { trackedFiles } from "./tracked.js";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const tracked = trackedFiles(root);

/** Whether a file is the project's own; in a tree that is no checkout, all are. */
function isOwn(path: string): boolean {
  return tracked?.has(path) ?? true;
}

/** The top folders that the project has; undefined in a tree that is no checkout, where others may lie beside them. */
export const folders: readonly string[] | undefined = tracked && [
  ...new Set([...tracked].flatMap((path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : []))),
];

/** Text of a file of the project. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Paths of the project's own files below one of its folders whose names end so, with `/`. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter(isOwn)
    .sort();
}

/** Paths of all pages that people read. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md") && isOwn(name)),
  ...filesBelow("docs", ".md"),
  ...filesBelow("traces", ".md"),
];

/** A page's text without its code blocks. */
export function proseOf(path: string): string {
  return textOf(path).replace(/^```[\s\S]*?^```$/gm, "");
}

/** What stands between backticks in a page's prose. */
export function codeWords(path: string): string[] {
  return [...proseOf(path).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word as string);
}

/** A page's code: what stands between backticks, and the lines of its code blocks. */
export function codeOf(path: string): string[] {
  const text = textOf(path);
  const indented = [...text.matchAll(/^ {4}(\S.*)/gm)].map(([, line]) => line as string);
  const fenced = [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, body]) => body as string);
  return [...codeWords(path), ...indented, ...fenced];
}

/** The fenced blocks of a page in one language; "" for those that name none. */
export function blocks(path: string, language: string): string[] {
  return [...textOf(path).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , body]) => body as string);
}

/** The rows of all tables of a part of a page, as cells without backticks; `heading` is its title. */
export function tableRows(path: string, heading: string): string[][] {
  const lines = textOf(path).split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, "") === heading);
  if (start < 0) throw new Error(`${path} has no part "${heading}"`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line));
  return rest
    .slice(0, end < 0 ? undefined : end)
    .filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line))
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")));
}
