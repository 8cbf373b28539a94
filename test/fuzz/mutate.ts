/** Changes to a text that was valid: bytes, tokens, lines, splices of two texts, truncations. */
import type { Dice } from "./dice.js";

/** Words that readers stumble over. */
const HOSTILE = [
  "0",
  "-1",
  "1",
  "18446744073709551615",
  "18446744073709551616",
  "9007199254740993",
  "4294967296",
  "0x",
  "0xffffffffffffffff",
  "0x10000000000000000",
  "1e400",
  "NaN",
  "undefined",
  "null",
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "\ufeff",
  "\u2028",
  "é".repeat(40),
  "9".repeat(400),
  "a".repeat(70_000),
  "%s%n",
  "..",
  "{}",
  "[]",
  "#",
];

/** A text with one to a few mutations; `other` is spliced in now and then. The text is Latin-1: a character is a byte. */
export function mutate(dice: Dice, text: string, other: string): string {
  let result = text;
  for (
    let left = dice.weighted([
      [5, 1],
      [3, 2],
      [1, dice.between(3, 12)],
    ]);
    left > 0;
    left--
  ) {
    result = once(dice, result, other);
  }
  return result;
}

function once(dice: Dice, text: string, other: string): string {
  const at = dice.below(text.length + 1);
  const end = Math.min(text.length, at + dice.magnitude(8));
  switch (dice.below(10)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at, end).repeat(dice.between(1, 3)) + text.slice(end);
    case 3:
      return text.slice(0, at) + dice.pick(HOSTILE) + text.slice(end);
    case 4:
      return text.slice(0, at);
    case 5: {
      const from = dice.below(other.length);
      return text.slice(0, at) + other.slice(from, from + dice.magnitude(10)) + text.slice(at);
    }
    case 6:
    case 7:
      return token(dice, text);
    default:
      return lines(dice, text, other);
  }
}

/** Replaces one word by a hostile one, by a word of the same text, or by a number near it. */
function token(dice: Dice, text: string): string {
  const words = [...text.slice(0, 20_000).matchAll(/[\w.+-]+/g)];
  if (words.length === 0) return text;
  const word = dice.pick(words);
  const [old] = word;
  const near = /^\d{1,15}$/.test(old) ? String(Number(old) + dice.pick([-1, 1, 4096, 1e9])) : old;
  const made = dice.weighted([
    [2, dice.pick(HOSTILE)],
    [3, dice.pick(words)[0]],
    [3, near],
  ]);
  return text.slice(0, word.index) + made + text.slice(word.index + old.length);
}

/** Moves, drops, doubles or imports whole lines: these mostly stay valid. */
function lines(dice: Dice, text: string, other: string): string {
  const all = text.split("\n");
  const at = dice.below(all.length);
  const many = Math.min(all.length - at, dice.magnitude(4));
  switch (dice.below(4)) {
    case 0:
      all.splice(at, many);
      break;
    case 1:
      all.splice(dice.below(all.length), 0, ...all.slice(at, at + many));
      break;
    case 2:
      all.splice(dice.below(all.length), 0, ...all.splice(at, many));
      break;
    default:
      all.splice(at, 0, dice.pick(other.split("\n")));
  }
  return all.join("\n");
}
