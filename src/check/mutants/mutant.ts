/** A mutant: a declaration of the engine, changed by one small step. */

import { tokensOf } from "../../build/tokens.js";
import type { Body, Node, Statement } from "./tree.js";

/** A part of a file that becomes another text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** On one line, without comments. Empty: the statement goes. */
  readonly text: string;
  readonly form: "expression" | "statement";
}

/** What an operator changes at one place. */
export interface Change {
  readonly edits: readonly Edit[];
  /** Functions of arch/access.ts that the new text uses. */
  readonly uses?: readonly string[];
}

/** A kind of small step. */
export interface Operator {
  readonly name: string;
  /** What it does, in a few words. */
  readonly what: string;
  find(body: Body): readonly Change[];
}

export interface Mutant extends Change {
  /** `rmap/prepare.ts:anonVmaPrepareSlow/no-lock/1`: other declarations do not change it. */
  readonly name: string;
  /** Below `assembly/`. */
  readonly file: string;
  readonly declaration: string;
  readonly operator: string;
  /** Where its first change begins. */
  readonly line: number;
}

/** A stretch of lines, before and after. */
export interface ChangedLines {
  readonly line: number;
  readonly was: readonly string[];
  readonly now: readonly string[];
}

/** A text without comments and line ends. */
function oneLine(text: string): string {
  let end = 0;
  let line = "";
  for (const token of tokensOf(text)) {
    line += (token.start > end && line !== "" ? " " : "") + token.text;
    end = token.end;
  }
  return line;
}

/** Writes another expression in place of one. */
export function expression({ range }: Node, text: string): Edit {
  return { start: range.start, end: range.end, text: oneLine(text), form: "expression" };
}

/** Writes another statement in place of one; without a text, none. */
export function statement(body: Body, { range }: Node, text = ""): Edit {
  return { start: range.start, end: endOf(body, range.end), text: oneLine(text), form: "statement" };
}

/** The end of a statement with its semicolon, which the compiler's range may leave out. */
function endOf({ text }: Body, end: number): number {
  return text[end] === ";" ? end + 1 : end;
}

/** Two neighbours change places. */
export function exchanged(body: Body, first: Statement, second: Statement): Edit {
  const { start } = first.range;
  const text = (one: Statement) => body.text.slice(one.range.start, endOf(body, one.range.end));
  const end = endOf(body, second.range.end);
  return { start, end, text: oneLine(`${text(second)} ${text(first)}`), form: "statement" };
}

/** The file with the mutant's changes in it. */
export function mutate(text: string, { edits, uses }: Change): string {
  let result = text;
  for (const { start, end, text: now } of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + (now === "" ? ";" : now) + result.slice(end);
  return withAccess(result, uses ?? []);
}

/** Imports functions of arch/access.ts that the file does not import yet, on its first line. */
export function withAccess(text: string, names: readonly string[]): string {
  const missing = names.filter((name) => !new RegExp(`^import [^;]*\\b${name}\\b`, "m").test(text));
  return missing.length === 0 ? text : `import { ${missing.join(", ")} } from "../arch/access"; ${text}`;
}

/** A line without code. */
const NOTHING = /^\s*;?\s*(?:\/\/.*)?$/;

/** The lines that a mutant changes. */
export function linesOf(text: string, { edits }: Change): ChangedLines[] {
  const found: ChangedLines[] = [];
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  for (const { start, end, text: now } of [...edits].sort((a, b) => a.start - b.start)) {
    const from = text.lastIndexOf("\n", start - 1) + 1;
    const to = text.indexOf("\n", end) < 0 ? text.length : text.indexOf("\n", end);
    const after = `${text.slice(from, start)}${now || ";"}${text.slice(end, to)}`;
    found.push({
      line: lineAt(start),
      was: text.slice(from, to).split("\n"),
      now: NOTHING.test(after) ? [] : after.split("\n"),
    });
  }
  return found;
}
