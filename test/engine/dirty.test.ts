/** Changed pages: what a collection tells, and what the handle refuses. */
import { describe, expect, it } from "vitest";
import { type AddressSpace, DirtyTracking, Engine, UsageError } from "../../dist/index.js";
import { engineWith, PAGE } from "./handles.js";

/** What a collection tells, as numbers of pages from an address on. */
function told(changes: DirtyTracking, at: number): number[] {
  return [...changes.collect().addresses()].map((address) => (address - at) / PAGE);
}

/** An address space with so many pages that hold their number, tracked. */
async function tracked(pages: number, options = {}) {
  const engine = await engineWith(options);
  const space = engine.spawn();
  const at = space.mmap(pages * PAGE);
  for (let i = 0; i < pages; i++) space.write(at + i * PAGE, i + 1);
  return { engine, space, at, changes: space.trackDirty() };
}

function run(engine: Engine, op: string, a: number): void {
  expect(engine.execute({ op: engine.layout.constant(`OP_${op}`), a }).result).toBe(0);
}

describe("a collection", () => {
  it("tells the pages that were stored to, once, in order and as runs", async () => {
    const { space, at, changes } = await tracked(8);
    expect(changes.collect()).toMatchObject({ count: 0, ranges: new Float64Array() });
    for (const page of [6, 2, 3, 2]) space.write(at + page * PAGE, 9);
    space.read(at);
    const { count, ranges } = changes.collect({ clear: false });
    expect([count, ...ranges]).toEqual([3, at + 2 * PAGE, at + 4 * PAGE, at + 6 * PAGE, at + 7 * PAGE]);
    expect(told(changes, at)).toEqual([2, 3, 6]);
    expect(told(changes, at)).toEqual([]);
    space.write(at + 2 * PAGE, 9);
    expect(told(changes, at)).toEqual([2]);
  });

  it("tells runs over many tables, and more runs than the engine tells at a time", async () => {
    const engine = await engineWith({ content: "word", memory: 8192 * PAGE, checked: false });
    const space = engine.spawn();
    const at = space.mmap(6000 * PAGE);
    const changes = space.trackDirty();
    space.touch(at, 6000);
    expect(changes.collect()).toMatchObject({ count: 6000 });
    for (let i = 0; i < 6000; i += 2) space.write(at + i * PAGE, 1);
    const { count, ranges } = changes.collect();
    expect([count, ranges.length]).toEqual([3000, 6000]);
    expect(ranges.filter((_, i) => i % 2 === 0)).toEqual(
      Float64Array.from({ length: 3000 }, (_, i) => at + 2 * i * PAGE),
    );
  });

  it("does not tell what was only read, for the first time too, and tells what became zero", async () => {
    const { engine, space, at, changes } = await tracked(4, { store: 64 * PAGE });
    const file = engine.file(2);
    const fresh = space.mmap(PAGE);
    const mapped = space.mmap(2 * PAGE, { file });
    space.read(fresh);
    space.read(mapped);
    expect(changes.collect().count).toBe(0);
    space.madvise(at + PAGE, PAGE, "dontneed");
    expect(told(changes, at)).toEqual([1]);
    space.read(at + PAGE);
    space.madvise(at + 3 * PAGE, PAGE, "dontneed");
    space.read(at + 3 * PAGE);
    expect(told(changes, at)).toEqual([3]);
    space.write(mapped, 5);
    expect(changes.collect().count).toBe(1);
    space.madvise(mapped, PAGE, "dontneed");
    expect([...changes.collect().addresses()]).toEqual([mapped]);
  });

  it("tells a page that changed and went out to swap, and not one that only went there", async () => {
    const { engine, space, at, changes } = await tracked(16, { memory: 64 * PAGE, swap: 128 * PAGE });
    space.write(at, 7);
    space.madvise(at, 16 * PAGE, "pageout");
    expect(engine.stats().swapOut).toBeGreaterThan(8);
    expect(told(changes, at)).toEqual([0]);
    for (let i = 0; i < 16; i++) space.read(at + i * PAGE);
    expect(told(changes, at)).toEqual([]);
    space.write(at + PAGE, 3);
    space.madvise(at, 16 * PAGE, "pageout");
    run(engine, "SWAPOFF", 0);
    expect(told(changes, at)).toEqual([1]);
  });

  it("keeps the marks of pages that move: to other frames and to other addresses", async () => {
    const { engine, space, at, changes } = await tracked(8);
    space.write(at + PAGE, 7);
    run(engine, "COMPACT", 8);
    space.madvise(at, 8 * PAGE, "normal");
    const to = space.mremap(at, 8 * PAGE, 8 * PAGE, { to: at + 64 * PAGE });
    expect(told(changes, to)).toEqual([1]);
    space.write(to + 2 * PAGE, 7);
    space.mremap(to, 8 * PAGE, 8 * PAGE, { to: at, dontUnmap: true });
    // The moved page; and all of the old place, which is zero now.
    expect(told(changes, at)).toEqual([2, ...Array.from({ length: 8 }, (_, i) => 64 + i)]);
  });

  it("tells a copy-on-write break on its own side, and a child is not tracked", async () => {
    const { space, at, changes } = await tracked(4);
    const child = space.fork();
    child.write(at, 1);
    expect(told(changes, at)).toEqual([]);
    space.write(at + PAGE, 1);
    expect(told(changes, at)).toEqual([1]);
    const childs = child.trackDirty();
    child.write(at + 2 * PAGE, 1);
    expect(told(childs, at)).toEqual([2]);
    expect(told(changes, at)).toEqual([]);
  });

  it("tells what a device stores through a pin for writing, whenever it does", async () => {
    const { space, at, changes } = await tracked(4);
    const pin = space.pin(at + PAGE, "write");
    expect(told(changes, at)).toEqual([1]);
    pin.write(5);
    expect(told(changes, at)).toEqual([1]);
    pin.write(6);
    pin.unpin();
    expect(told(changes, at)).toEqual([1]);
    expect(told(changes, at)).toEqual([]);
    const reading = space.pin(at + 2 * PAGE, "read");
    reading.read();
    expect(told(changes, at)).toEqual([]);
  });

  it("tells what is stored in a new mapping, and what exec left behind", async () => {
    const { space, at, changes } = await tracked(4);
    space.munmap(at, 4 * PAGE);
    space.mmap(4 * PAGE, { at });
    expect(told(changes, at)).toEqual([]);
    space.write(at + 3 * PAGE, 1);
    expect(told(changes, at)).toEqual([3]);
    space.exec();
    space.mmap(4 * PAGE, { at });
    space.read(at);
    space.write(at + PAGE, 1);
    expect(told(changes, at)).toEqual([1]);
  });
});

describe("the tracking", () => {
  it("goes on with the period in an engine that was saved and loaded", async () => {
    const { engine, space, at } = await tracked(4, { cpus: 0 });
    space.write(at + 2 * PAGE, 9);
    const again = await Engine.load(engine.save());
    const [loaded] = again.spaces as [AddressSpace];
    const changes = loaded.trackDirty();
    loaded.write(at, 1);
    expect(told(changes, at)).toEqual([0, 2]);
    await again.dispose();
  });

  it("is one for an address space, ends once, and begins anew", async () => {
    const { space, at, changes } = await tracked(2);
    expect(space.trackDirty()).toBe(changes);
    expect(changes).toBeInstanceOf(DirtyTracking);
    changes.stop();
    changes.stop();
    expect(changes.active).toBe(false);
    expect(() => changes.collect()).toThrow(UsageError);
    space.write(at, 1);
    const other = space.trackDirty();
    expect(told(other, at)).toEqual([]);
    space.write(at + PAGE, 1);
    expect(told(other, at)).toEqual([1]);
    space.exit();
    expect(() => other.collect()).toThrow(UsageError);
    other[Symbol.dispose]();
    expect(other.active).toBe(false);
  });
});
