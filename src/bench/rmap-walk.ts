/**
 * The reverse-map walk: what a mapping costs that is found, whatever else is in the tree. One operation is one
 * mapping found. Whether the walk looks at others as well is counted, not timed: it must not.
 */
import { Engine } from "../engine/engine.js";
import type { AddressSpace } from "../engine/space.js";
import { counter } from "../engine/stats.js";
import { type BenchRow, benchRow, median } from "./result.js";

const AT = 0x1000_0000_0000;
/** Mappings found in one measurement, about. */
const FOUND = 60_000;
const REPEATS = 5;

/** A prepared page, and how many mappings a walk of it finds. */
interface Subject {
  readonly engine: Engine;
  readonly space: AddressSpace;
  readonly address: number;
  readonly mappings: number;
}

/** Rows by name, and how each is prepared. */
const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  "rmap-walk-unrelated-10": () => unrelated(10),
  "rmap-walk-unrelated-100": () => unrelated(100),
  "rmap-walk-unrelated-1000": () => unrelated(1000),
  "rmap-walk-unrelated-10000": () => unrelated(10_000),
  "rmap-walk-2010": () => children(1000, 1000),
};

/** Names of the rows. */
export const RMAP_WALK_NAMES: readonly string[] = Object.keys(SUBJECTS);

/** One page that one mapping maps, while `count` other mappings hang in the same anon_vma's tree: a region that was split into as many. */
async function unrelated(count: number): Promise<Subject> {
  const engine = await Engine.create({ memory: 2 ** 20 });
  const space = engine.spawn();
  const { pageSize } = engine;
  space.mmap((count + 1) * pageSize, { at: AT });
  space.write(AT, 1n);
  for (let page = 1; page <= count; page += 2) space.mprotect(AT + page * pageSize, pageSize, "r");
  return { engine, space, address: AT, mappings: 1 };
}

/** One page that `count` children share with their parent, after each has copied `copies` others (the case for which Linux got anon_vma chains in 2010). */
async function children(count: number, copies: number): Promise<Subject> {
  const frames = (count + 2) * (copies + 1);
  const engine = await Engine.create({
    memory: frames * 4096,
    metadata: 2 ** 26,
    content: "none",
    spaces: count + 8,
  });
  const space = engine.spawn();
  const { pageSize } = engine;
  space.mmap((copies + 1) * pageSize, { at: AT });
  space.touch(AT, copies + 1);
  for (let child = 0; child < count; child++) space.fork().touch(AT + pageSize, copies);
  return { engine, space, address: AT, mappings: count + 1 };
}

/** Measures one row. Throws an Error when a walk does not find what it must, or looks at what it need not. */
export async function measureRmapWalk(name: string, onStep: (what: string) => void): Promise<BenchRow> {
  onStep(`${name}, set-up`);
  const prepare = SUBJECTS[name];
  if (!prepare) throw new Error(`there is no row ${name}`);
  const subject = await prepare();
  const { engine, space, address, mappings } = subject;
  // The answer goes behind the engine's own memory; only its head, since there is no room for entries.
  const walk = engine.encoder.rmap(space.slot, address, engine.control.get("bootBytes"), 0);
  const walks = Math.ceil(FOUND / mappings);
  const before = engine.stats();
  const rates: number[] = [];
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    onStep(`${name}, ${repeat} of ${REPEATS}`);
    const start = performance.now();
    for (let i = 0; i < walks; i++) engine.execute(walk);
    // The first is the warm-up.
    if (repeat > 0) rates.push((walks * mappings) / ((performance.now() - start) / 1000));
  }
  const after = engine.stats();
  const by = (what: string): number => counter(after, what) - counter(before, what);
  const expected = walks * mappings * (REPEATS + 1);
  await engine.dispose();
  if (by("walkFound") !== expected || by("walkVisited") !== expected) {
    throw new Error(
      `${name}: walks found ${by("walkFound")} and visited ${by("walkVisited")} mappings, not ${expected}`,
    );
  }
  return benchRow(name, 1, median(rates), 1);
}
