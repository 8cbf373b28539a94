/** How pages come back from swap: by a fault, or all at once, on both builds. */

import { describe, expect, it } from "vitest";
import type { Engine } from "../../dist/index.js";
import { PAGE, slotsInUse, swapoff } from "../support/swap.js";
import { AT, at, counted, onEachBuild, values } from "./one-cpu.js";

onEachBuild(({ boot, process, adopt, exit, pushOut, out, pageAt, frames }) => {
  let engine: Engine;

  describe("coming back", () => {
    it("gives a page of one process back writable in place", async () => {
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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

  describe("swapoff", () => {
    it("brings everything back", async () => {
      engine = await boot(200, 200);
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
      engine = await boot(100, 0);
      process(5);
      expect(engine.execute(swapoff(engine)).result).toBe(0);
    });

    it("answers ENOMEM when it does not fit, and all goes on", async () => {
      engine = await boot(64, 400);
      const space = process(200);
      expect(engine.execute(swapoff(engine)).result).toBe(-engine.layout.constant("ENOMEM"));
      engine.check();
      expect(values(space, 200)).toEqual(counted(200));
    });

    it("makes room by dropping clean pages of files", async () => {
      engine = await boot(128, 400);
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
      engine = await boot(count, 400);
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
});
