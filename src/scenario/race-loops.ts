/** Repetition in a section of a `.race` file: `for NAME in A..B [step N]` … `end`, and `$NAME` in operations. */

import { InputError } from "../errors.js";
import type { Line } from "../ops/line.js";
import type { Operation } from "../ops/operation.js";
import { parseConcurrentLine } from "../ops/script.js";
import { count } from "../text/numbers.js";
import { shown, type Word } from "../text/words.js";
import { cursor, type RaceLine } from "./race-lines.js";

/** The most operations that one file may have, and that one CPU may run in a round. */
export const MOST_OPERATIONS = 100_000;
/** The most turns of all loops of a file. Turns of a loop around an empty one make no operation. */
const MOST_TURNS = 1_000_000;
/** The most loops inside each other. */
const DEEPEST = 16;

const FORM = "Form: for NAME in A..B [step N]";
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** `$NAME`, `$NAME+N` or `$NAME-N`. */
const USE = /^\$([A-Za-z_][A-Za-z0-9_]*)(?:([+-])(.*))?$/;

/** Loops and operations inside each other, as they stand in the file. */
type Node = RaceLine | Loop;

interface Loop {
  readonly line: RaceLine;
  readonly name: string;
  /** First and last value, and the step. Default 1. */
  readonly from: Word;
  readonly to: Word;
  readonly step: Word | undefined;
  readonly body: Node[];
}

/** The values of the loops around a place, the innermost last. */
type Values = ReadonlyMap<string, bigint>;

/** Turns the sections of one file into operations, and counts these for all sections together. */
export class Expander {
  #operations = 0;
  #turns = 0;

  /** The operations of a section. Throws InputError at a word that is wrong, also inside a loop. */
  expand(lines: readonly RaceLine[]): Operation[] {
    const operations: Operation[] = [];
    this.#run(treeOf(lines), new Map(), operations);
    return operations;
  }

  #run(nodes: readonly Node[], values: Values, into: Operation[]): void {
    for (const node of nodes) {
      if (!("from" in node)) into.push(this.#operation(node, values));
      else this.#loop(node, values, into);
    }
  }

  #operation(line: RaceLine, values: Values): Operation {
    if (++this.#operations > MOST_OPERATIONS) {
      cursor(line, line.words).fail(
        line.words[0],
        `more than ${count(MOST_OPERATIONS)} operations come of this file`,
        "let the loops run fewer times, or let `repeat` run a section again",
      );
    }
    const words = line.words.map((word) => replaced(line, word, values));
    return parseHere(cursor(line, words), line, values);
  }

  #loop({ line, name, from, to, step, body }: Loop, values: Values, into: Operation[]): void {
    const [first, last] = [numberOf(line, from, values), numberOf(line, to, values)];
    const fixed = !from.text.startsWith("$") && !to.text.startsWith("$");
    if (first > last && fixed) {
      const message = `there is no number from ${first} to ${last}: the first must not be above the last`;
      cursor(line, line.words).fail(from, message, FORM);
    }
    const by = step === undefined ? 1n : numberOf(line, step, values);
    if (by === 0n) cursor(line, line.words).fail(step, "a step must be at least 1");
    const inner = new Map(values);
    for (let value = first; value <= last; value += by) {
      if (++this.#turns > MOST_TURNS) {
        const most = count(MOST_TURNS);
        cursor(line, line.words).fail(line.words[0], `the loops of this file have more than ${most} turns`);
      }
      inner.set(name, value);
      this.#run(body, inner, into);
    }
  }
}

