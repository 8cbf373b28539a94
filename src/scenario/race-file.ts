/**
 * Reads a `.race` file: keys in column 1, and below them indented lines, which go on with a text or are the operations
 * of a section. docs/races.md describes the form.
 */

import type { Line } from "../ops/line.js";
import type { Operation } from "../ops/operation.js";
import { text as given } from "../text/arguments.js";
import { count } from "../text/numbers.js";
import { nearest, oneOf, shown } from "../text/words.js";
import type { RaceBoot, RaceForm, Scenario } from "./race.js";
import { cursor, isIndented, type RaceLine, raceLines } from "./race-lines.js";
import { Expander, MOST_OPERATIONS } from "./race-loops.js";

/** The name of a race, and that of its file for messages. */
export interface RaceName {
  readonly file: string;
  readonly name: string;
}

const TEXTS = ["title", "story", "source", "mainline"] as const;
const SECTIONS = ["setup", "cpu", "others", "finish"] as const;
const SIZES = ["boot", "repeat"] as const;
const KEYS = [...TEXTS, "watch", ...SIZES, ...SECTIONS, "explore"] as const;
const FORM_KEYS = [...SIZES, ...SECTIONS] as const;

type TextKey = (typeof TEXTS)[number];
type SectionKey = (typeof SECTIONS)[number];

const CONTENTS = ["none", "word", "full"] as const;
const SLABS = ["kept", "returned"] as const;
const BITS = ["zeros", "ones"] as const;
const DAEMONS = ["kswapd", "flusher", "both"] as const;
/** The most CPUs with operations of their own. */
const MOST_CPUS = 63;
/** The most pages of memory or swap: 4 GiB. */
const MOST_PAGES = 2 ** 20;
/** Operations of the host, which runs no race line by line. */
const HOST_WORDS: readonly Operation["kind"][] = ["cpu", "sync", "dump"];

/** For a file that lacks a part. */
const WHOLE = "docs/races.md has a whole race, and `rmap scenarios drop-drop` shows one";

/** A key with what stands below it. */
interface Block {
  readonly key: string;
  readonly line: RaceLine;
  readonly below: RaceLine[];
}

/** The part of a file that is for stress, or for exploration. Undefined: not there. */
interface Form {
  boot?: RaceBoot;
  repeat?: number;
  /** Where `repeat` stands, and its line. */
  repeatAt?: RaceLine;
  setup?: readonly Operation[];
  cpus?: (readonly Operation[])[];
  others?: readonly Operation[];
  finish?: readonly Operation[];
}

/**
 * The race in a text. Throws InputError with file, line and column, and with what was expected there. Time and memory
 * are bounded, whatever the text is.
 */
export function parseRace(text: string, { file, name }: RaceName): Scenario {
  return new Reader(file).race(given("parseRace: the race", text), name);
}

class Reader {
  readonly #file: string;
  readonly #expander = new Expander();
  readonly #texts = new Map<TextKey, string>();
  readonly #seen = new Set<string>();
  readonly #stress: Form = {};
  readonly #explore: Form = {};
  #watch: readonly string[] | undefined;
  #explores = false;

  constructor(file: string) {
    this.#file = file;
  }

