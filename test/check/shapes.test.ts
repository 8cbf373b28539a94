/** What runs only on machines of some kinds: kswapd and the flusher, frames that hold nothing, pages that somebody supplies. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { partedFrom } from "../../dist/check/beside.js";
import { CheckedMachine, type MachineShape } from "../../dist/check/checked-machine.js";
import { runList } from "../../dist/check/program.js";
import { SHAPES } from "../../dist/check/sequential.js";
import { Line } from "../../dist/ops/line.js";
import type { Operation } from "../../dist/ops/operation.js";
import { parseConcurrentLine } from "../../dist/ops/script.js";
import { wordsOf } from "../../dist/text/words.js";
import { loadModule } from "../../dist/wasm/module.js";
import { WHOLE } from "../support/sample.js";
import { checkedModule } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-shapes-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const module = await loadModule({ checked: true });
const [ROOMY, , , , FULL, EMPTY, DAEMONS, , TOGETHER, BARE] = SHAPES;

/** Operations that stand only in races, too. */
function parse(script: string): Operation[] {
  return script
    .split("\n")
    .map((text, at) =>
      parseConcurrentLine(new Line("made-up", at + 1, wordsOf(text.trim()), text.length + 1)),
    );
}

/** A script on a machine of a shape: the answers, and what is wrong. */
function run(shape: MachineShape, script: string, of = module) {
  const machine = new CheckedMachine(of, shape);
  const operations = parse(script);
  const { symptom } = runList(machine, operations);
  machine.restore();
  const answers = operations.map((operation) => machine.run(operation));
  return { machine, operations, answers, symptom };
}

/** Stores to so many pages. */
function filled(pages: number, backing = "private anon"): string {
  const stores = Array.from({ length: pages }, (_, page) => `0 write ${page} ${page + 1}`);
  return [`0 mmap 0 ${pages} rw ${backing}`, ...stores].join("\n");
}

const SHORT = filled(12);
const DIRTY = filled(6, "shared file 0");
const ENDED = "OP_KSWAPD 0 OP_FLUSHER 0";

it("lets kswapd and the flusher run until they sleep, or end", () => {
  const short = run(DAEMONS, SHORT);
  expect(short.symptom).toBeUndefined();
  expect(short.machine.turns).toMatch(/kswapd(Wake|Stop)/);
  expect(short.machine.turns).toContain(ENDED);
  const dirty = run(DAEMONS, DIRTY);
  expect(dirty.symptom).toBeUndefined();
  expect(dirty.machine.turns).toBe("flusherStop");
  const { control, layout } = dirty.machine;
  const written = layout.struct("Cpu").offset("statWritten");
  expect(control.view.u32(control.cpuBase(2) + written)).toBeGreaterThan(0);
});

it("runs programs where frames hold nothing", () => {
  const { symptom, answers } = run(EMPTY, `${filled(4)}\n0 madvise 0 4 pageout\n0 read 0\n0 read 1\nksm`);
  expect(symptom).toBeUndefined();
  expect(answers.slice(-3).map(({ value }) => value)).toEqual([0n, 0n, 0n]);
  expect(answers.at(-1)?.result).toBeLessThan(0);
});

it("ends an operation that waits for a missing page, and goes on once it is supplied", () => {
  const begin = "0 mmap 0 2 rw private anon\n0 register 0 2\n";
  for (const shape of [ROOMY, FULL]) {
    const script = `${begin}0 read 0\n0 supply 0 7\n0 read 0\n0 supply 0 8\n0 write 1 9\n0 supply 1\n0 read 1`;
    const { symptom, answers, machine } = run(shape, script);
    expect(symptom).toBeUndefined();
    const missing = -machine.layout.constant("EMISSING");
    const exists = -machine.layout.constant("EEXIST");
    expect(answers.map(({ result }) => result)).toEqual([0, 0, missing, 0, 0, exists, missing, 0, 0]);
    expect(answers.at(4)?.value).toBe(7n);
    expect(machine.end([0])).toBe("");
  }
});

it("runs an operation while the pages of the touch before it are in the CPU's batch", () => {
  const script = "0 mmap 0 3 rw private anon\n0 touch 0 3 w\n0 migrate 0 3\n0 touch 0 3 w\n0 read 1";
  const { symptom, machine } = run(TOGETHER, script);
  expect(symptom).toBeUndefined();
  machine.flush();
  expect(machine.turns).toBe("touch 0 touch 0");
});

it("has pages of a file that find no block", () => {
  const { symptom, answers } = run(BARE, `${filled(3, "shared file 0")}\nwriteback 8\nwriteback 8`);
  expect(symptom).toBeUndefined();
  expect(answers.slice(-2).map(({ value }) => value)).toEqual([1n, 0n]);
});

