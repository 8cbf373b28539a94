/** A way through the tokens of a text, from one statement to the next. */

import { beginsStatement, endsOperand, isUnended, type Token, tokensOf } from "./tokens.js";

const OPENING = ["(", "[", "{"];
const CLOSING = [")", "]", "}"];
/** Tokens that type arguments have at most. */
const LONGEST_TYPES = 500;

/** A place among the tokens of a text: the next one is `at`. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #balanced: boolean;
  /** Index of the next token. */
  at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
    const last = this.#tokens.at(-1);
    this.#balanced = last === undefined || !isUnended(last);
  }

  /** False once a bracket was found that has no other; also where a string or a comment does not end. */
  get balanced(): boolean {
    return this.#balanced;
  }

  /** What comes is no statement of the language: the compiler is to say what is wrong with it. */
  giveUp(): void {
    this.#balanced = false;
  }

  get atEnd(): boolean {
    return this.at >= this.#tokens.length;
  }

  /** The tokens from one index up to, and without, another. */
  between(from: number, to: number): readonly Token[] {
    return this.#tokens.slice(from, to);
  }

  /** The token of an index. */
  token(index: number): Token | undefined {
    return this.#tokens[index];
  }

  /** A token from the next one on. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.at + ahead];
  }

  /** True when that token is this text. */
  is(text: string, ahead = 0): boolean {
    return this.peek(ahead)?.text === text;
  }

  /** Passes a bracket and all up to the one that closes it. */
  group(): void {
    const open: string[] = [];
    do {
      const token = this.peek();
      if (token === undefined) {
        this.#balanced = false;
        return;
      }
      this.at++;
      if (token.kind !== "mark") continue;
      if (OPENING.includes(token.text)) open.push(token.text);
      const closing = CLOSING.indexOf(token.text);
      if (closing >= 0 && open.pop() !== OPENING[closing]) this.#balanced = false;
    } while (open.length > 0);
  }

  /** Passes the head and the body of a function, a class and so on; a declared function has none. */
  body(declared: boolean): void {
    for (;;) {
      const token = this.peek();
      if (token === undefined) return;
      if (token.text === ";") {
        this.at++;
        return;
      }
      const body = token.text === "{";
      if (declared && !body && this.#endsBefore(token)) return;
      this.#pass(token);
      if (body) return;
    }
  }

  /** Passes the rest of a statement. True when a comma stands in it, outside of all brackets. */
  skipStatement(): boolean {
    let comma = false;
    for (const begin = this.at; ; ) {
      const token = this.peek();
      if (token === undefined) return comma;
      if (token.text === ";") {
        this.at++;
        return comma;
      }
      if (this.at > begin && this.#endsBefore(token)) return comma;
      if (token.text === ",") comma = true;
      this.#pass(token);
    }
  }

  #pass(token: Token): void {
    const end = token.text === "<" ? this.#endOfTypes() : undefined;
    if (end !== undefined) {
      this.at = end;
      return;
    }
    if (token.kind === "mark" && OPENING.includes(token.text)) {
      this.group();
      return;
    }
    if (token.kind === "mark" && CLOSING.includes(token.text)) this.#balanced = false;
    this.at++;
  }

  /** True when the statement ends at the end of the line before the token. */
  #endsBefore(token: Token): boolean {
    const before = this.#tokens[this.at - 1];
    return token.newLine && before !== undefined && endsOperand(before) && beginsStatement(token);
  }

  /**
   * Where type arguments end that begin at the next token; undefined when it is a comparison. A comma between them is none
   * of the statement's: `Map<u32, u32>`.
   */
  #endOfTypes(): number | undefined {
    let depth = 0;
    for (let at = this.at; at < this.at + LONGEST_TYPES; at++) {
      const { kind, text } = this.#tokens[at] ?? { kind: "mark", text: "" };
      if (text === "<") depth++;
      else if (/^>+=?$/.test(text)) {
        depth -= text.replace("=", "").length;
        if (depth <= 0)
          return depth === 0 && (text.endsWith("=") || this.#followsTypes(at + 1)) ? at + 1 : undefined;
      } else if (kind !== "word" && !/^(?:[.,|&[\]():?]|=>)$/.test(text)) return undefined;
    }
    return undefined;
  }

  #followsTypes(at: number): boolean {
    const token = this.#tokens[at];
    return (
      token === undefined ||
      token.newLine ||
      (token.kind === "mark" && /^[()[\]{},;=|&.:?]$/.test(token.text))
    );
  }
}
