/** Events: one for each thing that the counters count, in order, from every CPU, and never more than there is room for. */
import { describe, expect, it } from "vitest";
import { Engine, type EngineEvent, type EventKind, UsageError } from "../../dist/index.js";
import { engineWith, PAGE } from "./handles.js";

/** What the engine counted since an earlier look, by the kinds of events. */
function counter(engine: Engine): () => Partial<Record<EventKind, number>> {
  const look = () => {
    const { faultAnon, faultCow, faultFile, faultZero, reuse, swapIn, swapOut } = engine.stats();
    const counts = { anon: faultAnon, copy: faultCow - reuse, file: faultFile, zero: faultZero };
    return { ...counts, reuse, swapIn, swapOut };
  };
  const before = look();
  return () => {
    const now = look();
    const names = Object.keys(now) as (keyof typeof now)[];
    return Object.fromEntries(names.map((name) => [name, now[name] - before[name]]));
  };
}

/** How many events there are of each kind. */
function tally(events: readonly EngineEvent[]): Record<EventKind, number> {
  const kinds = { anon: 0, zero: 0, file: 0, copy: 0, reuse: 0, unmap: 0, swapOut: 0, swapIn: 0 };
  for (const { kind } of events) kinds[kind]++;
  return kinds;
}

function run(engine: Engine, op: string, a: number): void {
  expect(engine.execute({ op: engine.layout.constant(`OP_${op}`), a }).result).toBe(0);
}

/** A bit of everything, on the calling thread's CPU. */
function busy(engine: Engine): void {
  const space = engine.spawn();
  const at = space.mmap(24 * PAGE);
  const file = engine.file(4);
  const mapped = space.mmap(4 * PAGE, { file });
  const shared = space.mmap(4 * PAGE, { file, shared: true });
  space.touch(at, 8, "read");
  space.touch(at, 24);
  space.touch(shared, 4);
  run(engine, "WRITEBACK", 64);
  space.touch(shared, 4);
  space.read(mapped);
  space.write(mapped, 1);
  space.write(mapped + 2 * PAGE, 1);
  const child = space.fork();
  child.touch(at, 12);
  space.touch(at, 4);
  child.exit();
  space.touch(at, 24);
  space.madvise(at, 24 * PAGE, "pageout");
  space.touch(at, 24, "read");
  space.touch(at, 24);
  run(engine, "RECLAIM", 64);
  space.touch(at, 24);
}

describe("the events", () => {
  it.each([false, true])("are as many of each kind as the engine counts, checked: %s", async (checked) => {
    const engine = await engineWith({ checked, events: 1024, memory: 64 * PAGE, swap: 256 * PAGE });
    const since = counter(engine);
    busy(engine);
    const events = [...engine.events()];
    const counted = since();
    expect(tally(events)).toMatchObject(counted);
    for (const [kind, count] of Object.entries(counted)) expect(count, kind).toBeGreaterThan(0);
    expect(tally(events).unmap).toBeGreaterThan(0);
    expect(events.map(({ order }) => order)).toEqual(events.map((_, i) => i));
    expect(engine.lostEvents).toBe(0);
    expect([...engine.events()]).toEqual([]);
  });

  it("say which address of which address space", async () => {
    const engine = await engineWith({ cpus: 0, events: 64, swap: 64 * PAGE });
    const [first, space] = [engine.spawn(), engine.spawn()];
    const at = space.mmap(2 * PAGE);
    space.read(at + PAGE);
    space.write(at + PAGE + 8, 1);
    space.madvise(at + PAGE, PAGE, "pageout");
    space.read(at + PAGE);
    const { slot } = space;
    expect(slot).not.toBe(first.slot);
    const cpu = 1;
    const of = { cpu, space: slot, address: at + PAGE, slot: undefined };
    expect([...engine.events()]).toEqual([
      { order: 0, kind: "zero", ...of },
      { order: 1, kind: "copy", ...of, address: at + PAGE + 8 },
      { order: 2, kind: "unmap", ...of },
      { order: 3, kind: "swapOut", cpu, space: undefined, address: undefined, slot: expect.any(Number) },
      { order: 4, kind: "swapIn", ...of },
    ]);
  });

  it("come from worker CPUs too, in one order, while they run", async () => {
    const engine = await engineWith({ cpus: 2, events: 4096, memory: 2048 * PAGE, checked: false });
    const since = counter(engine);
    const batch = engine.batch();
    const spaces = [engine.spawn(), engine.spawn()];
    for (const [cpu, space] of spaces.entries()) {
      const at = space.mmap(800 * PAGE);
      for (let i = 0; i < 800; i++) batch.on(cpu).write(space, at + i * PAGE, i);
    }
    let runs = true;
    const ended = batch.run().finally(() => {
      runs = false;
    });
    const events: EngineEvent[] = [];
    while (runs) {
      events.push(...engine.events());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    events.push(...engine.events());
    expect(tally(events)).toMatchObject(since());
    expect(new Set(events.map(({ order }) => order)).size).toBe(1600);
    for (const cpu of [0, 1]) {
      const orders = events.filter((event) => event.cpu === cpu).map(({ order }) => order);
      expect(orders).toEqual([...orders].sort((a, b) => a - b));
      expect(orders).toHaveLength(800);
    }
  });

  it("that find no room are lost and counted, and the engine goes on", async () => {
    const engine = await engineWith({ cpus: 0, events: 16 });
    const space = engine.spawn();
    const at = space.mmap(40 * PAGE);
    space.touch(at, 40);
    expect(engine.lostEvents).toBe(24);
    expect([...engine.events()].map(({ address }) => address)).toEqual(
      Array.from({ length: 16 }, (_, i) => at + i * PAGE),
    );
    space.madvise(at, PAGE, "dontneed");
    space.touch(at, 1);
    expect([...engine.events()]).toHaveLength(1);
    expect(engine.lostEvents).toBe(24);
  });

  it("are none without the option, and are not in a snapshot", async () => {
    const without = await engineWith({ cpus: 0 });
    expect(() => without.events()).toThrow(UsageError);
    expect(() => without.lostEvents).toThrow("records no events");
    const engine = await engineWith({ cpus: 0, events: 64 });
    const space = engine.spawn();
    const at = space.mmap(8 * PAGE);
    space.touch(at, 4);
    const image = engine.save();
    const [plain, recording] = [await Engine.load(image), await Engine.load(image, { events: 16 })];
    for (const loaded of [plain, recording]) loaded.spaces[0]?.touch(at, 8);
    expect(() => plain.lostEvents).toThrow(UsageError);
    expect(tally([...recording.events()]).anon).toBe(4);
    await plain.dispose();
    await recording.dispose();
  });
});
