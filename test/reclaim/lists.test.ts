/** On which list a page is: warm or cold, dropped or locked in memory, on both builds. */

import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import type { AddressSpace, Engine } from "../../dist/index.js";
import { listLengths, PAGE } from "../support/swap.js";
import { AT, at, counted, onEachBuild, values } from "./one-cpu.js";
import { runAll } from "./races.js";

onEachBuild(({ boot, process, adopt, exit, free, pushOut, out, frames }) => {
  let engine: Engine;

  describe("the lists", () => {
    /** More than a CPU moves at once. */
    const MANY = 100;

    it("take a page in at the cold half, warm it up with use, and cool it down when told to", async () => {
      engine = await boot(400, 400);
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
      engine = await boot(400, 0);
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
      engine = await boot(400, 0, { cpus: 1 });
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

  describe("what is locked in memory", () => {
    const lock = ({ slot }: AddressSpace, pages: number) =>
      engine.execute({ op: engine.layout.constant("OP_MLOCK"), space: slot, a: AT, b: pages * PAGE });
    /** Reclaim has found out that a mapping locks the pages. */
    const notice = (pages: number) => {
      expect(free()).toBe(0);
      expect(listLengths(engine).unevictable).toBe(pages);
    };

    it("may go when its locker has ended", async () => {
      engine = await boot(200, 0);
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
      engine = await boot(200, 200);
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
      engine = await boot(200, 200);
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
      engine = await boot(200, 0, { cpus: 1 });
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
});
