/** What stands at the top level of a source file: its imports, its declarations, and where each begins and ends. */

import { Cursor } from "./cursor.js";
import type { Token } from "./tokens.js";

/** A part of a text, as character offsets. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One name that a file imports. */
export interface Import {
  /** The name in this file; empty for an import of a file for its effects. */
  readonly local: string;
  /** What is imported, as it is written: `a as b`, `* as c`. */
  readonly what: Range;
  /** The file's name, as it is written, with quotes. */
  readonly from: Range;
  readonly at: number;
}

/** One declaration. */
export interface Declaration {
  /** The name that it declares, or under which it re-exports. */
  readonly name: string;
  /** From its doc comment to its end, with a comment behind it on the same line. */
  readonly whole: Range;
  /** The same without comments around it. */
  readonly code: Range;
  /** Where the name stands. */
  readonly at: number;
  /** Of the re-export of a name: what is exported, and from where, as {@link Import}. Its ranges are the statement's. */
  readonly reexport?: { readonly what: Range; readonly from: Range };
}

/** A statement that an overlay must not have. */
export interface Stray {
  readonly at: number;
  readonly why: string;
}

/** The top level of a file. */
export interface Declared {
  /** The comment that the file begins with, unless it is the first declaration's. Empty where there is none. */
  readonly header: Range;
  readonly imports: readonly Import[];
  /** The statements that the imports come from. */
  readonly importStatements: readonly Range[];
  readonly declarations: readonly Declaration[];
  readonly strays: readonly Stray[];
  /** False when its brackets do not match, or a string or a comment does not end: nothing else here can be relied on then. */
  readonly balanced: boolean;
}

const MODIFIERS = ["export", "declare", "abstract", "default"];
const WITH_BODY = ["function", "class", "enum", "interface", "namespace", "module"];