/** Mistakes that show on one kind of machine: the file, what it says, what it shall say, the shape, and the program. */
const MISTAKES: readonly (readonly [string, string, string, MachineShape, string])[] = [
  ["reclaim/kswapd.ts", "if (tryToFreePages(SWAP_CLUSTER) == 0) break;", "break;", DAEMONS, SHORT],
  ["reclaim/kswapd.ts", " && readOnce32(c.kswapdStopAt) == 0) {", ") {", DAEMONS, SHORT],
  ["reclaim/writeback.ts", "== STOP_RUN && readOnce32(c.flusherStopAt) == 0", "== STOP_RUN", DAEMONS, SHORT],
  [
    "swap/io.ts",
    "if (content == CONTENT_NONE) return;\n  // RACE",
    "// RACE",
    EMPTY,
    `${filled(4)}\n0 madvise 0 4 pageout`,
  ],
  [
    "mm/fault_step.ts",
    "if (vmf.store == SUPPLY_STAGED)",
    "if (vmf.store != SUPPLY_STAGED)",
    FULL,
    "0 mmap 0 2 rw private anon\n0 register 0 2\n0 supply 0 7\n0 read 0",
  ],
  [
    "reclaim/writeback.ts",
    "  if (!blockEnsure(page)) return false;\n",
    "  blockEnsure(page);\n",
    BARE,
    `${filled(3, "shared file 0")}\nwriteback 8\nreclaim 8\n0 read 2`,
  ],
  [
    "mm/fault_cow.ts",
    "  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();\n",
    "",
    TOGETHER,
    "0 mmap 0 1 rw private anon\n0 write 0 5\n0 madvise 0 1 pageout\n0 fork 1\n1 exit\n0 touch 0 1 r\n0 write 0 7",
  ],
];

/** The engine with a mistake. */
async function withMistake(file: string, was: string, now: string): Promise<WebAssembly.Module> {
  const text = readFileSync(new URL(`../../assembly/${file}`, import.meta.url), "utf8");
  expect(text.split(was).length).toBe(2);
  const own = mkdtempSync(join(folder, "mistake-"));
  mkdirSync(dirname(join(own, file)), { recursive: true });
  writeFileSync(join(own, file), text.replace(was, now));
  return checkedModule(own);
}

/** Whether a script shows that an engine is another one. */
function shows(broken: WebAssembly.Module, shape: MachineShape, script: string): boolean {
  if (runList(new CheckedMachine(broken, shape), parse(script)).symptom !== undefined) return true;
  const { machine, operations, answers } = run(shape, script, broken);
  return partedFrom(machine, new CheckedMachine(module, shape), operations, answers) !== undefined;
}

describe.skipIf(!WHOLE)("a mistake that shows on one kind of machine", () => {
  it.each(MISTAKES)("in %s, without %j", async (file, was, now, shape, script) => {
    const broken = await withMistake(file, was, now);
    expect(shows(broken, shape, script)).toBe(true);
    expect(shows(broken, ROOMY, script)).toBe(false);
  });
});

const PAIR = "0 mmap 0 2 rw private anon\n0 write 0 5\n0 write 1 6";
const SWEPT = Array.from({ length: 14 }, (_, at) => `fail ${at + 1}\n0 fork ${at + 1}\nfail 0`).join("\n");
/** Mistakes that show only after some operations in a row: the file, the mistake, a program that sees it, and one that does not. */
const RARE: readonly (readonly [string, string, string, string, string])[] = [
  [
    "mm/copy.ts",
    "        if (!ok) break;\n",
    "",
    `${PAIR}\n0 pin 0 1 w\n0 pin 1 1 w\n${SWEPT}`,
    `${PAIR}\n0 pin 0 1 w\n0 pin 1 1 w\n0 fork 1`,
  ],
  [
    "reclaim/migrate.ts",
    "    setCached(page.priv, changetype<u32>(page));\n",
    "",
    "0 mmap 0 1 rw private anon\n0 write 0 5\n0 madvise 0 1 pageout\n0 fork 1\n0 read 0\n0 migrate 0 1\n1 read 0",
    "0 mmap 0 1 rw private anon\n0 write 0 5\n0 madvise 0 1 pageout\n0 read 0\n0 migrate 0 1",
  ],
];

describe.skipIf(!WHOLE)("a mistake that shows after some operations in a row", () => {
  it.each(RARE)("in %s, without %j", async (file, was, now, script, other) => {
    const broken = await withMistake(file, was, now);
    expect(shows(broken, ROOMY, script)).toBe(true);
    expect(shows(broken, ROOMY, other)).toBe(false);
  });
});