/** Finds each loop's `end`, and checks that each name stands inside of its loop. */
function treeOf(lines: readonly RaceLine[]): Node[] {
  const root: Node[] = [];
  const open: Loop[] = [];
  for (const line of lines) {
    const [first] = line.words;
    if (first === undefined) continue;
    const words = cursor(line, line.words);
    const inside = open.at(-1)?.body ?? root;
    if (first.text === "end") {
      if (open.pop() === undefined) words.fail(first, "there is no loop to end here", FORM);
      words.word("end");
      words.finish("end");
    } else if (first.text === "for") {
      if (open.length === DEEPEST) words.fail(first, `more than ${DEEPEST} loops are inside each other`);
      const names = open.map(({ name }) => name);
      const loop = loopOf(line, words, names);
      for (const word of [loop.from, loop.to, loop.step]) if (word) mustBeIn(words, word, names);
      inside.push(loop);
      open.push(loop);
    } else {
      const names = open.map(({ name }) => name);
      for (const word of line.words) mustBeIn(words, word, names);
      inside.push(line);
    }
  }
  const last = open.at(-1);
  if (last !== undefined) {
    const { line } = last;
    cursor(line, line.words).fail(line.words[0], "this loop has no end", 'Write "end" below its operations.');
  }
  return root;
}

/** Reads `for NAME in A..B [step N]`. `names` are those of the loops around it. */
function loopOf(line: RaceLine, words: Line, names: readonly string[]): Loop {
  words.word("for");
  const name = words.word("a name");
  if (!NAME.test(name.text))
    words.fail(name, `expected a name of letters and digits, found "${shown(name.text)}"`, FORM);
  if (names.includes(name.text)) words.fail(name, `a loop around this one is called ${shown(name.text)} too`);
  words.choice("the word in", ["in"]);
  const range = words.word("a range A..B");
  const dots = range.text.indexOf("..");
  if (dots < 1 || dots + 2 === range.text.length)
    words.fail(range, `expected a range A..B, found "${shown(range.text)}"`, FORM);
  const from = { text: range.text.slice(0, dots), column: range.column };
  const to = { text: range.text.slice(dots + 2), column: range.column + dots + 2 };
  const step = words.optional("step") ? words.word("a step of at least 1") : undefined;
  words.finish(FORM);
  return { line, name: name.text, from, to, step, body: [] };
}

/** A `$NAME` must name a loop around it. */
function mustBeIn(line: Line, word: Word, names: readonly string[]): void {
  if (!word.text.startsWith("$")) return;
  const [, name] = USE.exec(word.text) ?? [];
  if (name === undefined) {
    line.fail(word, `expected $NAME, $NAME+N or $NAME-N, found "${shown(word.text)}"`);
  } else if (!names.includes(name)) {
    const known =
      names.length > 0 ? `Here you can use ${names.map((known) => `$${known}`).join(", ")}.` : FORM;
    line.fail(word, `no loop around this place is called ${shown(name)}`, known);
  }
}

/** A word of an operation, with its number in place of `$NAME`. */
function replaced(line: RaceLine, word: Word, values: Values): Word {
  if (!word.text.startsWith("$")) return word;
  return { text: String(numberOf(line, word, values)), column: word.column };
}

/** A number, written as such or with the name of a loop. */
function numberOf(line: RaceLine, word: Word, values: Values): bigint {
  const [, name, sign, by] = USE.exec(word.text) ?? [];
  if (name === undefined) return literal(line, word, "a number");
  const value = values.get(name) ?? 0n;
  if (sign === undefined) return value;
  const column = word.column + name.length + 2;
  const number = literal(line, { text: by ?? "", column }, `a number after $${name}${sign}`);
  const result = sign === "+" ? value + number : value - number;
  if (result < 0n) {
    const hint = `$${name} is ${value} here.`;
    cursor(line, line.words).fail(
      word,
      `${shown(word.text)} is ${result}: numbers must not be negative`,
      hint,
    );
  }
  return result;
}

function literal(line: RaceLine, word: Word, what: string): bigint {
  return cursor(line, [word]).big(what);
}

/** Reads an operation. An error inside a loop says what its names stand for. */
function parseHere(words: Line, line: RaceLine, values: Values): Operation {
  try {
    return parseConcurrentLine(words);
  } catch (error) {
    const used = [...values].filter(([name]) => line.words.some(({ text }) => USE.exec(text)?.[1] === name));
    if (!(error instanceof InputError) || used.length === 0) throw error;
    const where = `${used.map(([name, value]) => `$${name} is ${value}`).join(", ")} here.`;
    const { file, line: number, column } = error.position;
    const message = error.message.slice(`${file}:${number}:${column}: `.length);
    throw new InputError(error.position, message, error.hint === "" ? where : `${error.hint} ${where}`);
  }
}
