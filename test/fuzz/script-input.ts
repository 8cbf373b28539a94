/** Inputs of the kind `script`, and of the kind `answer`: a script beside a recorded answer. */
import type { Dice } from "./dice.js";
import type { Entry, Way } from "./input.js";
import { mutate } from "./mutate.js";
import { anyScript, plainScript, type ScriptOptions } from "./script-text.js";
import type { Seeds, SeedText } from "./seeds.js";

/** What a generator makes: an input without its number. */
export interface Made {
  readonly shape: string;
  readonly way: Way;
  readonly entries: readonly Entry[];
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly stdout?: "full" | "closed";
  readonly refused?: boolean;
  readonly calls?: readonly unknown[];
}

const MEMORY = ["4K", "16K", "64K", "256K", "1M", "8M", "1G"];
const SWAP = ["0", "4K", "64K", "1M", "512M", "8G"];

/** How often a way is taken: a process costs fifty times what a direct run costs. */
export function wayOf(dice: Dice): Way {
  return dice.weighted<Way>([
    [975, "direct"],
    [20, "program"],
    [5, "process"],
  ]);
}

/** A script, valid or nearly so, and how it is run. */
export function makeScript(dice: Dice, seeds: Seeds): Made {
  const pressure = dice.chance(0.3);
  const options: ScriptOptions = { cpus: dice.chance(0.4), pressure };
  // What CPUs change shows on workers only.
  const way = options.cpus && dice.chance(0.08) ? "program" : wayOf(dice);
  const [shape, text] = scriptText(dice, seeds, options);
  const args = ["run", "{}/script.ops"];
  if (way !== "direct") args.push("--cpus", dice.pick(["1", "2", "2", "3"]));
  if (dice.chance(0.7)) args.push("--checked");
  if (pressure) {
    if (dice.chance(0.6)) args.push("--memory", dice.pick(MEMORY));
    if (dice.chance(0.6)) args.push("--swap", dice.pick(SWAP));
  }
  return { shape, way, entries: [{ path: "script.ops", text }], args };
}

function scriptText(dice: Dice, seeds: Seeds, options: ScriptOptions): [shape: string, text: string] {
  const other = dice.pick(seeds.scripts).text;
  return dice.weighted<() => [string, string]>([
    [40, () => ["grammar", anyScript(dice, options)]],
    [15, () => ["model", plainScript(dice)]],
    [10, () => ["bytes of grammar", mutate(dice, anyScript(dice, options), other)]],
    [12, () => ["bytes of a fixture", mutate(dice, cut(dice, dice.pick(seeds.scripts)), other)]],
    [8, () => ["fixture", cut(dice, dice.pick(seeds.scripts))]],
    [3, () => hostile(dice)],
  ])();
}

function hostile(dice: Dice): [shape: string, text: string] {
  const many = 2 ** dice.between(8, 16);
  return dice.pick<() => [string, string]>([
    () => ["empty", dice.pick(["", "\n", "#", "\r\n\r\n", "\ufeff"])],
    () => ["many lines", `0 mmap 0 16 rw private anon\n${"0 write 3 9\n".repeat(many)}dump\n`],
    () => ["many dumps", `0 mmap 0 900 rw private anon\n0 touch 0 900 w\n${"dump\n".repeat(many % 150)}`],
    () => ["long line", `0 write 0 ${"9".repeat(many)}\n`],
    () => ["many words", `0 write ${"1 ".repeat(many)}\n`],
    () => [
      "forks of all",
      `${Array.from({ length: 31 }, (_, i) => `${i} fork ${i + 1}`).join("\n")}\ndump\n`,
    ],
    () => ["pieces", `0 mmap 0 4096 rw shared anon\n${pieces(many % 2000)}dump\n`],
    () => ["much shared memory", "0 mmap 0 4096 rw shared anon\n0 touch 0 4096 w\n0 touch 0 4096 r\ndump\n"],
  ])();
}

function pieces(count: number): string {
  return Array.from({ length: count }, (_, i) => `0 mprotect ${(i * 2) % 4095} 1 r\n`).join("");
}

/** A fixture, or its first lines. */
function cut(dice: Dice, { text }: SeedText): string {
  const lines = text.split("\n");
  return dice.chance(0.3) ? text : lines.slice(0, dice.between(1, Math.min(120, lines.length))).join("\n");
}

/** A script beside an answer: the recorded one, a made-up one, or either with mutations. */
export function makeAnswer(dice: Dice, seeds: Seeds): Made {
  const recorded = seeds.scripts.filter(
    ({ name, text }) => text.length < 9000 && seeds.answer(name) !== undefined,
  );
  const { name, text } = dice.pick(recorded);
  const answer = seeds.answer(name) ?? "{}";
  const other = seeds.answer(dice.pick(recorded).name) ?? "{}";
  const [shape, made] = dice.weighted<() => [string, string]>([
    [4, () => ["recorded", answer]],
    [12, () => ["number", renumber(dice, answer)]],
    [5, () => ["bytes", mutate(dice, answer, other)]],
    [4, () => ["made up", JSON.stringify(value(dice, 4))]],
    [2, () => ["deep", deep(dice)]],
  ])();
  const args = ["run", "{}/script.ops", "--against", "{}/answer.json"];
  if (dice.chance(0.5)) args.push("--json");
  const entries = [
    { path: "script.ops", text },
    { path: "answer.json", text: made },
  ];
  return { shape, way: wayOf(dice), entries, args };
}

/** Another number, word or null in an answer's place: well formed, so that the comparison runs. */
function renumber(dice: Dice, text: string): string {
  let result = text;
  for (let left = dice.between(1, 4); left > 0; left--) {
    const places = [...result.matchAll(/(?<=[[,:])(\d+|null)(?=[,\]])/g)];
    if (places.length === 0) return result;
    const place = dice.pick(places);
    const made = dice.weighted([
      [6, String(dice.magnitude(12))],
      [1, String(dice.magnitude(70))],
      [1, "null"],
      [1, "-1"],
    ]);
    result = result.slice(0, place.index) + made + result.slice(place.index + place[0].length);
  }
  return result;
}

function deep(dice: Dice): string {
  const levels = 2 ** dice.between(4, 18);
  const [open, close] = dice.pick([
    ["[", "]"],
    ['{"results":', "}"],
    ['{"a":[', "]}"],
  ] as const);
  return open.repeat(levels) + (dice.chance(0.5) ? "0" : "") + (dice.chance(0.5) ? close.repeat(levels) : "");
}

function value(dice: Dice, depth: number): unknown {
  if (depth === 0 || dice.chance(0.3))
    return dice.pick([0, 1, -1, 1.5, 1e300, "", "SEGV", "rw-p", null, true]);
  if (dice.chance(0.4)) return Array.from({ length: dice.below(6) }, () => value(dice, depth - 1));
  const keys = [
    "results",
    "dumps",
    "at",
    "procs",
    "vmas",
    "pages",
    "kernel",
    "0",
    "__proto__",
    "constructor",
  ];
  return Object.fromEntries(keys.filter(() => dice.chance(0.5)).map((key) => [key, value(dice, depth - 1)]));
}
