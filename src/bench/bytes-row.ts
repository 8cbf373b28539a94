/**
 * Accesses of a program to a process's bytes, by the processor time of the calling thread: worker CPUs that run beside it do
 * not count.
 */

import { Engine } from "../engine/engine.js";
import type { AddressSpace } from "../engine/space.js";
import { PAGE_BYTES } from "../ops/operation.js";
import { ThreadClock } from "../platform/thread-clock.js";
import type { EngineSource } from "./engine-source.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

/** Pages of the memory: twice the entries of a TLB, so that a walk over them finds none there. */
const PAGES = 256;
/** Calls in one turn of a loop, and accesses in one batch. */
const CALLS = 100_000;
const ACCESSES = 1_000_000;
/** The least seconds of a measurement: the system counts a thread's time in steps of milliseconds. */
const LEAST = 0.2;

/** What a row repeats, and how many operations that is. */
interface Loop {
  readonly operations: number;
  readonly run: () => void | Promise<void>;
}

type Make = (engine: Engine, space: AddressSpace, at: number) => Loop;

/** A loop of calls. */
function calls(one: (i: number) => void): Loop {
  return {
    operations: CALLS,
    run: () => {
      for (let i = 0; i < CALLS; i++) one(i);
    },
  };
}

/** The 256 pages in one go. */
const copied = (run: () => void): Loop => ({ operations: PAGES, run });

/** The same many times in a turn: the clock would cost more than one. */
const TIMES = 200;
const oftenOver = (run: () => void): Loop => ({
  operations: TIMES * PAGES,
  run: () => {
    for (let i = 0; i < TIMES; i++) run();
  },
});

/** The rows by name. */
const LOOPS: Readonly<Record<string, Make>> = {
  "bytes-read-hit": (_, space, at) => calls((i) => void space.read32(at + (i & 63) * 4)),
  "bytes-read-miss": (_, space, at) => calls((i) => void space.read32(at + (i & (PAGES - 1)) * PAGE_BYTES)),
  "bytes-write-hit": (_, space, at) => calls((i) => space.write32(at + (i & 63) * 4, i)),
  "bytes-write-miss": (_, space, at) => calls((i) => space.write32(at + (i & (PAGES - 1)) * PAGE_BYTES, i)),
  "bytes-copy": (_, space, at) => {
    const bytes = new Uint8Array(PAGES * PAGE_BYTES).fill(1);
    return copied(() => space.writeBytes(at, bytes));
  },
  "bytes-set": () => {
    const bytes = new Uint8Array(PAGES * PAGE_BYTES).fill(1);
    const memory = new Uint8Array(new SharedArrayBuffer(PAGES * PAGE_BYTES));
    return copied(() => memory.set(bytes));
  },
  "dirty-collect": (_, space, at) => {
    const changes = space.trackDirty();
    return oftenOver(() => {
      space.touch(at, PAGES);
      if (changes.collect().count !== PAGES) throw new Error("a page that was touched is not reported");
    });
  },
  "dirty-touch": (_, space, at) => oftenOver(() => void space.touch(at, PAGES)),
  "dirty-clean": (_, space) => {
    const changes = space.trackDirty();
    return oftenOver(() => void changes.collect());
  },
  "batch-arrays": (engine, space, at) => {
    const addresses = Float64Array.from({ length: ACCESSES }, (_, i) => at + (i & 63) * PAGE_BYTES);
    const operations = Uint8Array.from({ length: ACCESSES }, (_, i) => i & 1);
    const arrays = {
      ...{ operations, addresses },
      ...{ values: new BigUint64Array(ACCESSES), results: new Int32Array(ACCESSES) },
    };
    const run = async () => {
      const batch = engine.batch();
      batch.on(0).accesses(space, arrays);
      await batch.run();
    };
    return { operations: ACCESSES, run };
  },
};

/** The row of that name. */
export async function bytesSubject(name: string, source: EngineSource): Promise<Subject> {
  const make = LOOPS[name];
  if (!make) throw new Error(`there is no loop ${name}`);
  const cpus = name.startsWith("batch") ? 1 : 0;
  const engine = await Engine.create({ cpus, content: "full", ...(await source.options("release")) });
  const space = engine.spawn();
  const at = space.mmap(PAGES * PAGE_BYTES);
  space.touch(at, PAGES);
  const { operations, run } = make(engine, space, at);
  // V8 compiles the loop for good after some turns.
  for (let turn = 0; turn < 5; turn++) await run();
  return {
    engine: source.engine,
    cpus: 1,
    measure: async (seconds) => {
      const clock = new ThreadClock();
      let done = 0;
      do {
        await run();
        done += operations;
      } while (clock.seconds() < Math.max(seconds, LEAST));
      return rateOf(done, clock.seconds());
    },
    dispose: () => engine.dispose(),
  };
}
