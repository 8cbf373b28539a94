/** Reads the words of one script line one after the other, with an error at the word that is wrong. */
import { InputError } from "../errors.js";
import { nearest, oneOf, shown, type Word } from "../text/words.js";
import { WINDOW_PAGES } from "./operation.js";

const NUMBER = /^(0|[1-9][0-9]*|0[xX][0-9a-fA-F]+)$/;
const U64_MAX = 2n ** 64n - 1n;

/** A cursor over a line's words. All methods throw `InputError` with file, line and column. */
export class Line {
  readonly #words: readonly Word[];
  readonly #end: number;
  #next = 0;

  /** `end` is the column after the line's last character. Errors about a missing word name it. */
  constructor(
    readonly file: string,
    readonly number: number,
    words: readonly Word[],
    end: number,
  ) {
    this.#words = words;
    this.#end = end;
  }

  /** Stops with an error at a word, or at the line's end. */
  fail(word: Word | undefined, message: string, hint = ""): never {
    throw new InputError(
      { file: this.file, line: this.number, column: word?.column ?? this.#end },
      message,
      hint,
    );
  }

  /** True when no word is left. */
  get done(): boolean {
    return this.#next >= this.#words.length;
  }

  /** The next word. `what` is the expected thing, for the error when there is none. */
  word(what: string): Word {
    const word = this.#words[this.#next];
    if (word === undefined) this.fail(undefined, `expected ${what}, found the end of the line`);
    this.#next++;
    return word;
  }

  /** The next word, which must be one of `known`. */
  choice<T extends string>(what: string, known: readonly T[]): T {
    const word = this.word(`${what} (${oneOf(known)})`);
    const found = known.find((k) => k === word.text);
    if (found !== undefined) return found;
    const near = nearest(word.text, known);
    return this.fail(
      word,
      `expected ${what} (${oneOf(known)}), found "${shown(word.text)}"`,
      near === null ? "" : `Did you mean "${near}"?`,
    );
  }

  /** The next word as an unsigned number up to `max`, decimal or 0x hexadecimal. */
  big(what: string, max: bigint = U64_MAX): bigint {
    const word = this.word(what);
    return this.#parse(word, what, max);
  }

  /** The next word as a number from 0 to `max`. */
  small(what: string, max: number): number {
    return Number(this.big(what, BigInt(max)));
  }

  /** A page of the window. */
  page(what = "a page"): number {
    const word = this.word(what);
    return this.#pageOf(word, what);
  }

  /** A number of pages such that `page` + N stays inside the window. */
  pages(page: number, what = "a number of pages"): number {
    const word = this.word(what);
    const n = this.#parse(word, what, U64_MAX);
    if (n + BigInt(page) > BigInt(WINDOW_PAGES)) {
      this.fail(
        word,
        `pages ${page} to ${BigInt(page) + n} are not all in the window of ${WINDOW_PAGES} pages`,
        `At most ${WINDOW_PAGES - page} pages fit from page ${page} on.`,
      );
    }
    return Number(n);
  }

  /** A page of the window, or one of some words. */
  pageOr<T extends string>(what: string, known: readonly T[]): number | T {
    const word = this.word(what);
    return known.find((k) => k === word.text) ?? this.#pageOf(word, what);
  }

  /** An optional word. It must be one of `known`. */
  optional<T extends string>(known: T): boolean {
    if (this.done) return false;
    this.choice("nothing more, or a keyword", [known]);
    return true;
  }

  /** Ends the line. A further word is an error. */
  finish(form: string): void {
    const extra = this.#words[this.#next];
    if (extra !== undefined)
      this.fail(extra, `expected the end of the line, found "${shown(extra.text)}"`, `Form: ${form}`);
  }

  #pageOf(word: Word, what: string): number {
    const n = this.#parse(word, what, U64_MAX);
    if (n >= BigInt(WINDOW_PAGES)) {
      this.fail(
        word,
        `page ${n} is outside the window of ${WINDOW_PAGES} pages`,
        `Pages are 0 to ${WINDOW_PAGES - 1}.`,
      );
    }
    return Number(n);
  }

  #parse(word: Word, what: string, max: bigint): bigint {
    if (!NUMBER.test(word.text)) {
      const hint = /^-/.test(word.text)
        ? "Numbers must not be negative."
        : /^0[0-9]/.test(word.text)
          ? "A leading zero could mean octal: write the decimal number without it, or 0x and hexadecimal."
          : "Numbers are decimal, or 0x and hexadecimal.";
      this.fail(word, `expected ${what}, found "${shown(word.text)}"`, hint);
    }
    // A number of many digits takes long to convert, and is too large anyway.
    const digits = word.text.replace(/^0[xX]0*/, "").length;
    const n = digits > 20 ? undefined : BigInt(word.text);
    if (n === undefined || n > max)
      this.fail(word, `${shown(word.text)} is too large for ${what}`, `The largest is ${max}.`);
    return n;
  }
}
