/** Reads JSON with exact integers, and keeps the place of each value for messages. */
import { InputError } from "../errors.js";
import { shown } from "./words.js";

/** A value: integers are bigints of any size, numbers with a fraction or an exponent are numbers. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonNode[]
  | ReadonlyMap<string, JsonNode>;

/** A value and its offset in the text. */
export interface JsonNode {
  readonly at: number;
  readonly value: JsonValue;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
/** The most digits of a number: nothing here has a longer one. */
const DIGITS = 400;
const SPACE = /[ \t\r\n]*/y;
const WORDS = [
  ["null", null],
  ["true", true],
  ["false", false],
] as const;

/** The most levels of nesting. Handwritten and recorded files have only a few. */
const MOST_LEVELS = 200;

/** One JSON text. All methods throw InputError with file, line and column. */
export class JsonText {
  readonly #text: string;
  readonly #file: string;
  readonly #hint: string;
  #at = 0;
  #level = 0;

  /** `file` is the name for messages, `hint` the hint of errors without one of their own. */
  constructor(text: string, file: string, hint = "") {
    this.#text = text;
    this.#file = file;
    this.#hint = hint;
  }

  /** The one value of the text. */
  read(): JsonNode {
    const node = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) this.fail(this.#at, `expected the end, found ${this.#here()}`);
    return node;
  }

  /** Stops with an error at an offset. */
  fail(at: number, message: string, hint = this.#hint): never {
    let line = 1;
    let start = 0;
    for (let end = this.#text.indexOf("\n"); end >= 0 && end < at; end = this.#text.indexOf("\n", start)) {
      line++;
      start = end + 1;
    }
    throw new InputError({ file: this.#file, line, column: at - start + 1 }, message, hint);
  }

  #value(): JsonNode {
    this.#skip();
    const at = this.#at;
    if (this.#take("{")) return { at, value: this.#deeper(at, () => this.#members()) };
    if (this.#text[at] === "[") return { at, value: this.#deeper(at, () => this.#items()) };
    if (this.#text[at] === '"') return { at, value: this.#string() };
    const word = WORDS.find(([text]) => this.#take(text));
    if (word) return { at, value: word[1] };
    const number = this.#match(NUMBER);
    if (!number) this.fail(at, `expected a JSON value, found ${this.#here()}`);
    const [text, fraction, exponent] = number;
    if (text.length > DIGITS) this.fail(at, `expected a number of at most ${DIGITS} digits`);
    const value = (fraction ?? exponent) ? Number(text) : BigInt(text);
    if (value === Infinity || value === -Infinity) this.fail(at, "expected a number of at most 1.8e308");
    return { at, value };
  }

  /** Reads a value one level deeper. */
  #deeper<T>(at: number, read: () => T): T {
    if (++this.#level > MOST_LEVELS)
      this.fail(at, `values are nested too deep: more than ${MOST_LEVELS} levels`);
    const value = read();
    this.#level--;
    return value;
  }

  #members(): Map<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    this.#skip();
    if (this.#take("}")) return members;
    do {
      this.#skip();
      const at = this.#at;
      const key = this.#string();
      if (members.has(key)) this.fail(at, `the key "${shown(key)}" appears here a second time`);
      this.#skip();
      this.#must(":");
      members.set(key, this.#value());
      this.#skip();
    } while (this.#take(","));
    this.#must("}");
    return members;
  }

  /** The items of a list after its `[`, which this reads too. */
  #items(): JsonNode[] {
    this.#must("[");
    const items: JsonNode[] = [];
    this.#skip();
    if (this.#take("]")) return items;
    do {
      items.push(this.#value());
      this.#skip();
    } while (this.#take(","));
    this.#must("]");
    return items;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let end = text[start] === '"' ? text.indexOf('"', start + 1) : -1;
    // A quotation mark after an odd number of backslashes is part of the string.
    for (; end >= 0 && isEscaped(text, end); end = text.indexOf('"', end + 1));
    if (end < 0) this.fail(start, `expected a string, found ${this.#here()}`);
    this.#at = end + 1;
    try {
      return JSON.parse(text.slice(start, end + 1)) as string;
    } catch {
      return this.fail(start, "expected a string without line breaks and with JSON's own escapes");
    }
  }

  #skip(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #must(text: string): void {
    if (!this.#take(text)) this.fail(this.#at, `expected "${text}", found ${this.#here()}`);
  }

  #here(): string {
    const next = this.#text[this.#at];
    return next === undefined ? "the end of the file" : next === '"' ? "a string" : `"${shown(next)}"`;
  }
}

/** True when an odd number of backslashes precedes a place. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}
