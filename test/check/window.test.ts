/** Where programs have their pages, machines of other kinds, and what only these show. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { partedFrom } from "../../dist/check/beside.js";
import { type Answer, CheckedMachine } from "../../dist/check/checked-machine.js";
import { Dice } from "../../dist/check/dice.js";
import { phrase } from "../../dist/check/phrases.js";
import { runList, runProgram } from "../../dist/check/program.js";
import { Sequential, SHAPES } from "../../dist/check/sequential.js";
import { Window } from "../../dist/check/window.js";
import type { Operation } from "../../dist/ops/operation.js";
import { printOperation } from "../../dist/ops/print.js";
import { parseScript } from "../../dist/ops/script.js";
import { loadModule } from "../../dist/wasm/module.js";
import { sample } from "../support/sample.js";
import { checkedModule } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-window-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const module = await loadModule({ checked: true });
const BORDER = 512;
const [, , , OUT, FULL] = SHAPES;

function mapped(first: number, pages: number): Operation[] {
  return parseScript(`0 mmap ${first} ${pages} rw private anon`);
}

it("draws windows in one table, across a border, and far apart, and knows each again", () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 400; seed++) {
    const dice = Dice.ofProgram(seed, 0);
    const pages = 1 + dice.below(8);
    const window = Window.draw(dice, pages);
    const all = Array.from({ length: pages }, (_, place) => window.at(place));
    expect(all, `seed ${seed}`).toEqual([...new Set(all)].sort((a, b) => a - b));
    expect(
      all.map((page) => window.placeOf(page)),
      `seed ${seed}`,
    ).toEqual(all.map((_, place) => place));
    expect(window.span(window.first, pages)).toBe(window.all);
    const again = Window.of(mapped(window.first, window.all));
    expect([again?.first, again?.all, again?.pages], `seed ${seed}`).toEqual([
      window.first,
      window.all,
      pages,
    ]);
    const crosses = all.some((page) => page < BORDER) && all.some((page) => page >= BORDER);
    const tables = new Set(all.map((page) => Math.floor(page / BORDER)));
    const apart = window.all > pages;
    kinds.add(
      `${crosses ? "border" : "table"} ${apart ? "apart" : "row"} ${tables.has(2) ? "empty between" : ""}`,
    );
  }
  expect([...kinds].sort()).toEqual([
    "border apart ",
    "border apart empty between",
    "border row ",
    "table apart ",
    "table row ",
  ]);
});

it("has programs over the border, with a range over both tables, and programs of each machine", () => {
  const search = new Sequential(module, 1);
  const machines = new Set<number>();
  let over = 0;
  while (search.programs < 600) {
    const { symptom, operations, machine } = search.next();
    expect(symptom, operations.map(printOperation).join("\n")).toBeUndefined();
    machines.add(machine);
    const zaps = operations.some(
      (one) =>
        (one.kind === "munmap" || one.kind === "madvise") &&
        one.page < BORDER &&
        one.page + one.pages > BORDER,
    );
    if (zaps) over++;
  }
  expect([...machines].sort((one, other) => one - other)).toEqual(SHAPES.map((_, at) => at));
  expect(over).toBeGreaterThan(10);
});

it("makes phrases that run whole on the engine as it is", () => {
  const machine = new CheckedMachine(module, SHAPES[0]);
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 120; seed++) {
    const dice = Dice.ofProgram(seed, 0);
    const words = {
      process: 0,
      page: 1,
      pages: 2,
      other: 3,
      fails: true,
      value: () => 5n,
      fork: () => [],
      cpu: () => [],
      stack: 600,
    };
    const operations = phrase(dice, words);
    const { symptom } = runList(machine, [...mapped(0, 6), ...operations]);
    expect(symptom, operations.map(printOperation).join("\n")).toBeUndefined();
    for (const { kind } of operations) kinds.add(kind);
  }
  for (const kind of ["madvise", "swapoff", "ksm", "migrate", "munmap", "mmap", "fail", "touch", "mremap"])
    expect(kinds).toContain(kind);
});

it("sees bytes of an earlier use behind a page's first word", () => {
  const machine = new CheckedMachine(module, FULL);
  const program = parseScript("0 mmap 0 2 rw private anon\n0 write 0 5\n0 touch 1 1 w\n");
  expect(runList(machine, program).symptom).toBeUndefined();
  // Nothing is seen where a program has ended well, and a byte in any page that is in use is.
  let rest = program;
  const dirty = (): readonly Operation[] => {
    const now = rest;
    rest = [];
    if (now.length > 0) return now;
    const { control, layout } = machine;
    const { size } = layout.struct("Page");
    const flags = layout.struct("Page").offset("flags");
    const uptodate = layout.constant("PG_UPTODATE");
    for (let frame = 1; frame <= FULL.frames; frame++) {
      if ((control.view.u32(control.get("pageBase") + frame * size + flags) & uptodate) === 0) continue;
      control.view.store(control.get("contentBase") + frame * layout.constant("PAGE_SIZE") + 8, 1);
      break;
    }
    return [];
  };
  expect(runProgram(machine, dirty).symptom?.message).toContain("bytes that nobody has stored there");
});

/** Runs a program, and then on the engine as it is. */
function beside(own: WebAssembly.Module, shape: (typeof SHAPES)[number], text: string): string | undefined {
  const machine = new CheckedMachine(own, shape);
  machine.restore();
  const operations = parseScript(text);
  const answers: Answer[] = operations.map((operation) => machine.run(operation));
  return partedFrom(machine, new CheckedMachine(module, shape), operations, answers)?.text;
}

