/** The words of a script line with their columns, and suggestions for misspelt ones. */

import { editDistance } from "./nearest.js";

/** A word and its 1-based column. */
export interface Word {
  readonly text: string;
  readonly column: number;
}

/** Words of one line; `#` starts a comment. Separators are spaces, tabs and a carriage return. */
export function wordsOf(line: string): Word[] {
  const end = line.indexOf("#");
  const body = end < 0 ? line : line.slice(0, end);
  const words: Word[] = [];
  for (const match of body.matchAll(/[^ \t\r]+/g)) {
    words.push({ text: match[0], column: match.index + 1 });
  }
  return words;
}

/** The most letters of a word in a message. */
const SHOWN = 40;

/** A word for a message: shortened when it is long, with characters that do not print as `\u{…}`. */
export function shown(text: string): string {
  let part = "";
  for (const letter of text) {
    const plain = !/[\p{C}\p{Z}\ufffd]/u.test(letter);
    part += plain ? letter : `\\u{${letter.codePointAt(0)?.toString(16)}}`;
    if (part.length > SHOWN) return `${part.slice(0, SHOWN)}…`;
  }
  return part;
}

/** A text for the terminal: characters that steer it become `\u{…}`, everything else stays. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (letter) => `\\u{${letter.codePointAt(0)?.toString(16)}}`);
}

/** The word of `known` that is nearest to `text`, or null when nothing is near. */
export function nearest(text: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(text.length / 3)) + 1;
  for (const word of known) {
    const distance = editDistance(text.toLowerCase(), word);
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

/** The words as a list for a sentence: `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}
