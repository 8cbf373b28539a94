/** Every allocation that is made while pages go out and come back is refused once: nothing is lost, nothing is left. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { leaks } from "../support/engines.js";
import { ksm, PAGE, reclaim, setCpu, slotsInUse, swapoff } from "../support/swap.js";

const AT = 0x1000_0000_0000;
const at = (page: number) => AT + page * PAGE;
const FRAMES = 64;
/** Pages of process 0, each of a value of its own. */
const PAGES = 40;
/** More allocations than any operation here makes. */
const MOST = 500;

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({
    checked: true,
    memory: FRAMES * PAGE,
    swap: 400 * PAGE,
    spaces: 16,
    files: 4,
  });
});
afterAll(() => engine.dispose());

interface Scenario {
  readonly name: string;
  /** After process 0 has its pages. */
  readonly before?: () => OpRecord[];
  /** The allocations of all of these are refused, one a run. */
  readonly operations: () => OpRecord[];
  /** Makes no allocation. */
  readonly frugal?: boolean;
}

const out = () => [1, 2, 3, 4].map(() => reclaim(engine, 1000));
const { length: many } = Array(120);

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a read of a page that is out",
    before: out,
    operations: () => [coreOf(engine).encoder.read(0, at(3))],
  },
  {
    name: "a write to a page that is out",
    before: out,
    operations: () => [coreOf(engine).encoder.touch(0, at(3), 1, true)],
  },
  {
    name: "a write to a shared page that is out",
    before: () => [coreOf(engine).encoder.fork(0, 1), ...out()],
    operations: () => [
      coreOf(engine).encoder.write(1, at(3), 99n),
      coreOf(engine).encoder.touch(0, at(3), 1, true),
    ],
  },
  {
    name: "writes to more than memory holds",
    before: () => [coreOf(engine).encoder.mmap(0, many * PAGE, { at: at(1000) })],
    operations: () => [coreOf(engine).encoder.touch(0, at(1000), many, true)],
  },
  {
    name: "reads of more than memory holds",
    before: () => [
      coreOf(engine).encoder.mmap(0, many * PAGE, { at: at(1000) }),
      coreOf(engine).encoder.touch(0, at(1000), many, true),
    ],
    operations: () => [
      coreOf(engine).encoder.touch(0, at(1000), many, false),
      coreOf(engine).encoder.touch(0, at(0), PAGES, false),
    ],
  },
  {
    name: "a fork of pages that are out",
    before: out,
    operations: () => [coreOf(engine).encoder.fork(0, 1)],
  },
  {
    name: "a fork of pages of which some are out",
    before: () => [...out(), coreOf(engine).encoder.touch(0, at(0), 20, true)],
    operations: () => [
      coreOf(engine).encoder.fork(0, 1),
      coreOf(engine).encoder.touch(1, at(0), PAGES, true),
    ],
  },
  {
    name: "a move of pages that are out",
    before: out,
    operations: () => [
      coreOf(engine).encoder.mremap(0, at(8), 8 * PAGE, 8 * PAGE, { to: at(700) }),
      coreOf(engine).encoder.mremap(0, at(700), 8 * PAGE, 8 * PAGE, { to: at(8) }),
    ],
  },
  {
    name: "a protection of some that are out",
    before: out,
    operations: () => [
      coreOf(engine).encoder.mprotect(0, at(8), 8 * PAGE, "r"),
      coreOf(engine).encoder.mprotect(0, at(8), 8 * PAGE, "rw"),
    ],
  },
  { name: "swapoff", before: out, operations: () => [swapoff(engine)] },
  { name: "reclaim", operations: out, frugal: true },
  { name: "merging after pages came back", before: out, operations: () => [ksm(engine, 3)], frugal: true },
];

it.each(SCENARIOS)("$name", ({ before, operations, frugal = false }) => {
  const { encoder } = coreOf(engine);
  const { control, layout } = coreOf(engine).machine;
  const host = control.cpus;
  const enomem = -layout.constant("ENOMEM");
  const failed = () => control.view.u32(control.cpuBase(host) + layout.struct("Cpu").offset("failed"));
  const must = (operation: OpRecord) => expect(engine.execute(operation).result).toBe(0);
  let [refused, got] = [0, 0];
  for (let n = 1; n < MOST; n++) {
    must(encoder.spawn(0));
    must(encoder.mmap(0, PAGES * PAGE, { at: AT }));
    for (let page = 0; page < PAGES; page++) must(encoder.write(0, at(page), BigInt(page + 1)));
    for (const operation of before?.() ?? []) must(operation);
    const was = failed();
    setCpu(engine, host, "failAfter", n);
    for (const operation of operations()) {
      const { result } = engine.execute(operation);
      if (result === enomem) {
        // Once only: with memory it does the same as ever.
        expect(failed()).toBe(was + 1);
        engine.check();
        must(operation);
      } else {
        expect(result).toBe(0);
        if (failed() !== was) got++;
      }
    }
    setCpu(engine, host, "failAfter", 0);
    engine.check();
    for (let page = 0; page < PAGES; page++) {
      expect(engine.execute(encoder.read(0, at(page)))).toMatchObject({ result: 0, value: BigInt(page + 1) });
    }
    for (const slot of coreOf(engine).inspector.slots()) must(encoder.exit(slot));
    engine.check();
    expect([leaks(engine), slotsInUse(engine)]).toEqual(["", 0]);
    if (failed() === was) break;
    refused++;
  }
  expect(refused > 0).toBe(!frugal);
  if (!frugal) expect(refused + got).toBeLessThan(3 * MOST);
});
