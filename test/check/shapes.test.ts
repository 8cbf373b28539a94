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
import { sample, WHOLE } from "../support/sample.js";
import { checkedModule } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-shapes-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const module = await loadModule({ checked: true });
const [ROOMY, , , , FULL, EMPTY, DAEMONS, , TOGETHER] = SHAPES;

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
    "mm/fault_cow.ts",
    "  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();\n",
    "",
    TOGETHER,
    "0 mmap 0 1 rw private anon\n0 write 0 5\n0 madvise 0 1 pageout\n0 fork 1\n1 exit\n0 touch 0 1 r\n0 write 0 7",
  ],
];

describe.skipIf(!WHOLE)("a mistake that shows on one kind of machine", () => {
  it.each(sample(MISTAKES, MISTAKES.length, "test/check/shapes"))(
    "in %s, without %j",
    async (file, was, now, shape, script) => {
      const text = readFileSync(new URL(`../../assembly/${file}`, import.meta.url), "utf8");
      expect(text.split(was).length).toBe(2);
      const own = mkdtempSync(join(folder, "mistake-"));
      mkdirSync(dirname(join(own, file)), { recursive: true });
      writeFileSync(join(own, file), text.replace(was, now));
      const broken = await checkedModule(own);
      const shows = (on: MachineShape): boolean => {
        const { machine, operations, answers, symptom } = run(on, script, broken);
        const other = new CheckedMachine(module, on);
        return symptom !== undefined || partedFrom(machine, other, operations, answers) !== undefined;
      };
      expect(shows(shape)).toBe(true);
      expect(shows(ROOMY)).toBe(false);
    },
  );
});