it("keeps memory out when it is out", () => {
  const machine = new CheckedMachine(module, OUT);
  const filled = Array.from({ length: 16 }, (_, page) => `0 write ${page} ${page + 1}`).join("\n");
  const program = parseScript(`0 mmap 0 16 rw private anon\n${filled}`);
  machine.restore();
  const refused = program.filter((operation) => machine.run(operation).result < 0).length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(12);
  expect(machine.control.get("refusal") + machine.control.get("hopeless")).toBeGreaterThan(0);
  expect(runList(machine, program).symptom).toBeUndefined();
});

it("moves each mapping of a range once, also where memory is found only at the second try", () => {
  const machine = new CheckedMachine(module, OUT);
  const before = `0 mmap 0 6 rw private file 0
    0 madvise 1 3 mergeable
    0 write 3 1
    0 write 1 1
    ksm
    reclaim 1
    0 read 0
    0 touch 2 1 r
    0 mremap 2 1 1 6
    0 pin 4 2 w`;
  for (const keep of [" keep", ""]) {
    const program = parseScript(`${before}\n0 mremap 0 4 4 5${keep}\n0 expect 6 1\n0 expect 8 1`);
    expect(runList(machine, program).symptom, keep).toBeUndefined();
    machine.restore();
    const results = program.map((operation) => machine.run(operation).result);
    expect(results, keep).toEqual(program.map(() => 0));
  }
});

/** Mistakes: the file, what it says, what it shall say, and the most programs until it is seen. */
const MISTAKES = [
  ["mm/zap.ts", "  if (stale) flushTlbMm(mm);\n  releaseGathered", "  releaseGathered", "CONTENT|I12"],
  [
    "mm/fault_anon.ts",
    "if (vmf.store == 0 || ctl().content == CONTENT_FULL)",
    "if (vmf.store == 0)",
    "CONTENT",
  ],
  ["reclaim/again.ts", "&& tryToFreePages(SWAP_CLUSTER) != 0", "", "beside"],
] as const;

it.each(sample(MISTAKES, 1, "test/check/window"))("sees the mistake in %s", async (file, was, now, shows) => {
  const text = readFileSync(new URL(`../../assembly/${file}`, import.meta.url), "utf8");
  expect(text.split(was).length).toBe(2);
  const own = join(folder, file.replace(/\W/g, "-"));
  mkdirSync(dirname(join(own, file)), { recursive: true });
  writeFileSync(
    join(own, file),
    text.replace(was, now).replace(file.includes("anon") ? "  CONTENT_FULL,\n" : "\0", ""),
  );
  const broken = await checkedModule(own);
  if (shows === "beside") {
    const filled = Array.from({ length: 12 }, (_, page) => `0 write ${page} ${page + 1}`).join("\n");
    const program = `0 mmap 0 12 rw private anon\n0 mlock 0 12\n${filled}`;
    expect(beside(broken, OUT, program)).toBeDefined();
    expect(beside(module, OUT, program)).toBeUndefined();
    return;
  }
  const search = new Sequential(broken, 3);
  let found: string | undefined;
  while (found === undefined && search.programs < 20_000) found = search.next().symptom?.invariant;
  expect(found).toMatch(new RegExp(`^(${shows})$`));
});
