/** Single calls of the library on the calling thread, each with the cost of crossing into WebAssembly. */

import { Engine } from "../engine/engine.js";
import { PAGE_BYTES } from "../ops/operation.js";
import type { EngineSource } from "./engine-source.js";
import { packaged } from "./packaged.js";
import type { Subject } from "./subject.js";

/** Prepared calls by name. Each leaves the engine as it found it. */
const CALLS: Readonly<Record<string, (engine: Engine) => () => void>> = {
  "read-hit": (engine) => {
    const space = engine.spawn();
    const resident = space.mmap(PAGE_BYTES);
    space.write(resident, 1n);
    return () => void space.read(resident);
  },
  "fault-dontneed": (engine) => {
    const space = engine.spawn();
    const fresh = space.mmap(PAGE_BYTES);
    return () => {
      space.write(fresh, 1n);
      space.madvise(fresh, PAGE_BYTES, "dontneed");
    };
  },
  "mmap-munmap": (engine) => {
    const space = engine.spawn();
    return () => space.munmap(space.mmap(PAGE_BYTES), PAGE_BYTES);
  },
  "fork-exit-16": (engine) => {
    const parent = engine.spawn();
    parent.touch(parent.mmap(16 * PAGE_BYTES), 16);
    return () => parent.fork().exit();
  },
  "who-maps-10": (engine) => {
    const family = engine.spawn();
    const shared = family.mmap(PAGE_BYTES);
    family.write(shared, 1n);
    for (let child = 0; child < 9; child++) family.fork();
    return () => void family.whoMaps(shared);
  },
};

/** The row of that name; one operation is one call of its function. */
export async function microSubject(name: string, source: EngineSource): Promise<Subject> {
  const engine = await Engine.create(await source.options("release"));
  const call = CALLS[name]?.(engine);
  if (!call) throw new Error(`there is no call ${name}`);
  return packaged(
    name,
    call,
    (calls) => calls,
    () => engine.dispose(),
    source.engine,
  );
}
