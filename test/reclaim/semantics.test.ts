/** What reclaim and swap do to the pages of one CPU's processes, one rule a test, on both builds. */

import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/core.js";
import { type AddressSpace, Engine, type EngineOptions } from "../../dist/index.js";
import { BUILDS, leaks } from "../support/engines.js";
import {
  blocksInUse,
  ksm,
  listLengths,
  PAGE,
  reclaim,
  slotsInUse,
  swapoff,
  swappedAddresses,
  writeback,
} from "../support/swap.js";
import { runAll } from "./races.js";

const AT = 0x1000_0000_0000;
/** More than any test has: reclaim frees all that it can. */
const ALL = 100_000;

const at = (page: number) => AT + page * PAGE;

describe.each(BUILDS)("%s", (build) => {
  let engine: Engine;
  const living = new Set<AddressSpace>();

  /** An engine of so many frames and slots. */
  async function boot(frames: number, slots: number, options: EngineOptions = {}): Promise<void> {
    const checked = build === "engine.checked";
    engine = await Engine.create({
      checked,
      memory: frames * PAGE,
      swap: slots * PAGE,
      spaces: 32,
      files: 8,
      ...options,
    });
  }

  /** A process with `pages` pages of its own, each of a value of its own. */
  function process(pages: number): AddressSpace {
    const space = adopt(engine.spawn());
    space.mmap(pages * PAGE, { at: AT });
    for (let page = 0; page < pages; page++) space.write(at(page), BigInt(page + 1));
    return space;
  }

  function adopt(space: AddressSpace): AddressSpace {
    living.add(space);
    return space;
  }

  function exit(space: AddressSpace): void {
    living.delete(space);
    space.exit();
  }

  /** Frees up to `pages` pages; how many it freed. */
  const free = (pages = ALL) => Number(engine.execute(reclaim(engine, pages)).value);
  /** Every anonymous page goes out: the first scan after an access only notes it. */
  const pushOut = () => {
    let freed = 0;
    for (let now = -1; now !== 0; freed += now) now = free();
    return freed;
  };
  const out = (space: AddressSpace) => swappedAddresses(engine, space.slot).map((a) => (a - AT) / PAGE);
  const pageAt = (space: AddressSpace, page: number) => space.pages(at(page), at(page + 1))[0];
  const values = (space: AddressSpace, pages: number) =>
    Array.from({ length: pages }, (_, page) => Number(space.read(at(page))));
  const counted = (pages: number) => Array.from({ length: pages }, (_, page) => page + 1);
  const frames = () => {
    engine.settle();
    return engine.stats().frames ?? 0;
  };

  /** All rules hold, and nothing is left when all have exited. */
  afterEach(async () => {
    engine.check();
    for (const space of living) space.exit();
    living.clear();
    engine.check();
    expect(leaks(engine)).toBe("");
    expect(slotsInUse(engine)).toBe(0);
    await engine.dispose();
  });

  describe("going out", () => {
    it("frees as many pages as were asked for, or a batch more", async () => {
      await boot(1000, 1000);
      process(400);
      const before = frames();
      const freed = free(100);
      expect(freed).toBeGreaterThanOrEqual(100);
      expect(freed).toBeLessThan(100 + 32);
      expect(frames()).toBe(before - freed);
      expect(slotsInUse(engine)).toBe(freed);
    });

    it("frees nothing where there is nothing", async () => {
      await boot(100, 100);
      expect(free()).toBe(0);
    });

    it("takes every page out, and brings each back with its content", async () => {
      await boot(500, 500);
      const space = process(300);
      expect(pushOut()).toBe(300);
      expect(frames()).toBe(0);
      expect(out(space)).toHaveLength(300);
      engine.check();
      expect(values(space, 300)).toEqual(counted(300));
      expect(out(space)).toEqual([]);
      expect(slotsInUse(engine)).toBe(0);
    });

    it("keeps every word of a page", async () => {
      await boot(100, 100, { content: "full" });
      const space = process(8);
      for (let offset = 0; offset < PAGE; offset += 8) space.write(at(3) + offset, BigInt(offset) << 32n);
      pushOut();
      for (let offset = 0; offset < PAGE; offset += 8) {
        expect(space.read(at(3) + offset)).toBe(BigInt(offset) << 32n);
      }
      expect(space.read(at(3) + PAGE)).toBe(5n);
    });

    it("works without content", async () => {
      await boot(100, 100, { content: "none" });
      const space = process(50);
      expect(pushOut()).toBe(50);
      expect(space.touch(AT, 50)).toBe(50);
      expect(slotsInUse(engine)).toBe(0);
    });

    it("goes in and out again and again", async () => {
      await boot(64, 200);
      const space = process(150);
      for (let round = 0; round < 5; round++) {
        for (let page = round % 3; page < 150; page += 3) space.write(at(page), space.read(at(page)) + 1000n);
      }
      const expected = counted(150).map((n, page) => n + (page % 3 === 2 ? 1000 : 2000));
      expect(values(space, 150)).toEqual(expected);
    });

    it("keeps a page that was used since the last scan", async () => {
      await boot(400, 400);
      const space = process(100);
      // The scan sees that all were used when they were made.
      expect(free(1)).toBeGreaterThan(0);
      values(space, 100);
      pushOut();
      values(space, 10);
      // Of all pages only these are in memory, and were used.
      expect(out(space)).toHaveLength(90);
      const { scanned: before = 0, reclaimed = 0 } = engine.stats();
      free(1);
      const { scanned: after = 0, reclaimed: now = 0 } = engine.stats();
      expect(after - before).toBeGreaterThan(now - reclaimed);
    });

    it("takes merged pages, which come back as copies", async () => {
      await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT });
      space.madvise(AT, 20 * PAGE, "mergeable");
      for (let page = 0; page < 20; page++) space.write(at(page), page < 10 ? 7n : BigInt(page));
      engine.execute(ksm(engine, 5));
      expect(pageAt(space, 0)?.ksm).toBe(true);
      pushOut();
      expect(space.pages()).toEqual([]);
      expect(out(space)).toEqual(counted(20).map((n) => n - 1));
      expect(slotsInUse(engine)).toBe(11);
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => (page < 10 ? 7 : page)));
    });
  });

  describe("the lists", () => {
    /** More than a CPU moves at once. */
    const MANY = 100;

    it("take a page in at the cold half, warm it up with use, and cool it down when told to", async () => {
      await boot(400, 400);
      const space = process(MANY);
      expect(listLengths(engine)).toMatchObject({ inactiveAnon: MANY, activeAnon: 0 });
      for (let turn = 0; listLengths(engine).activeAnon < MANY / 2 && turn < 20; turn++) {
        values(space, MANY);
        free(1);
      }
      const { activeAnon, inactiveAnon } = listLengths(engine);
      expect(activeAnon).toBeGreaterThanOrEqual(MANY / 2);
      space.madvise(AT, MANY * PAGE, "cold");
      expect(listLengths(engine)).toMatchObject({ inactiveAnon: activeAnon + inactiveAnon, activeAnon: 0 });
    });

    it("keep pages that may be dropped with those of files, and drop them without swap", async () => {
      await boot(400, 0);
      const space = process(MANY);
      space.madvise(AT, MANY * PAGE, "free");
      expect(listLengths(engine)).toMatchObject({ inactiveAnon: 0, inactiveFile: MANY });
      expect(values(space, MANY)).toEqual(counted(MANY));
      // A write takes the page back: what was written stays.
      space.write(at(MANY - 1), 4711n);
      pushOut();
      expect(values(space, MANY)).toEqual([...Array<number>(MANY - 1).fill(0), 4711]);
    });

    it("make a file's page warm when two processes used it, on a list or still in a batch", async () => {
      await boot(400, 0, { cpus: 1 });
      const file = engine.file(MANY);
      for (let use = 0; use < 2; use++) {
        expect(listLengths(engine).activeFile).toBe(0);
        const space = adopt(engine.spawn());
        space.mmap(MANY * PAGE, { at: AT, file });
        space.touch(AT, MANY, "read");
        exit(space);
      }
      expect(listLengths(engine)).toMatchObject({ inactiveFile: 0, activeFile: MANY });
      const young = engine.file(1);
      const first = adopt(engine.spawn());
      first.mmap(PAGE, { at: AT, file: young });
      // One batch of operations: the page is on no list yet when the mappings go.
      const { encoder } = coreOf(engine);
      const use = [
        encoder.touch(first.slot, AT, 1, false),
        encoder.madvise(first.slot, AT, PAGE, "dontneed"),
      ];
      await runAll(engine, [[...use, ...use]]);
      expect(listLengths(engine).activeFile).toBe(MANY + 1);
      young.drop();
      file.drop();
    });
  });

  describe("what may be dropped", () => {
    /** Two processes with the same words in pages that may be merged; the second says that its own may be dropped. */
    async function twins(): Promise<[first: AddressSpace, second: AddressSpace]> {
      await boot(200, 0);
      const spaces = [process(4), process(4)] as const;
      for (const space of spaces) space.madvise(AT, 4 * PAGE, "mergeable");
      spaces[1].madvise(AT, 4 * PAGE, "free");
      return [...spaces];
    }

    it("is kept for who shares it, merged, and said nothing", async () => {
      const [first] = await twins();
      engine.execute(ksm(engine, 5));
      expect(pageAt(first, 0)?.mapcount).toBe(2);
      pushOut();
      expect(values(first, 4)).toEqual(counted(4));
    });

    it("is kept when it was written after the advice, merged since or not", async () => {
      const [first, second] = await twins();
      second.write(at(0), 1n);
      second.write(at(1), 4711n);
      engine.execute(ksm(engine, 5));
      expect([0, 1].map((page) => pageAt(second, page)?.ksm)).toEqual([true, false]);
      pushOut();
      expect(values(second, 2)).toEqual([1, 4711]);
      expect(values(first, 4)).toEqual(counted(4));
    });

    it("can be a page that came back from swap", async () => {
      await boot(200, 200);
      const space = process(8);
      pushOut();
      expect(values(space, 4)).toEqual(counted(4)); // four are back, and still have their slots
      engine.execute(swapoff(engine));
      space.madvise(AT, 8 * PAGE, "free");
      pushOut();
      expect(values(space, 8)).toEqual(Array<number>(8).fill(0));
    });
  });

  describe("what is locked in memory", () => {
    const lock = ({ slot }: AddressSpace, pages: number) =>
      engine.execute({ op: engine.layout.constant("OP_MLOCK"), space: slot, a: AT, b: pages * PAGE });
    /** Reclaim has found out that a mapping locks the pages. */
    const notice = (pages: number) => {
      expect(free()).toBe(0);
      expect(listLengths(engine).unevictable).toBe(pages);
    };

    it("may go when its locker has ended", async () => {
      await boot(200, 0);
      const file = engine.file(8);
      const space = adopt(engine.spawn());
      space.mmap(8 * PAGE, { at: AT, file, protection: "r" });
      space.touch(AT, 8, "read");
      lock(space, 8);
      notice(8);
      exit(space);
      expect(listLengths(engine).unevictable).toBe(0);
      pushOut();
      expect(frames()).toBe(0);
      file.drop();
    });

    it("may go when another part of its mapping moves away and leaves an empty one", async () => {
      await boot(200, 200);
      const space = process(8);
      lock(space, 8);
      notice(8);
      const { encoder } = coreOf(engine);
      const to = AT + 64 * PAGE;
      engine.execute(encoder.mremap(space.slot, AT, 4 * PAGE, 4 * PAGE, { to, dontUnmap: true }));
      // What moved is locked where it is now.
      expect(listLengths(engine).unevictable).toBe(4);
      pushOut();
      expect(out(space)).toEqual([4, 5, 6, 7]);
    });

    it.each(["one by one", "in a run"])("may go when its locker has copied it, %s", async (how) => {
      await boot(200, 200);
      const space = process(8);
      lock(space, 8);
      notice(8);
      const child = adopt(space.fork());
      if (how === "in a run") space.touch(AT, 8, "write");
      else for (let page = 0; page < 8; page++) space.write(at(page), 99n);
      expect(listLengths(engine).unevictable).toBe(0);
      pushOut();
      expect(out(child)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(values(child, 8)).toEqual(counted(8));
    });
  });

  describe("what waits in a batch", () => {
    it("can be moved by the CPU that holds it", async () => {
      await boot(200, 0, { cpus: 1 });
      const file = engine.file(4);
      const { slot } = adopt(engine.spawn());
      const { encoder } = coreOf(engine);
      engine.execute(encoder.mmap(slot, 4 * PAGE, { at: AT, file: file.slot }));
      const look = encoder.touch(slot, AT, 4, false);
      const drop = encoder.madvise(slot, AT, 4 * PAGE, "dontneed");
      // On a list from the first batch on; used twice, and in the batch of moves when it is to go elsewhere.
      await runAll(engine, [[look]]);
      const outcomes = await runAll(engine, [
        [
          drop,
          look,
          drop,
          look,
          { op: engine.layout.constant("OP_MIGRATE"), space: slot, a: AT, b: 4 * PAGE },
        ],
      ]);
      expect(Number(outcomes[0]?.at(-1)?.value)).toBe(4);
      file.drop();
    });
  });

  describe("coming back", () => {
    it("gives a page of one process back writable in place", async () => {
      await boot(100, 100);
      const space = process(4);
      pushOut();
      const { reuse: before = 0, faultCow: copied = 0, faults: faulted = 0 } = engine.stats();
      space.write(at(1), 77n);
      expect(pageAt(space, 1)).toMatchObject({ writable: true, mapcount: 1, value: 77n });
      space.read(at(2));
      expect(pageAt(space, 2)).toMatchObject({ writable: false, mapcount: 1, value: 3n });
      space.write(at(2), 78n);
      const { reuse: after = 0, faultCow: now = 0, faults = 0 } = engine.stats();
      // The write to a page that a read brought back is a fault of its own, and copies nothing.
      expect(faults - faulted).toBe(3);
      expect(after - before).toBe(1);
      expect(now - copied).toBe(after - before);
      expect(frames()).toBe(2);
      expect(slotsInUse(engine)).toBe(2);
    });

    it("keeps shared pages shared, and copies them on write", async () => {
      await boot(100, 100);
      const parent = process(4);
      const child = adopt(parent.fork());
      pushOut();
      expect(frames()).toBe(0);
      expect(slotsInUse(engine)).toBe(4);
      expect(parent.read(at(0))).toBe(1n);
      expect(pageAt(parent, 0)).toMatchObject({ mapcount: 1, writable: false });
      expect(child.read(at(0))).toBe(1n);
      expect(pageAt(child, 0)?.frame).toBe(pageAt(parent, 0)?.frame);
      expect(pageAt(child, 0)).toMatchObject({ mapcount: 2, writable: false });
      const users = parent.whoMaps(at(0)).map(({ space, address }) => [space.slot, address]);
      expect(users.sort()).toEqual(
        [
          [parent.slot, at(0)],
          [child.slot, at(0)],
        ].sort(),
      );
      engine.check();
      child.write(at(0), 50n);
      expect(parent.read(at(0))).toBe(1n);
      expect(pageAt(parent, 0)?.frame).not.toBe(pageAt(child, 0)?.frame);
      expect(pageAt(parent, 0)?.mapcount).toBe(1);
      // Written while the other's is still out.
      child.write(at(1), 51n);
      expect(parent.read(at(1))).toBe(2n);
      expect(child.read(at(1))).toBe(51n);
    });

    it("makes a page writable in place for the last of those who shared it", async () => {
      await boot(100, 100);
      const parent = process(4);
      const child = adopt(parent.fork());
      pushOut();
      exit(child);
      const { reuse: before = 0 } = engine.stats();
      parent.write(at(1), 9n);
      expect((engine.stats().reuse ?? 0) - before).toBe(1);
      expect(slotsInUse(engine)).toBe(3);
      expect(frames()).toBe(1);
    });

    it("lets a grandchild find a page that its ancestors left in swap", async () => {
      await boot(100, 100);
      const parent = process(6);
      const child = adopt(parent.fork());
      child.write(at(1), 20n);
      pushOut();
      const grandchild = adopt(child.fork());
      exit(parent);
      exit(child);
      expect(values(grandchild, 6)).toEqual([1, 20, 3, 4, 5, 6]);
      engine.check();
      expect(slotsInUse(engine)).toBe(0);
    });

    it("does not let a write to a page that may not be written pass", async () => {
      await boot(100, 100);
      const space = process(4);
      pushOut();
      space.mprotect(AT, 4 * PAGE, "r");
      expect(() => space.write(at(1), 1n)).toThrow(/segmentation fault/);
      expect(out(space)).toHaveLength(4);
      expect(space.read(at(1))).toBe(2n);
      space.mprotect(AT, 4 * PAGE, "rw");
      space.write(at(1), 11n);
      space.write(at(2), 12n);
      expect(values(space, 4)).toEqual([1, 11, 12, 4]);
    });
  });

  describe("calls on pages that are out", () => {
    it("fork names the slots twice, exit once", async () => {
      await boot(100, 100);
      const parent = process(10);
      pushOut();
      const children = Array.from({ length: 4 }, () => adopt(parent.fork()));
      expect(slotsInUse(engine)).toBe(10);
      engine.check();
      for (const child of children.slice(1)) exit(child);
      exit(parent);
      expect(slotsInUse(engine)).toBe(10);
      const [last] = children as [AddressSpace];
      last.write(at(3), 1n);
      expect(values(last, 10)).toEqual([1, 2, 3, 1, 5, 6, 7, 8, 9, 10]);
      exit(last);
      expect(slotsInUse(engine)).toBe(0);
    });

    it("munmap and madvise(DONTNEED) give the slots back", async () => {
      await boot(100, 100);
      const space = process(10);
      pushOut();
      space.munmap(at(2), 3 * PAGE);
      expect(slotsInUse(engine)).toBe(7);
      space.madvise(at(6), 2 * PAGE, "dontneed");
      expect(slotsInUse(engine)).toBe(5);
      expect(values(space, 2)).toEqual([1, 2]);
      expect([5, 6, 7, 8].map((page) => Number(space.read(at(page))))).toEqual([6, 0, 0, 9]);
    });

    it("mremap moves them", async () => {
      await boot(100, 100);
      const space = process(10);
      const child = adopt(space.fork());
      pushOut();
      space.mremap(at(2), 4 * PAGE, 4 * PAGE, { to: at(600) });
      expect(out(space)).toEqual([0, 1, 6, 7, 8, 9, 600, 601, 602, 603]);
      engine.check();
      expect([600, 601, 602, 603].map((page) => Number(space.read(at(page))))).toEqual([3, 4, 5, 6]);
      expect(values(child, 10)).toEqual(counted(10));
      engine.check();
      space.write(at(601), 44n);
      expect(child.read(at(3))).toBe(4n);
      pushOut();
      expect(space.read(at(601))).toBe(44n);
      space.mremap(at(600), 4 * PAGE, 2 * PAGE);
      expect(space.read(at(601))).toBe(44n);
    });

    it("mremap over them gives their slots back", async () => {
      await boot(100, 100);
      const space = process(10);
      pushOut();
      space.mremap(at(0), 2 * PAGE, 2 * PAGE, { to: at(8) });
      expect(slotsInUse(engine)).toBe(8);
      expect([8, 9].map((page) => Number(space.read(at(page))))).toEqual([1, 2]);
    });

    it("a split and a merge of their mapping leave them alone", async () => {
      await boot(100, 100);
      const space = process(10);
      pushOut();
      space.mprotect(at(3), 2 * PAGE, "none");
      space.mprotect(at(3), 2 * PAGE, "rw");
      expect(space.mappings()).toHaveLength(1);
      expect(values(space, 10)).toEqual(counted(10));
    });

    it("exec and brk give slots back", async () => {
      await boot(100, 100);
      const space = adopt(engine.spawn());
      engine.execute(coreOf(engine).encoder.brk(space.slot, AT, true));
      space.brk(at(10));
      for (let page = 0; page < 10; page++) space.write(at(page), 5n);
      pushOut();
      space.brk(at(4));
      expect(slotsInUse(engine)).toBe(4);
      space.exec();
      expect(slotsInUse(engine)).toBe(0);
    });

    it("a wiped child does not get them", async () => {
      await boot(100, 100);
      const space = process(6);
      space.madvise(at(2), 2 * PAGE, "wipeonfork");
      pushOut();
      const child = adopt(space.fork());
      expect(values(child, 6)).toEqual([1, 2, 0, 0, 5, 6]);
      expect(values(space, 6)).toEqual(counted(6));
    });

    it("a process that reads them is told the same after merging", async () => {
      await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT });
      space.madvise(AT, 20 * PAGE, "mergeable");
      for (let page = 0; page < 20; page++) space.write(at(page), BigInt(page % 4));
      pushOut();
      engine.execute(ksm(engine, 5));
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => page % 4));
      engine.execute(ksm(engine, 5));
      expect(space.pages().filter((page) => page.ksm).length).toBeGreaterThan(0);
      const child = adopt(space.fork());
      pushOut();
      child.write(at(0), 100n);
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => page % 4));
    });
  });

  describe("swapoff", () => {
    it("brings everything back", async () => {
      await boot(200, 200);
      const parent = process(50);
      const child = adopt(parent.fork());
      child.write(at(7), 70n);
      parent.mprotect(at(20), 5 * PAGE, "none");
      pushOut();
      expect(engine.execute(swapoff(engine)).result).toBe(0);
      expect([...out(parent), ...out(child)]).toEqual([]);
      expect(slotsInUse(engine)).toBe(0);
      expect(pageAt(parent, 7)?.mapcount).toBe(1);
      expect(pageAt(parent, 8)?.mapcount).toBe(2);
      engine.check();
      parent.mprotect(at(20), 5 * PAGE, "rw");
      expect(values(parent, 50)).toEqual(counted(50));
      expect(values(child, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 70, 9]);
    });

    it("does nothing where nothing is out", async () => {
      await boot(100, 0);
      process(5);
      expect(engine.execute(swapoff(engine)).result).toBe(0);
    });

    it("answers ENOMEM when it does not fit, and all goes on", async () => {
      await boot(64, 400);
      const space = process(200);
      expect(engine.execute(swapoff(engine)).result).toBe(-engine.layout.constant("ENOMEM"));
      engine.check();
      expect(values(space, 200)).toEqual(counted(200));
    });

    it("makes room by dropping clean pages of files", async () => {
      await boot(128, 400);
      const space = process(60);
      pushOut();
      const file = engine.file(120);
      space.mmap(120 * PAGE, { at: at(1000), file });
      space.touch(at(1000), 120, "read");
      expect(engine.execute(swapoff(engine)).result).toBe(0);
      expect(values(space, 60)).toEqual(counted(60));
      file.drop();
    });
  });

  describe("swapoff of shared pages", () => {
    it.each([62, 70, 100, 140])("leaves nothing out where it answers 0, with %i frames", async (count) => {
      await boot(count, 400);
      const space = process(60);
      const child = adopt(space.fork());
      pushOut();
      const file = engine.file(count);
      space.mmap(count * PAGE, { at: at(1000), file });
      space.touch(at(1000), count, "read");
      const { result } = engine.execute(swapoff(engine));
      engine.check();
      if (result === 0) expect([slotsInUse(engine), out(space), out(child)]).toEqual([0, [], []]);
      expect(values(space, 60)).toEqual(counted(60));
      expect(values(child, 60)).toEqual(counted(60));
      file.drop();
    });
  });

  describe("too little of everything", () => {
    it("without swap, more than memory is ENOMEM, and what was there stays", async () => {
      await boot(100, 0);
      const space = adopt(engine.spawn());
      space.mmap(300 * PAGE, { at: AT });
      expect(() => space.touch(AT, 300)).toThrow(/ENOMEM/);
      engine.check();
      const touched = space.pages().length;
      expect(touched).toBeGreaterThan(90);
      expect(touched).toBeLessThanOrEqual(100);
      space.write(at(0), 5n);
      space.munmap(AT, 10 * PAGE);
      expect(space.touch(at(200), 5)).toBe(5);
    });

    it("with swap full, more than both is ENOMEM, and what was there stays", async () => {
      await boot(100, 50);
      const space = adopt(engine.spawn());
      space.mmap(300 * PAGE, { at: AT });
      let page = 0;
      expect(() => {
        for (; page < 300; page++) space.write(at(page), BigInt(page + 1));
      }).toThrow(/ENOMEM/);
      engine.check();
      expect(page).toBeGreaterThan(140);
      expect(page).toBeLessThanOrEqual(150);
      // Room for exchanging one page for another.
      space.munmap(at(page - 2), 2 * PAGE);
      const left = page - 2;
      expect(values(space, left)).toEqual(counted(left));
    });

    it("one process in a few frames goes on, slowly", async () => {
      await boot(8, 300);
      const space = process(200);
      const child = adopt(space.fork());
      child.write(at(100), 1n);
      expect(values(space, 200)).toEqual(counted(200));
      expect(child.read(at(100))).toBe(1n);
      engine.check();
    });

    it("a fork's copies go out as well", async () => {
      await boot(64, 600);
      const space = process(100);
      const children = [1, 2, 3].map(() => adopt(space.fork()));
      for (const [index, child] of children.entries()) {
        for (let page = 0; page < 100; page++) child.write(at(page), BigInt(1000 * (index + 1) + page));
      }
      expect(values(space, 100)).toEqual(counted(100));
      for (const [index, child] of children.entries()) {
        expect(values(child, 100)).toEqual(counted(100).map((n) => 1000 * (index + 1) + n - 1));
      }
    });

    it("a merged page can be given back where only swap has room", async () => {
      await boot(64, 200);
      const space = adopt(engine.spawn());
      space.mmap(40 * PAGE, { at: AT });
      space.madvise(AT, 40 * PAGE, "mergeable");
      for (let page = 0; page < 40; page++) space.write(at(page), 7n);
      engine.execute(ksm(engine, 5));
      space.mmap(100 * PAGE, { at: at(100) });
      space.touch(at(100), 100);
      space.madvise(AT, 40 * PAGE, "unmergeable");
      expect(values(space, 40)).toEqual(Array<number>(40).fill(7));
    });
  });

  describe("pages of files", () => {
    it("are dropped when clean, and come back", async () => {
      await boot(200, 0);
      const file = engine.file(64);
      const space = adopt(engine.spawn());
      space.mmap(64 * PAGE, { at: AT, file });
      space.touch(AT, 64, "read");
      expect(frames()).toBe(64);
      expect(pushOut()).toBe(64);
      expect(frames()).toBe(0);
      expect(space.pages()).toEqual([]);
      expect(values(space, 64)).toEqual(Array<number>(64).fill(0));
      file.drop();
    });

    it("stay when dirty, where there is nothing to write them to", async () => {
      await boot(200, 200, { store: 0 });
      const file = engine.file(64);
      const space = adopt(engine.spawn());
      space.mmap(64 * PAGE, { at: AT, file, shared: true });
      space.touch(AT, 64, "read");
      for (let page = 0; page < 64; page += 2) space.write(at(page), BigInt(page + 1));
      expect(pushOut()).toBe(32);
      expect(slotsInUse(engine)).toBe(0);
      expect(values(space, 64)).toEqual(counted(64).map((n) => (n % 2 === 1 ? n : 0)));
      // Unmapped they are still the only copy.
      space.munmap(AT, 64 * PAGE);
      pushOut();
      space.mmap(64 * PAGE, { at: AT, file, shared: true });
      expect(values(space, 64)).toEqual(counted(64).map((n) => (n % 2 === 1 ? n : 0)));
      file.drop();
    });

    it("go to their blocks when dirty, and come back from there", async () => {
      await boot(200, 0);
      const file = engine.file(64);
      const space = adopt(engine.spawn());
      space.mmap(64 * PAGE, { at: AT, file, shared: true });
      space.touch(AT, 64, "read");
      for (let round = 1; round <= 3; round++) {
        for (let page = 0; page < 64; page += 2) space.write(at(page), BigInt(page + round));
        expect(pushOut()).toBe(64);
        expect(frames()).toBe(0);
        expect(values(space, 64)).toEqual(counted(64).map((n) => (n % 2 === 1 ? n + round - 1 : 0)));
      }
      file.drop();
      space.munmap(AT, 64 * PAGE);
      expect(blocksInUse(engine)).toBe(0);
    });

    it("stay when the store is full, and go when there is room again", async () => {
      await boot(200, 0, { store: 10 * PAGE });
      const files = [engine.file(20), engine.file(20)];
      const space = adopt(engine.spawn());
      for (const [index, file] of files.entries()) {
        space.mmap(20 * PAGE, { at: at(32 * index), file, shared: true });
        for (let page = 0; page < 20; page++) space.write(at(32 * index + page), BigInt(page + 1));
      }
      expect(pushOut()).toBe(10);
      expect(blocksInUse(engine)).toBe(10);
      expect(values(space, 20)).toEqual(counted(20));
      space.munmap(AT, 20 * PAGE);
      files[0]?.drop();
      expect(pushOut()).toBeGreaterThanOrEqual(10);
      files[1]?.drop();
    });

    it("are clean after writeback, and dirty again after the next store", async () => {
      await boot(200, 0);
      const file = engine.file(8);
      const space = adopt(engine.spawn());
      const child = adopt(space.fork());
      for (const process of [space, child]) {
        process.mmap(8 * PAGE, { at: AT, file, shared: true });
        for (let page = 0; page < 8; page++) process.write(at(page), BigInt(page + 1));
      }
      const write = () => Number(engine.execute(writeback(engine, ALL)).value);
      expect(write()).toBe(8);
      expect(write()).toBe(0);
      expect(space.pages().some((page) => page.writable || page.dirty)).toBe(false);
      expect(child.pages().some((page) => page.writable || page.dirty)).toBe(false);
      child.write(at(3), 77n);
      expect(write()).toBe(1);
      expect(Number(space.read(at(3)))).toBe(77);
      pushOut();
      expect(Number(space.read(at(3)))).toBe(77);
      file.drop();
    });

    it("keep what shared memory holds", async () => {
      await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT, shared: true });
      for (let page = 0; page < 10; page++) space.write(at(page), BigInt(page + 1));
      const child = adopt(space.fork());
      pushOut();
      expect(values(child, 20)).toEqual([...counted(10), ...Array<number>(10).fill(0)]);
    });

    it("leave private copies to swap", async () => {
      await boot(200, 200);
      const file = engine.file(64);
      const space = adopt(engine.spawn());
      space.mmap(64 * PAGE, { at: AT, file });
      for (let page = 0; page < 10; page++) space.write(at(page), BigInt(page + 1));
      space.touch(AT, 64, "read");
      pushOut();
      expect(frames()).toBe(0);
      expect(slotsInUse(engine)).toBe(10);
      expect(values(space, 12)).toEqual([...counted(10), 0, 0]);
      file.drop();
    });
  });
});
