/** Two CPUs and one page: what reclaim decides while someone else uses, unmaps or drops what it looks at. */

import { afterEach, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, type EngineOptions } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { leaks } from "../support/engines.js";
import { PAGE, reclaim, setCpu, slotsInUse } from "../support/swap.js";
import { runAll } from "./races.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
const ROUNDS = Number(process.env["RMAP_ROUNDS"] ?? 12);
const AT = 0x1000_0000_0000;
/** Pages that stand clean in the cache before they are written. */
const AHEAD = 12;

let engine: Engine;
afterEach(() => engine.dispose());

async function boot(options: EngineOptions): Promise<void> {
  engine = await Engine.create({
    checked: true,
    spaces: 64,
    files: 16,
    queueRecords: 256,
    watchdog: 20_000,
    ...options,
  });
}

function arm(round: number): void {
  for (let cpu = 0; cpu < engine.cpus; cpu++) {
    setCpu(engine, cpu, "delaySeed", (SEED * 2654435761 + round * 40503 + cpu * 9176) >>> 0 || 1);
  }
}

const repeated = (operation: OpRecord, times: number) => Array<OpRecord>(times).fill(operation);

function mustBeEmpty(): void {
  engine.check();
  const slots = slotsInUse(engine);
  expect([leaks(engine), slots], `seed ${SEED}`).toEqual(["", 0]);
}

it("pages that are unmapped while reclaim looks at them leave nothing behind in swap", async () => {
  await boot({ cpus: 3, memory: 1000 * PAGE, swap: 4000 * PAGE });
  const { encoder } = coreOf(engine);
  for (let round = 0; round < ROUNDS; round++) {
    for (const slot of [0, 1]) engine.execute(encoder.spawn(slot));
    arm(round);
    const lives = (slot: number) => [
      ...Array.from({ length: 20 }, () => [
        encoder.mmap(slot, 64 * PAGE, { at: AT }),
        encoder.touch(slot, AT, 64, true),
        encoder.munmap(slot, AT, 64 * PAGE),
      ]).flat(),
      encoder.mmap(slot, 200 * PAGE, { at: AT }),
      encoder.touch(slot, AT, 200, true),
      encoder.fork(slot, slot + 10),
      encoder.touch(slot + 10, AT, 100, true),
      encoder.exit(slot),
      encoder.exit(slot + 10),
    ];
    await runAll(engine, [lives(0), lives(1), repeated(reclaim(engine, 1), 5 + 20 * (round % 10))]);
    mustBeEmpty();
  }
});

it("a copy on write leaves nothing behind in swap", async () => {
  await boot({ cpus: 2, memory: 2000 * PAGE, swap: 4000 * PAGE });
  const { encoder } = coreOf(engine);
  for (let round = 0; round < ROUNDS; round++) {
    engine.execute(encoder.spawn(0));
    engine.execute(encoder.mmap(0, 300 * PAGE, { at: AT }));
    engine.execute(encoder.touch(0, AT, 300, true));
    engine.execute(encoder.fork(0, 1));
    engine.execute(reclaim(engine, 1));
    arm(round);
    const writes = [encoder.touch(0, AT, 300, true), encoder.touch(1, AT, 300, true)];
    const [done] = await runAll(engine, [writes, repeated(reclaim(engine, 1), 5 + 20 * (round % 10))]);
    expect(done?.map(({ result }) => result)).toEqual([0, 0]);
    engine.check();
    const zeros = [0, 1].map((slot) => encoder.exit(slot));
    for (const operation of zeros) engine.execute(operation);
    mustBeEmpty();
  }
});

it("pages that two threads bring in and drop leave nothing behind", async () => {
  await boot({ cpus: 3, memory: 1000 * PAGE, swap: 2000 * PAGE });
  const { encoder } = coreOf(engine);
  for (let round = 0; round < ROUNDS; round++) {
    engine.execute(encoder.spawn(0));
    engine.execute(encoder.mmap(0, 200 * PAGE, { at: AT }));
    engine.execute(encoder.touch(0, AT, 200, true));
    for (let i = 0; i < 3; i++) engine.execute(reclaim(engine, 1000));
    arm(round);
    const pages = Array.from({ length: 200 }, (_, page) => AT + page * PAGE);
    const reads = pages.map((at) => encoder.read(0, at));
    const drops = pages.map((at) => encoder.madvise(0, at, PAGE, "dontneed"));
    await runAll(engine, [reads, drops, repeated(reclaim(engine, 32), 3)]);
    engine.execute(encoder.exit(0));
    mustBeEmpty();
  }
});

it("a page of a file that is written at the last moment is not dropped", async () => {
  await boot({ cpus: 3, memory: 2000 * PAGE });
  const { encoder } = coreOf(engine);
  for (let round = 0; round < ROUNDS; round++) {
    const file = engine.file(256);
    const pages = Array.from({ length: 256 }, (_, page) => AT + page * PAGE);
    for (const slot of [0, 1]) {
      engine.execute(encoder.spawn(slot));
      engine.execute(encoder.mmap(slot, 256 * PAGE, { at: AT, file: file.slot, shared: true }));
    }
    arm(round);
    // Each page is clean and unmapped in the cache for a while, until it is written, once.
    const lives = (slot: number) => {
      const own = pages.filter((_, page) => page % 2 === slot);
      return own.flatMap((at, index) => [
        encoder.read(slot, own[(index + AHEAD) % own.length] ?? at),
        encoder.madvise(slot, AT, 256 * PAGE, "dontneed"),
        encoder.write(slot, at, BigInt(at)),
        encoder.madvise(slot, at, PAGE, "dontneed"),
      ]);
    };
    await runAll(engine, [lives(0), lives(1), repeated(reclaim(engine, 1), 200)]);
    const found = pages.map((at) => Number(engine.execute(encoder.read(0, at)).value));
    expect(found, `seed ${SEED}`).toEqual(pages);
    for (const slot of [0, 1]) engine.execute(encoder.exit(slot));
    file.drop();
    mustBeEmpty();
  }
});

it("all who share a page of a file find the same page in its cache", async () => {
  await boot({ cpus: 4, memory: 2000 * PAGE });
  const { encoder } = coreOf(engine);
  const pages = Array.from({ length: 64 }, (_, page) => AT + page * PAGE);
  for (let round = 0; round < ROUNDS; round++) {
    const file = engine.file(64);
    for (const slot of [0, 1, 2]) {
      engine.execute(encoder.spawn(slot));
      engine.execute(encoder.mmap(slot, 64 * PAGE, { at: AT, file: file.slot, shared: true }));
    }
    arm(round);
    const lives = (slot: number) =>
      pages.flatMap((at) => [
        ...Array.from({ length: 6 }, () => [
          encoder.read(slot, at),
          encoder.madvise(slot, at, PAGE, "dontneed"),
          ...(slot === 0 ? [reclaim(engine, 1)] : []),
        ]).flat(),
        encoder.write(slot, at, BigInt(at + slot)),
      ]);
    await runAll(engine, [lives(0), lives(1), lives(2), repeated(reclaim(engine, 64), 60)]);
    for (const at of pages) {
      const found = [0, 1, 2].map((slot) => engine.execute(encoder.read(slot, at)).value);
      // Whose write was the last is open, that all read the same is not.
      expect(new Set(found).size, `seed ${SEED}`).toBe(1);
    }
    engine.check();
    for (const slot of [0, 1, 2]) engine.execute(encoder.exit(slot));
    file.drop();
    mustBeEmpty();
  }
});
