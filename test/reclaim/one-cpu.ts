/** One CPU's processes on a small engine of each build, for the tests of reclaim and swap. */
import { afterEach, describe, expect } from "vitest";
import { type AddressSpace, Engine, type EngineOptions, type MappedPage } from "../../dist/index.js";
import { BUILDS, leaks } from "../support/engines.js";
import { PAGE, reclaim, slotsInUse, swappedAddresses } from "../support/swap.js";

/** Where the first mapping of a process is. */
export const AT = 0x1000_0000_0000;
/** More than any test has: reclaim frees all that it can. */
export const ALL = 100_000;

/** Address of a page of the first mapping. */
export const at = (page: number): number => AT + page * PAGE;

/** Words of pages that `process` has made: 1, 2, … */
export const counted = (pages: number): number[] => Array.from({ length: pages }, (_, page) => page + 1);

/** Words of a process's first pages. */
export const values = (space: AddressSpace, pages: number): number[] =>
  Array.from({ length: pages }, (_, page) => Number(space.read(at(page))));

/** What the tests of a build use. */
export interface OneCpu {
  /** Makes the engine of this test, of so many frames and slots. */
  boot(frames: number, slots: number, options?: EngineOptions): Promise<Engine>;
  /** A process with `pages` pages of its own, each of a value of its own. */
  process(pages: number): AddressSpace;
  /** Has a process end with the test. */
  adopt(space: AddressSpace): AddressSpace;
  /** Ends a process now. */
  exit(space: AddressSpace): void;
  /** Frees up to `pages` pages; how many it freed. */
  free(pages?: number): number;
  /** Has every anonymous page go out; how many went. */
  pushOut(): number;
  /** Pages of a process that are out, by their numbers. */
  out(space: AddressSpace): number[];
  /** A page of a process; undefined when none is there. */
  pageAt(space: AddressSpace, page: number): MappedPage | undefined;
  /** Frames in use. */
  frames(): number;
}

/** Describes tests for each build. After every one all rules hold, and nothing is left when all processes have exited. */
export function onEachBuild(tests: (on: OneCpu) => void): void {
  describe.each(BUILDS)("%s", (build) => {
    let engine: Engine;
    const living = new Set<AddressSpace>();

    const adopt = (space: AddressSpace) => {
      living.add(space);
      return space;
    };
    const free = (pages = ALL) => Number(engine.execute(reclaim(engine, pages)).value);

    afterEach(async () => {
      engine.check();
      for (const space of living) space.exit();
      living.clear();
      engine.check();
      expect(leaks(engine)).toBe("");
      expect(slotsInUse(engine)).toBe(0);
      await engine.dispose();
    });

    tests({
      adopt,
      free,
      async boot(frames, slots, options = {}) {
        const checked = build === "engine.checked";
        const sizes = { memory: frames * PAGE, swap: slots * PAGE, spaces: 32, files: 8 };
        engine = await Engine.create({ checked, ...sizes, ...options });
        return engine;
      },
      process(pages) {
        const space = adopt(engine.spawn());
        space.mmap(pages * PAGE, { at: AT });
        for (let page = 0; page < pages; page++) space.write(at(page), BigInt(page + 1));
        return space;
      },
      exit(space) {
        living.delete(space);
        space.exit();
      },
      pushOut() {
        let freed = 0;
        // The first scan after an access only notes it.
        for (let now = -1; now !== 0; freed += now) now = free();
        return freed;
      },
      out: (space) => swappedAddresses(engine, space.slot).map((address) => (address - AT) / PAGE),
      pageAt: (space, page) => [...space.pages(at(page), at(page + 1))][0],
      frames() {
        engine.settle();
        return engine.stats().frames ?? 0;
      },
    });
  });
}
