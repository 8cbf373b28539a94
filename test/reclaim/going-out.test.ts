/** What goes out, how much of it, and what comes of its content, on both builds. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../dist/index.js";
import { ksm, PAGE, slotsInUse } from "../support/swap.js";
import { AT, at, counted, onEachBuild, values } from "./one-cpu.js";

onEachBuild(({ boot, process, adopt, free, pushOut, out, pageAt, frames }) => {
  let engine: Engine;

  describe("going out", () => {
    it("frees as many pages as were asked for, or a batch more", async () => {
      engine = await boot(1000, 1000);
      process(400);
      const before = frames();
      const freed = free(100);
      expect(freed).toBeGreaterThanOrEqual(100);
      expect(freed).toBeLessThan(100 + 32);
      expect(frames()).toBe(before - freed);
      expect(slotsInUse(engine)).toBe(freed);
    });

    it("frees nothing where there is nothing", async () => {
      engine = await boot(100, 100);
      expect(free()).toBe(0);
    });

    it("takes every page out, and brings each back with its content", async () => {
      engine = await boot(500, 500);
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
      engine = await boot(100, 100, { content: "full" });
      const space = process(8);
      for (let offset = 0; offset < PAGE; offset += 8) space.write(at(3) + offset, BigInt(offset) << 32n);
      pushOut();
      for (let offset = 0; offset < PAGE; offset += 8) {
        expect(space.read(at(3) + offset)).toBe(BigInt(offset) << 32n);
      }
      expect(space.read(at(3) + PAGE)).toBe(5n);
    });

    it("works without content", async () => {
      engine = await boot(100, 100, { content: "none" });
      const space = process(50);
      expect(pushOut()).toBe(50);
      expect(space.touch(AT, 50)).toBe(50);
      expect(slotsInUse(engine)).toBe(0);
    });

    it("goes in and out again and again", async () => {
      engine = await boot(64, 200);
      const space = process(150);
      for (let round = 0; round < 5; round++) {
        for (let page = round % 3; page < 150; page += 3) space.write(at(page), space.read(at(page)) + 1000n);
      }
      const expected = counted(150).map((n, page) => n + (page % 3 === 2 ? 1000 : 2000));
      expect(values(space, 150)).toEqual(expected);
    });

    it("keeps a page that was used since the last scan", async () => {
      engine = await boot(400, 400);
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
      engine = await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT });
      space.madvise(AT, 20 * PAGE, "mergeable");
      for (let page = 0; page < 20; page++) space.write(at(page), page < 10 ? 7n : BigInt(page));
      engine.execute(ksm(engine, 5));
      expect(pageAt(space, 0)?.ksm).toBe(true);
      pushOut();
      expect([...space.pages()]).toEqual([]);
      expect(out(space)).toEqual(counted(20).map((n) => n - 1));
      expect(slotsInUse(engine)).toBe(11);
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => (page < 10 ? 7 : page)));
    });
  });

  describe("too little of everything", () => {
    it("without swap, more than memory is ENOMEM, and what was there stays", async () => {
      engine = await boot(100, 0);
      const space = adopt(engine.spawn());
      space.mmap(300 * PAGE, { at: AT });
      expect(() => space.touch(AT, 300)).toThrow(/ENOMEM/);
      engine.check();
      const touched = [...space.pages()].length;
      expect(touched).toBeGreaterThan(90);
      expect(touched).toBeLessThanOrEqual(100);
      space.write(at(0), 5n);
      space.munmap(AT, 10 * PAGE);
      expect(space.touch(at(200), 5)).toBe(5);
    });

    it("with swap full, more than both is ENOMEM, and what was there stays", async () => {
      engine = await boot(100, 50);
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
      engine = await boot(8, 300);
      const space = process(200);
      const child = adopt(space.fork());
      child.write(at(100), 1n);
      expect(values(space, 200)).toEqual(counted(200));
      expect(child.read(at(100))).toBe(1n);
      engine.check();
    });

    it("a fork's copies go out as well", async () => {
      engine = await boot(64, 600);
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
      engine = await boot(64, 200);
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
});
