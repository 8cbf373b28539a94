/** The lines of a `.race` file, and errors at places in it. */
import { InputError } from "../errors.js";
import { Line } from "../ops/line.js";
import { shown, type Word, wordsOf } from "../text/words.js";

/** One line of the file. */
export interface RaceLine {
  readonly file: string;
  /** 1-based. */
  readonly number: number;
  /** Without its newline. */
  readonly body: string;
  /** Without what follows a `#`. */
  readonly words: readonly Word[];
}

const BYTE_ORDER_MARK = "\ufeff";

/**
 * The lines of a text, without a byte order mark at its begin. Throws InputError at a character that does not print,
 * because texts of races go to terminals.
 */
export function raceLines(text: string, file: string): RaceLine[] {
  const plain = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return plain.split("\n").map((raw, index) => {
    const body = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const strange = body.search(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}]/u);
    if (strange >= 0) {
      const message = `the character ${shown(String.fromCodePoint(body.codePointAt(strange) ?? 0))} does not print`;
      throw new InputError({ file, line: index + 1, column: strange + 1 }, message, "Remove it.");
    }
    return { file, number: index + 1, body, words: wordsOf(body) };
  });
}

/** True for a line that begins with a space or a tab. */
export function isIndented({ body }: RaceLine): boolean {
  return /^[ \t]/.test(body);
}

/** A cursor over words that stand in a line. Errors about a missing word name the end of the line. */
export function cursor({ file, number, body }: RaceLine, words: readonly Word[]): Line {
  const hash = body.indexOf("#");
  const end = (hash < 0 ? body : body.slice(0, hash)).trimEnd().length + 1;
  return new Line(file, number, words, end);
}
