/** Pages that may be dropped, and pages of files, which go without swap or are written back, on both builds. */

import { describe, expect, it } from "vitest";
import type { AddressSpace, Engine } from "../../dist/index.js";
import { blocksInUse, ksm, PAGE, slotsInUse, swapoff, writeback } from "../support/swap.js";
import { ALL, AT, at, counted, onEachBuild, values } from "./one-cpu.js";

onEachBuild(({ boot, process, adopt, pushOut, pageAt, frames }) => {
  let engine: Engine;

  describe("what may be dropped", () => {
    /** Two processes with the same words in pages that may be merged; the second says that its own may be dropped. */
    async function twins(): Promise<[first: AddressSpace, second: AddressSpace]> {
      engine = await boot(200, 0);
      const spaces = [process(4), process(4)] as const;
      for (const space of spaces) space.madvise(AT, 4 * PAGE, "mergeable");
      spaces[1].madvise(AT, 4 * PAGE, "free");
      return [...spaces];
    }

    it("keeps the page for a process that shares it through merging and gave no advice", async () => {
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
      engine = await boot(200, 200);
      const space = process(8);
      pushOut();
      expect(values(space, 4)).toEqual(counted(4)); // four are back, and still have their slots
      engine.execute(swapoff(engine));
      space.madvise(AT, 8 * PAGE, "free");
      pushOut();
      expect(values(space, 8)).toEqual(Array<number>(8).fill(0));
    });
  });

  describe("pages of files", () => {
    it("are dropped when clean, and come back", async () => {
      engine = await boot(200, 0);
      const file = engine.file(64);
      const space = adopt(engine.spawn());
      space.mmap(64 * PAGE, { at: AT, file });
      space.touch(AT, 64, "read");
      expect(frames()).toBe(64);
      expect(pushOut()).toBe(64);
      expect(frames()).toBe(0);
      expect([...space.pages()]).toEqual([]);
      expect(values(space, 64)).toEqual(Array<number>(64).fill(0));
      file.drop();
    });

    it("stay when dirty, where there is nothing to write them to", async () => {
      engine = await boot(200, 200, { store: 0 });
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
      engine = await boot(200, 0);
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
      engine = await boot(200, 0, { store: 10 * PAGE });
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
      engine = await boot(200, 0);
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
      expect([...space.pages()].some((page) => page.writable || page.dirty)).toBe(false);
      expect([...child.pages()].some((page) => page.writable || page.dirty)).toBe(false);
      child.write(at(3), 77n);
      expect(write()).toBe(1);
      expect(Number(space.read(at(3)))).toBe(77);
      pushOut();
      expect(Number(space.read(at(3)))).toBe(77);
      file.drop();
    });

    it("keep what shared memory holds", async () => {
      engine = await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT, shared: true });
      for (let page = 0; page < 10; page++) space.write(at(page), BigInt(page + 1));
      const child = adopt(space.fork());
      pushOut();
      expect(values(child, 20)).toEqual([...counted(10), ...Array<number>(10).fill(0)]);
    });

    it("leave private copies to swap", async () => {
      engine = await boot(200, 200);
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