  race(text: string, name: string): Scenario {
    const lines = raceLines(text, this.#file);
    for (const block of blocksOf(lines)) this.#block(block);
    const nothing: RaceLine = { file: this.#file, number: 1, body: "", words: [] };
    const words = cursor(lines.findLast((line) => line.words.length > 0) ?? nothing, []);
    const title = this.#texts.get("title") ?? words.fail(undefined, 'the key "title" is missing', WHOLE);
    const cpus =
      this.#stress.cpus ??
      words.fail(undefined, 'a race needs at least one section "cpu" above "explore"', WHOLE);
    const stress = formOf(this.#stress, cpus);
    const reason = this.#texts.get("mainline");
    return {
      ...{ name, file: this.#file, title },
      ...{ story: this.#texts.get("story") ?? "", source: this.#texts.get("source") ?? "" },
      watch: this.#watch ?? [],
      ...(reason !== undefined && { notOnMainline: reason }),
      stress,
      ...(this.#explores && { explore: this.#exploreForm(stress) }),
    };
  }

  /** What the exploration's own part does not replace is that of stress. `repeat` belongs to the `cpu` sections. */
  #exploreForm(stress: RaceForm): RaceForm {
    const { cpus, repeat = cpus === undefined ? stress.repeat : 1, ...own } = this.#explore;
    const { cpus: stressed, ...given } = stress;
    return formOf({ ...given, ...own, repeat }, cpus ?? stressed);
  }

  #block({ key, line, below }: Block): void {
    const words = cursor(line, line.words);
    words.word("a key");
    if (this.#explores && !isOneOf(key, FORM_KEYS)) {
      const why = isOneOf(key, KEYS) ? "does not stand below" : "is no key below";
      words.fail(line.words[0], `"${shown(key)}" ${why} "explore"`, `Keys there are ${oneOf(FORM_KEYS)}.`);
    }
    const seen = `${this.#explores ? "explore" : "stress"} ${key}`;
    if (key !== "cpu" && this.#seen.has(seen)) words.fail(line.words[0], `"${key}" is there already`);
    this.#seen.add(seen);
    const form = this.#explores ? this.#explore : this.#stress;
    if (isOneOf(key, TEXTS)) this.#text(key, line, below);
    else if (isOneOf(key, SECTIONS)) this.#section(key, form, words, below);
    else if (key === "watch") this.#watch = watchOf(words);
    else if (key === "boot") form.boot = bootOf(words);
    else if (key === "repeat") {
      form.repeat = repeatOf(words, line);
      form.repeatAt = line;
    } else if (key === "explore") {
      words.finish('"explore" stands alone on its line');
      this.#explores = true;
    } else {
      const near = nearest(key, KEYS);
      const hint = near === null ? `Keys are ${oneOf(KEYS)}.` : `Did you mean "${near}"?`;
      words.fail(line.words[0], `there is no key "${shown(key)}"`, hint);
    }
    const [first] = below;
    if (first !== undefined && !isOneOf(key, TEXTS) && !isOneOf(key, SECTIONS)) {
      const under = `an indented line goes on with a text or a section, and "${key}" is neither`;
      cursor(first, first.words).fail(first.words[0], under);
    }
  }

  /** A text goes on in indented lines, in which `#` is text. Any space between two words is one. */
  #text(key: TextKey, line: RaceLine, below: readonly RaceLine[]): void {
    const words = [
      ...line.words.slice(1).map(({ text }) => text),
      ...below.flatMap(({ body }) => body.split(/\s+/).filter((word) => word !== "")),
    ];
    const at = cursor(line, line.words.slice(1));
    if (key === "mainline") {
      const [no, ...reason] = words;
      if (no !== "no" || reason.length === 0)
        at.fail(line.words[1], 'expected "no" and the reason why mainline does not run it');
      this.#texts.set(key, reason.join(" "));
    } else {
      if (words.length === 0) at.fail(undefined, `expected a text after "${key}"`);
      this.#texts.set(key, words.join(" "));
    }
  }

  #section(key: SectionKey, form: Form, words: Line, below: readonly RaceLine[]): void {
    words.finish(`"${key}" stands alone on its line, and its operations are indented below it`);
    const operations = this.#expander.expand(below);
    for (const operation of operations) mustFit(operation, key, below);
    if (key === "cpu") {
      form.cpus ??= [];
      if (form.cpus.push(operations) > MOST_CPUS) words.fail(undefined, `more than ${MOST_CPUS} CPUs`);
    } else {
      form[key] = operations;
    }
  }
}

/** The keys of a file, each with the indented lines below it. Comments and empty lines mean nothing. */
function blocksOf(lines: readonly RaceLine[]): Block[] {
  const blocks: Block[] = [];
  for (const line of lines) {
    const last = blocks.at(-1);
    const isText = last !== undefined && isOneOf(last.key, TEXTS);
    const [first] = line.words;
    if (isIndented(line)) {
      // In a text, a line that begins with # is text too.
      if (first === undefined && !(isText && line.body.trim() !== "")) continue;
      if (last !== undefined) last.below.push(line);
      else cursor(line, line.words).fail(first, "expected a key in column 1", `Keys are ${oneOf(KEYS)}.`);
    } else if (first !== undefined) {
      blocks.push({ key: first.text, line, below: [] });
    }
  }
  return blocks;
}

function formOf(form: Form, cpus: RaceForm["cpus"]): RaceForm {
  const { boot = {}, repeat = 1, repeatAt, setup = [], others, finish = [] } = form;
  const most = Math.max(...[...cpus, others ?? []].map(({ length }) => length));
  if (repeatAt !== undefined && repeat * most > MOST_OPERATIONS) {
    const message = `a CPU runs ${count(repeat * most)} operations in a round`;
    const hint = `At most ${count(MOST_OPERATIONS)} are possible.`;
    cursor(repeatAt, repeatAt.words).fail(repeatAt.words[1], message, hint);
  }
  return { boot, repeat, setup, cpus, ...(others !== undefined && { others }), finish };
}

function watchOf(words: Line): string[] {
  const watch: string[] = [];
  do {
    const word = words.word("an invariant, such as I5");
    if (!/^I[1-9][0-9]?$/.test(word.text))
      words.fail(word, `expected an invariant, such as I5, found "${shown(word.text)}"`);
    if (watch.includes(word.text)) words.fail(word, `${word.text} is there already`);
    watch.push(word.text);
  } while (!words.done);
  return watch;
}

function bootOf(words: Line): RaceBoot {
  const boot: { -readonly [Key in keyof RaceBoot]: RaceBoot[Key] } = {};
  do {
    const left = ["memory", "swap", "content", "slab", "unmade", "daemons"] as const;
    const key = words.choice(
      "a size",
      left.filter((size) => boot[size] === undefined),
    );
    if (key === "content") boot.content = words.choice("a content", CONTENTS);
    else if (key === "slab") boot.slab = words.choice("what a CPU does with freed objects", SLABS);
    else if (key === "unmade") boot.unmade = words.choice("what free memory holds", BITS);
    else if (key === "daemons") boot.daemons = words.choice("which daemons run", DAEMONS);
    else boot[key] = words.small("a number of pages", MOST_PAGES);
  } while (!words.done);
  return boot;
}

function repeatOf(words: Line, line: RaceLine): number {
  const repeat = words.small("a number of turns", MOST_OPERATIONS);
  if (repeat === 0) words.fail(line.words[1], "a CPU runs its operations at least once");
  words.finish("Form: repeat N");
  return repeat;
}

/** Not every operation of a script has a meaning while CPUs race. */
function mustFit(operation: Operation, key: SectionKey, below: readonly RaceLine[]): void {
  const { kind, place } = operation;
  const racing = key === "cpu" || key === "others";
  if (!HOST_WORDS.includes(kind) && !(kind === "check" && racing)) return;
  const line = below.find(({ number }) => number === place?.line);
  if (line === undefined) return;
  const words = cursor(line, line.words);
  if (kind === "check")
    words.fail(line.words[0], '"check" looks at memory at rest: it stands in setup and finish');
  words.fail(line.words[0], `"${kind}" has no meaning in a race: each section is what one CPU runs`);
}

function isOneOf<T extends string>(key: string, keys: readonly T[]): key is T {
  return (keys as readonly string[]).includes(key);
}
