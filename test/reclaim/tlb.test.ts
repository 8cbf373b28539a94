/** What one CPU remembers of an address space that another one changes: nothing that is not so any more. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { BUILDS } from "../support/engines.js";
import { compact, ksm, PAGE, reclaim, writeback } from "../support/swap.js";
import { runAll } from "./races.js";

const AT = 0x1000_0000_0000;
const PAGES = 8;
const SEGV = -1011;
const at = (page: number) => AT + page * PAGE;

describe.each(BUILDS)("%s", (build) => {
  let engine: Engine;

  beforeEach(async () => {
    const checked = build === "engine.checked";
    engine = await Engine.create({
      cpus: 2,
      checked,
      memory: 256 * PAGE,
      swap: 256 * PAGE,
      spaces: 8,
      files: 4,
    });
  });

  afterEach(async () => {
    engine.check();
    await engine.dispose();
  });

  /** Runs operations on one worker CPU; the results. */
  async function on(cpu: 0 | 1, ...operations: OpRecord[]): Promise<(number | bigint)[]> {
    const lists: OpRecord[][] = [[], []];
    lists[cpu] = operations;
    const outcomes = await runAll(engine, lists);
    return (outcomes[cpu] ?? []).map(({ result, value }) => (result === 0 ? value : result));
  }

  const pages = <T>(of: (page: number) => T): T[] => Array.from({ length: PAGES }, (_, page) => of(page));
  const readAll = (space = 0) => pages((page) => coreOf(engine).encoder.read(space, at(page)));
  const writeAll = (first: number, space = 0) =>
    pages((page) => coreOf(engine).encoder.write(space, at(page), BigInt(first + page)));
  const counted = (first: number) => pages((page) => BigInt(first + page));

  /** Both CPUs have written and read every page: their TLBs know all of them, writable. */
  async function warm(options: { shared?: boolean; file?: number } = {}): Promise<void> {
    engine.execute(coreOf(engine).encoder.spawn(0));
    engine.execute(coreOf(engine).encoder.mmap(0, PAGES * PAGE, { at: AT, ...options }));
    for (const cpu of [0, 1] as const) {
      await on(cpu, ...writeAll(1), ...writeAll(1));
      const before = engine.stats().tlbHits ?? 0;
      expect(await on(cpu, ...readAll())).toEqual(counted(1));
      expect(engine.stats().tlbHits).toBe(before + PAGES);
    }
  }

  it("forgets what is unmapped", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.munmap(0, AT, PAGES * PAGE));
    expect(await on(0, ...readAll())).toEqual(pages(() => SEGV));
  });

  it("forgets what is dropped", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.madvise(0, AT, PAGES * PAGE, "dontneed"));
    expect(await on(0, ...readAll())).toEqual(pages(() => 0n));
  });

  it("flushes once for a drop over several tables that meets no other", async () => {
    const TABLE = 512 * PAGE;
    const firsts = [0, 1, 2, 3].map((table) => AT + table * TABLE);
    engine.execute(coreOf(engine).encoder.spawn(0));
    engine.execute(coreOf(engine).encoder.mmap(0, 4 * TABLE, { at: AT }));
    const stores = firsts.map((address) => coreOf(engine).encoder.write(0, address, 1n));
    const reads = firsts.map((address) => coreOf(engine).encoder.read(0, address));
    for (let turn = 0; turn < 3; turn++) {
      // Both TLBs know a page of each table.
      await on(0, ...stores, ...reads);
      await on(1, ...reads);
      const before = engine.stats();
      await on(1, coreOf(engine).encoder.madvise(0, AT, 4 * TABLE, "dontneed"));
      const after = engine.stats();
      expect((after.tlbFlushes ?? 0) - (before.tlbFlushes ?? 0)).toBe(1);
      expect((after.tlbShootdowns ?? 0) - (before.tlbShootdowns ?? 0)).toBe(2);
      expect(await on(0, ...reads)).toEqual([0n, 0n, 0n, 0n]);
    }
  });

  it.each([
    ["none", SEGV, SEGV],
    ["r", 1n, SEGV],
  ] as const)("asks again after mprotect to %s", async (protection, read, write) => {
    await warm();
    await on(1, coreOf(engine).encoder.mprotect(0, AT, PAGE, protection));
    expect(await on(0, coreOf(engine).encoder.read(0, AT), coreOf(engine).encoder.write(0, AT, 9n))).toEqual([
      read,
      write,
    ]);
  });

  it("follows a page that moves, and forgets where it was", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.mremap(0, at(0), PAGE, PAGE, { to: at(20) }));
    expect(
      await on(0, coreOf(engine).encoder.read(0, at(0)), coreOf(engine).encoder.read(0, at(20))),
    ).toEqual([SEGV, 1n]);
  });

  it("does not write what a child shares", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.fork(0, 1));
    await on(0, ...writeAll(101));
    expect(await on(1, ...readAll(1))).toEqual(counted(1));
    expect(await on(1, ...readAll(0))).toEqual(counted(101));
  });

  it("reads the copy that another CPU's store made", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.fork(0, 1));
    await on(0, ...readAll(), ...readAll());
    await on(1, ...writeAll(201));
    expect(await on(0, ...readAll())).toEqual(counted(201));
    expect(await on(0, ...readAll(1))).toEqual(counted(1));
  });

  it("stores to the page that came back from swap", async () => {
    await warm();
    // The first look at a page only notes that it was used.
    for (let turn = 0; turn < 4; turn++) await on(1, reclaim(engine, 256));
    expect(engine.stats().swapOut).toBeGreaterThanOrEqual(PAGES);
    await on(0, ...writeAll(301));
    expect(await on(1, ...readAll())).toEqual(counted(301));
  });

  it("stores to the frame that a page was moved to", async () => {
    await warm();
    expect((await on(1, compact(engine, 256)))[0]).toBeGreaterThan(0n);
    await on(0, ...writeAll(401));
    expect(await on(1, ...readAll())).toEqual(counted(401));
  });

  it("copies a page that was merged", async () => {
    await warm();
    await on(0, coreOf(engine).encoder.madvise(0, AT, PAGES * PAGE, "mergeable"), ...writeAll(0));
    await on(0, ...pages((page) => coreOf(engine).encoder.write(0, at(page), 7n)));
    await on(1, ksm(engine, 3));
    await on(0, coreOf(engine).encoder.write(0, at(0), 8n));
    expect(await on(1, ...readAll())).toEqual([8n, ...Array(PAGES - 1).fill(7n)]);
  });

  it("notices a store after writeback", async () => {
    const file = engine.file(PAGES);
    await warm({ shared: true, file: file.slot });
    expect(await on(1, writeback(engine, 256))).toEqual([BigInt(PAGES)]);
    await on(0, coreOf(engine).encoder.write(0, at(2), 55n));
    expect(await on(1, writeback(engine, 256))).toEqual([1n]);
    for (let turn = 0; turn < 4; turn++) await on(1, reclaim(engine, 256));
    expect(await on(0, coreOf(engine).encoder.read(0, at(2)))).toEqual([55n]);
    engine.execute(coreOf(engine).encoder.exit(0));
    file.drop();
  });

  it("keeps a page that madvise(free) gave up and a store took back", async () => {
    await warm();
    await on(1, coreOf(engine).encoder.madvise(0, AT, PAGES * PAGE, "free"));
    await on(0, coreOf(engine).encoder.write(0, at(3), 77n));
    for (let turn = 0; turn < 4; turn++) await on(1, reclaim(engine, 256));
    const read = await on(0, ...readAll());
    expect(read[3]).toBe(77n);
    expect(read.filter((value) => value !== 77n)).toEqual(Array(PAGES - 1).fill(0n));
  });
});