/** Reads the top level of a text. */
export function readDeclared(text: string): Declared {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  readonly #cursor: Cursor;
  readonly #imports: Import[] = [];
  readonly #importStatements: Range[] = [];
  readonly #declarations: Declaration[] = [];
  readonly #strays: Stray[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#cursor = new Cursor(text);
  }

  read(): Declared {
    while (!this.#cursor.atEnd) {
      const first = this.#cursor.at;
      this.#statement();
      if (this.#cursor.at === first) this.#cursor.at++;
    }
    const first = Math.min(
      this.#declarations[0]?.whole.start ?? this.#text.length,
      this.#importStatements[0]?.start ?? this.#text.length,
      this.#strays[0]?.at ?? this.#text.length,
    );
    const head = this.#text.slice(0, first);
    const header = { start: head.length - head.trimStart().length, end: head.trimEnd().length };
    return {
      header: header.start < header.end ? header : { start: 0, end: 0 },
      imports: this.#imports,
      importStatements: this.#importStatements,
      declarations: this.#declarations,
      strays: this.#strays,
      balanced: this.#cursor.balanced,
    };
  }

  #statement(): void {
    const first = this.#cursor.at;
    if (this.#cursor.is(";")) {
      this.#cursor.at++;
      return;
    }
    if (this.#cursor.is("import")) {
      this.#import(first);
      return;
    }
    this.#decorators();
    const modifiers: string[] = [];
    while (MODIFIERS.includes(this.#cursor.peek()?.text ?? "") && this.#cursor.peek(1)?.text !== "=") {
      modifiers.push(this.#cursor.peek()?.text ?? "");
      this.#cursor.at++;
    }
    const keyword = this.#cursor.peek()?.text ?? "";
    if (modifiers.at(-1) === "export" && (keyword === "{" || keyword === "*")) {
      this.#export(first);
      return;
    }
    if (modifiers.includes("default")) {
      this.#stray(first, "a default export is none of them");
      return;
    }
    if (keyword === "const" && this.#cursor.is("enum", 1)) this.#cursor.at++;
    const kind = this.#cursor.peek()?.text ?? "";
    const name = this.#cursor.peek(1);
    if (name?.kind !== "word") {
      this.#stray(first, "this is none of them");
      return;
    }
    if (WITH_BODY.includes(kind)) {
      this.#cursor.at += 2;
      this.#cursor.body(modifiers.includes("declare"));
      this.#declare(first, name);
    } else if (kind === "type") {
      this.#cursor.skipStatement();
      this.#declare(first, name);
    } else if (kind === "const" || kind === "let" || kind === "var") {
      const several = this.#cursor.skipStatement();
      if (several) this.#strays.push({ at: this.#startOf(first), why: `one ${kind} declares one name` });
      else if (kind !== "const")
        this.#strays.push({ at: this.#startOf(first), why: `this is a ${kind}, and no const` });
      this.#declare(first, name);
    } else this.#stray(first, "this is none of them");
  }

  #startOf(first: number): number {
    return this.#cursor.token(first)?.start ?? 0;
  }

  #stray(first: number, why: string): void {
    this.#strays.push({ at: this.#startOf(first), why });
    this.#cursor.skipStatement();
  }

  #decorators(): void {
    while (this.#cursor.is("@")) {
      this.#cursor.at += 2;
      while (this.#cursor.is(".")) this.#cursor.at += 2;
      if (this.#cursor.is("(")) this.#cursor.group();
    }
  }

  #declare(first: number, name: Token, more: Partial<Declaration> = {}): void {
    const code = {
      start: this.#startOf(first),
      end: this.#cursor.token(this.#cursor.at - 1)?.end ?? this.#text.length,
    };
    this.#declarations.push({
      name: name.text,
      code,
      whole: this.#whole(code, first),
      at: name.start,
      ...more,
    });
  }

  /** Adds the comments that belong to a declaration: those right above it, and one behind it on its last line. */
  #whole(code: Range, first: number): Range {
    const floor = this.#cursor.token(first - 1)?.end ?? 0;
    const above = this.#text.slice(floor, code.start);
    // What stands behind the token before, on its line, is that one's.
    const from = floor === 0 ? 0 : above.includes("\n") ? above.indexOf("\n") : above.length;
    let start = code.start;
    for (const { index, 0: comment } of [...above.matchAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g)].reverse()) {
      const gap = this.#text.slice(floor + index + comment.length, start);
      if (index < from || gap.split("\n").length > 2) break;
      start = floor + index;
    }
    const behind = /^[^\S\n]*(?:\/\/[^\n]*|\/\*[^\n]*?\*\/[^\S\n]*(?=\n|$))/.exec(this.#text.slice(code.end));
    return { start, end: code.end + (behind?.[0].length ?? 0) };
  }

  #import(first: number): void {
    this.#cursor.at++;
    const names: { local: string; what: Range; at: number }[] = [];
    const named = (): void => {
      const what = this.#cursor.peek();
      const renamed = this.#cursor.is("as", 1);
      const local = this.#cursor.peek(renamed ? 2 : 0);
      this.#cursor.at += renamed ? 3 : 1;
      if (what === undefined || local === undefined) return;
      names.push({ local: local.text, what: { start: what.start, end: local.end }, at: local.start });
    };
    if (this.#cursor.peek()?.kind !== "string") {
      const braces = this.#cursor.is("{");
      if (!braces && !this.#cursor.is("*")) {
        this.#stray(first, "import a name in braces, or all as one name");
        return;
      }
      while (!this.#cursor.atEnd && !this.#cursor.is("from") && !this.#cursor.is(";")) {
        if (braces && (this.#cursor.is("{") || this.#cursor.is("}") || this.#cursor.is(",")))
          this.#cursor.at++;
        else named();
      }
      this.#cursor.at++;
    }
    const from = this.#cursor.peek();
    if (from?.kind !== "string") {
      this.#cursor.giveUp();
      this.#stray(first, "this import names no file");
      return;
    }
    this.#cursor.at++;
    if (this.#cursor.is(";")) this.#cursor.at++;
    const code = { start: this.#startOf(first), end: this.#cursor.token(this.#cursor.at - 1)?.end ?? 0 };
    // With the line's end: nothing is to be left of it.
    const { end } = this.#whole(code, first);
    const lineEnd = /^\r?\n/.exec(this.#text.slice(end, end + 2))?.[0] ?? "";
    this.#importStatements.push({ start: code.start, end: end + lineEnd.length });
    if (names.length === 0)
      names.push({ local: "", what: { start: from.start, end: from.start }, at: from.start });
    for (const name of names) this.#imports.push({ ...name, from });
  }

  /** `export { a, b as c } from "./file"`: a declaration for each name. */
  #export(first: number): void {
    if (this.#cursor.is("*")) {
      this.#stray(first, "an export of all that a file has names nothing");
      return;
    }
    const opened = this.#cursor.at;
    this.#cursor.group();
    const tokens = this.#cursor.between(opened + 1, this.#cursor.at - 1);
    const from = this.#cursor.peek(1);
    if (!this.#cursor.is("from") || from?.kind !== "string") {
      this.#stray(first, "write `export` before the declaration itself");
      return;
    }
    this.#cursor.at += 2;
    if (this.#cursor.is(";")) this.#cursor.at++;
    for (let i = 0; i < tokens.length; i++) {
      const what = tokens[i];
      if (what === undefined || what.text === ",") continue;
      if (tokens[i + 1]?.text === "as") i += 2;
      const name = tokens[i];
      if (name === undefined) continue;
      this.#declare(first, name, { reexport: { what: { start: what.start, end: name.end }, from } });
    }
  }
}
