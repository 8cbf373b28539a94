/**
 * Inputs of the kind `variant`: folders with a `variant.json`, overlay files and links, run for a moment by `rmap
 * stress`. What compiles is one of a few texts, so that the compiler's cache holds it after the first time.
 */
import type { Dice } from "./dice.js";
import type { Entry } from "./input.js";
import { mutate } from "./mutate.js";
import type { Made } from "./script-input.js";

const RIGHT = {
  title: "A variant",
  story: "What it is about.",
  source: "nowhere",
  verdicts: { "first-fault": { expected: "clean", why: "nothing is wrong" } },
};

const HEAD = 'import { Vma } from "../obj/vma";\n';
const NONE = `${HEAD}export function findMergeableAnonVma(vma: Vma): u32 {\n  return 0;\n}\n`;

/** Texts for rmap/reusable.ts: name, text. The first is right, the others do not compile, or break when they run. */
const SOURCES: readonly (readonly [name: string, text: string])[] = [
  ["right", NONE],
  ["trap", NONE.replace("return 0;", "unreachable();\n  return 0;")],
  ["scribble", NONE.replace("return 0;", "store<u32>(vma as unknown as usize, 0xffffffff);\n  return 0;")],
  ["scribble low", NONE.replace("return 0;", "memory.fill(0, 0xff, 65536);\n  return 0;")],
  ["loop", NONE.replace("return 0;", "while (true) {}\n  return 0;")],
  ["loop at start", `${NONE}while (true) {}\n`],
  ["host function", `${NONE}@external("env", "nothing") declare function nothing(): u32;\nnothing();\n`],
  ["syntax", NONE.replace("{", "")],
  ["type", NONE.replace("0;", '"zero";')],
  ["parentheses", NONE.replace("return 0;", `return ${"(".repeat(20_000)}0${")".repeat(20_000)};`)],
  ["import", `import { nothing } from "../obj/nothing";\n${NONE}`],
  ["import out", `import { nothing } from "../../../../../etc/passwd";\n${NONE}`],
  ["empty", ""],
  ["name twice", `${NONE}${NONE}`],
];

/** A variant's folder and how it is run. Most are refused before anything compiles. */
export function makeVariant(dice: Dice): Made {
  const [shape, entries, named] = folder(dice);
  const args = [
    "stress",
    "first-fault",
    "--variant",
    named ?? "{}/v",
    "--seconds",
    "0.05",
    "--cpus",
    "2",
    "--seed",
    "7",
  ];
  if (dice.chance(0.3)) args.push("--json");
  return { shape, way: "program", entries, args, ...(REFUSED.has(shape) && { refused: true }) };
}

/** Shapes that no reading of the rules accepts. */
const REFUSED = new Set([
  ...[
    "deep json",
    "json is a folder",
    "linked file",
    "linked beside",
    "linked folder",
    "link to itself",
    "loop of folders",
  ],
  ...[
    "stray",
    "no file",
    "a file",
    "not there",
    "the whole disk",
    "loop at start",
    "host function",
    "syntax",
    "type",
    "import",
    "import out",
  ],
]);

function folder(dice: Dice): [shape: string, entries: Entry[], named?: string] {
  const source = (text: string, path = "v/rmap/reusable.ts"): Entry => ({ path, text });
  const json = (text: string): Entry => ({ path: "v/variant.json", text });
  const [name, text] = dice.weighted([
    [5, SOURCES[0] as (typeof SOURCES)[number]],
    [1, dice.pick(SOURCES)],
  ]);
  return dice.weighted<() => [string, Entry[], string?]>([
    [9, () => [name, [source(text)]]],
    [9, () => [`${name}, json`, [source(text), json(JSON.stringify(RIGHT))]]],
    [
      4,
      () => ["json by bytes", [source(NONE), json(mutate(dice, JSON.stringify(RIGHT, undefined, 1), "{}"))]],
    ],
    [3, () => ["json by keys", [source(NONE), json(JSON.stringify(odd(dice)))]]],
    [1, () => ["deep json", [source(NONE), json(deep(dice))]]],
    [1, () => ["json is a folder", [source(NONE), { path: "v/variant.json", folder: true }]]],
    [
      1,
      () => ["linked file", [source(NONE, "real.ts"), { path: "v/rmap/reusable.ts", link: "../../real.ts" }]],
    ],
    [
      1,
      () => [
        "linked beside",
        [source(NONE), source(NONE, "real.ts"), { path: "v/rmap/prepare.ts", link: "../../real.ts" }],
      ],
    ],
    [1, () => ["linked folder", [source(NONE, "real/reusable.ts"), { path: "v/rmap", link: "../real" }]]],
    [1, () => ["link to itself", [source(NONE), { path: "v/rmap/self.ts", link: "self.ts" }]]],
    [1, () => ["loop of folders", [source(NONE), { path: "v/rmap/up", link: ".." }]]],
    [1, () => ["stray", [source(NONE, `v/${dice.pick(["rmap/nothing.ts", "reusable.ts", "x/y/z.ts"])}`)]]],
    [1, () => ["no file", [{ path: "v", folder: true }]]],
    [1, () => ["a file", [{ path: "v", text: NONE }]]],
    [
      1,
      () => ["not there", [], dice.pick(["{}/none", "{}/v/x", "nothing", "", "/dev/null", "{}/\u0001", "."])],
    ],
    [1, () => ["the whole disk", [], dice.pick(["/", "/usr", "/proc"])]],
    [
      1,
      () => [
        "a folder that is called like a file",
        [source(NONE), { path: "v/rmap/prepare.ts", folder: true }],
      ],
    ],
  ])();
}

function odd(dice: Dice): Record<string, unknown> {
  const values: readonly unknown[] = [
    0,
    null,
    [],
    {},
    "",
    "x",
    true,
    "first-fault",
    { expected: "bug", by: [], why: "x" },
    1e300,
  ];
  const made: Record<string, unknown> = { ...RIGHT };
  for (let left = dice.between(1, 3); left > 0; left--) {
    const key = dice.pick(["title", "story", "source", "base", "verdicts", "verdict", "__proto__"]);
    const change = dice.below(3);
    if (change === 0) delete made[key];
    else if (change === 1) made["verdicts"] = { [dice.pick(["first-fault", "x", ""])]: dice.pick(values) };
    else made[key] = dice.pick(values);
  }
  return made;
}

function deep(dice: Dice): string {
  const levels = dice.pick([100, 5000, 200_000]);
  return `{"title":${"[".repeat(levels)}${"]".repeat(levels)}}`;
}
