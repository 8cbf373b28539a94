/** The words of a litmus file, each with its place. */
import { InputError, named, type Position } from "../errors.js";
import { shown } from "../text/words.js";

type TokenKind = "number" | "name" | "sign" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset of the first character. */
  readonly at: number;
}

/** A construct of C or of herd7 that this program does not know. The message names it, with its place. */
export class UnsupportedError extends InputError {
  static {
    named(UnsupportedError, "UnsupportedError");
  }
}

/** Longest signs first. `/\` and `\/` are of conditions. */
const TOKEN =
  /(0[xX][0-9a-fA-F]+|\d+)[uUlL]*(?!\w)|([A-Za-z_]\w*)|(<<=|>>=|->|=>|\/\\|\\\/|==|!=|<=|>=|&&|\|\||<<|>>|\+\+|--|\+=|-=|\|=|&=|\^=|[-+*&|^~!<>=(){}[\];,?:.%/])/y;
const SPACE = /\s*/y;

/** The place of an offset in a text. */
function placeOf(file: string, text: string, at: number): Position {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return { file, line, column: at - before.lastIndexOf("\n") };
}

/** Reads a litmus file word by word. `code` says whether we are in the C of a process, where `(*x` begins no comment. */
export class Lexer {
  code = false;
  /** Processes of the test, as soon as they have been read. */
  processes = 0;
  /** Whether the test has a register of a process, or a location (process -1). Known as soon as the processes are. */
  knows: (process: number, name: string) => boolean = () => true;
  /** What the part below the processes names, and nothing has. */
  readonly unknown = new Set<string>();
  /** Terms of conditions so far. */
  terms = 0;
  #at = 0;
  #next: Token | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  /** How far we have read. */
  get place(): number {
    return this.#at;
  }

  /** The next token, which stays. */
  peek(): Token {
    this.#next ??= this.#scan();
    return this.#next;
  }

  /** The next token, which is consumed. */
  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  /** Consumes the next token if it is this sign or name. */
  accept(text: string): boolean {
    const token = this.peek();
    if (token.text !== text || token.kind === "end") return false;
    this.take();
    return true;
  }

  /** Consumes the next token, which must be this sign or name. Throws InputError. */
  expect(text: string): Token {
    const token = this.peek();
    if (token.text !== text || token.kind === "end") throw this.unexpected(`"${text}"`);
    return this.take();
  }

  /** Consumes a name. Throws InputError; `what` says which one is expected. */
  name(what: string): string {
    if (this.peek().kind !== "name") throw this.unexpected(what);
    return this.take().text;
  }

  /** Consumes an integer with an optional sign. Throws InputError. */
  integer(what: string): number {
    const minus = this.accept("-");
    if (this.peek().kind !== "number") throw this.unexpected(what);
    const value = this.number();
    return minus ? -value : value;
  }

  /** Consumes a number, which must be next: in C, 010 is 8. Throws UnsupportedError for one that is not exact. */
  number(): number {
    const { text, at } = this.take();
    const value = Number(/^0[0-7]+$/.test(text) ? `0o${text}` : text);
    if (Number.isSafeInteger(value)) return value;
    throw this.unsupported("a number above 2^53", at);
  }

  /** The rest of the line, trimmed. Nothing may have been peeked. */
  line(): string {
    const end = this.text.indexOf("\n", this.#at);
    const line = this.text.slice(this.#at, end < 0 ? undefined : end);
    this.#at += line.length;
    return line.trim();
  }

  /** Skips everything, comments and quoted text too, up to the next `{`, which is consumed. Throws InputError. */
  skipToBrace(): void {
    for (;;) {
      this.#skipSpace();
      const sign = this.text[this.#at];
      if (sign === undefined || /^P\d+\s*\(/.test(this.text.slice(this.#at, this.#at + 20)))
        throw this.error("expected the init section: { … }, even if it is empty");
      this.#at++;
      if (sign === "{") return;
      if (sign === '"') {
        const end = this.text.indexOf('"', this.#at);
        if (end < 0) throw this.error("the quoted text has no end");
        this.#at = end + 1;
      }
    }
  }

  /** The error for a token that does not fit. */
  unexpected(expected: string): InputError {
    const { kind, text, at } = this.peek();
    const found = kind === "end" ? "the end of the file" : `"${shown(text)}"`;
    return this.error(`expected ${expected}, found ${found}`, at);
  }

  error(message: string, at = this.#at): InputError {
    return new InputError(
      placeOf(this.file, this.text, at),
      message,
      "docs/litmus.md has the form of a litmus test",
    );
  }

  unsupported(what: string, at: number): UnsupportedError {
    return unsupported(this.file, this.text, what, at);
  }

  #scan(): Token {
    this.#skipSpace();
    const at = this.#at;
    if (at >= this.text.length) return { kind: "end", text: "", at };
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(this.text);
    if (found === null)
      throw this.error(`expected a name, a number or a sign, found "${shown(this.text[at] ?? "")}"`);
    this.#at = TOKEN.lastIndex;
    const [, number, name, sign = ""] = found;
    if (number !== undefined) return { kind: "number", text: number, at };
    return name === undefined ? { kind: "sign", text: sign, at } : { kind: "name", text: name, at };
  }

  #skipSpace(): void {
    for (;;) {
      SPACE.lastIndex = this.#at;
      SPACE.exec(this.text);
      this.#at = SPACE.lastIndex;
      const [open, close] = this.#commentHere();
      if (open === undefined) return;
      const end = this.text.indexOf(close, this.#at + open.length);
      if (end < 0 && close !== "\n") throw this.error(`the comment that begins here has no end "${close}"`);
      this.#at = end < 0 ? this.text.length : end + close.length;
    }
  }

  #commentHere(): readonly [open: string, close: string] | readonly [undefined, ""] {
    const here = this.text.slice(this.#at, this.#at + 3);
    if (here.startsWith("/*")) return ["/*", "*/"];
    if (here.startsWith("//")) return ["//", "\n"];
    const isOcaml = here.startsWith("(*") && (!this.code || this.#isCommentInCode(here));
    return isOcaml ? ["(*", "*)"] : [undefined, ""];
  }

  /** In C, `(*` begins a comment only behind a space or the end of a statement, and before one. */
  #isCommentInCode(here: string): boolean {
    return /\s/.test(here[2] ?? " ") && /[\s;{}]/.test(this.text[this.#at - 1] ?? " ");
  }
}

/** The error for a construct that this program does not know. */
export function unsupported(file: string, text: string, what: string, at: number): UnsupportedError {
  return new UnsupportedError(
    placeOf(file, text, at),
    `${what} is not supported`,
    "docs/litmus.md lists what a test may use",
  );
}
