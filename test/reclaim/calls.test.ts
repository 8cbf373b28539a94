/** Calls on pages that are out, on both builds. */

import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import type { AddressSpace, Engine } from "../../dist/index.js";
import { ksm, PAGE, slotsInUse } from "../support/swap.js";
import { AT, at, counted, onEachBuild, values } from "./one-cpu.js";

onEachBuild(({ boot, process, adopt, exit, pushOut, out }) => {
  let engine: Engine;

  describe("calls on pages that are out", () => {
    it("fork names the slots twice, exit once", async () => {
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
      const space = process(10);
      pushOut();
      space.mremap(at(0), 2 * PAGE, 2 * PAGE, { to: at(8) });
      expect(slotsInUse(engine)).toBe(8);
      expect([8, 9].map((page) => Number(space.read(at(page))))).toEqual([1, 2]);
    });

    it("a split and a merge of their mapping leave them alone", async () => {
      engine = await boot(100, 100);
      const space = process(10);
      pushOut();
      space.mprotect(at(3), 2 * PAGE, "none");
      space.mprotect(at(3), 2 * PAGE, "rw");
      expect(space.mappings()).toHaveLength(1);
      expect(values(space, 10)).toEqual(counted(10));
    });

    it("exec and brk give slots back", async () => {
      engine = await boot(100, 100);
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
      engine = await boot(100, 100);
      const space = process(6);
      space.madvise(at(2), 2 * PAGE, "wipeonfork");
      pushOut();
      const child = adopt(space.fork());
      expect(values(child, 6)).toEqual([1, 2, 0, 0, 5, 6]);
      expect(values(space, 6)).toEqual(counted(6));
    });

    it("a process gets the same answer after its pages are merged", async () => {
      engine = await boot(200, 200);
      const space = adopt(engine.spawn());
      space.mmap(20 * PAGE, { at: AT });
      space.madvise(AT, 20 * PAGE, "mergeable");
      for (let page = 0; page < 20; page++) space.write(at(page), BigInt(page % 4));
      pushOut();
      engine.execute(ksm(engine, 5));
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => page % 4));
      engine.execute(ksm(engine, 5));
      expect([...space.pages()].filter((page) => page.ksm).length).toBeGreaterThan(0);
      const child = adopt(space.fork());
      pushOut();
      child.write(at(0), 100n);
      expect(values(space, 20)).toEqual(Array.from({ length: 20 }, (_, page) => page % 4));
    });
  });
});
