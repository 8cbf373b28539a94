/** Ending long work with an AbortSignal: what has not begun does not run, and the engine goes on. */
import { describe, expect, it } from "vitest";
import { Engine, SegmentationFault } from "../../dist/index.js";
import { replay } from "../../dist/replay.js";
import { parseScript, runScript } from "../../dist/scenarios.js";
import { traceFile } from "../../dist/trace.js";
import { engineWith, PAGE } from "./handles.js";

/** A signal that is aborted with this. */
const WHY = new Error("enough");
const ABORTED = AbortSignal.abort(WHY);

describe("an AbortSignal", () => {
  it("ends Engine.create, and no thread is left", async () => {
    await expect(Engine.create({ cpus: 2, signal: ABORTED })).rejects.toBe(WHY);
    const late = new AbortController();
    const ends: string[] = [];
    const made = Engine.create({
      cpus: 1,
      signal: late.signal,
      threads: () => {
        late.abort(WHY);
        return { post: () => {}, terminate: async () => void ends.push("terminated") };
      },
    });
    await expect(made).rejects.toBe(WHY);
    expect(ends).toEqual(["terminated"]);
  });

  it("keeps the rest of a batch from the CPUs", async () => {
    const engine = await engineWith({ cpus: 1, checked: false, queueRecords: 16 });
    const space = engine.spawn();
    const page = space.mmap(PAGE);
    const all = 100_000;
    const batch = engine.batch();
    for (let i = 1; i <= all; i++) batch.on(0).write(space, page, i);
    const controller = new AbortController();
    setTimeout(() => controller.abort(WHY), 0);
    await expect(batch.run({ signal: controller.signal })).rejects.toBe(WHY);
    const last = space.read(page);
    expect(last).toBeGreaterThan(0n);
    expect(last).toBeLessThan(BigInt(all));
    // The CPU has done all that it got, and takes another batch.
    expect(engine.check()).toBeGreaterThan(0);
    const again = engine.batch();
    again.on(0).write(space, page, 7);
    expect(await again.run()).toMatchObject([{ result: 0 }]);
    expect(space.read(page)).toBe(7n);
    const never = engine.batch();
    never.on(0).write(space, page, 8);
    await expect(never.run({ signal: ABORTED })).rejects.toBe(WHY);
    expect(space.read(page)).toBe(7n);
  });

  it("takes a waiting batch out of the queue at once, and the next one comes to its turn", async () => {
    const engine = await engineWith({ cpus: 1 });
    const space = engine.spawn();
    const page = space.mmap(PAGE);
    let leave = () => {};
    const holder = engine.exclusive(
      () =>
        new Promise<void>((resolve) => {
          leave = resolve;
        }),
    );
    const writes = (value: number) => {
      const batch = engine.batch();
      batch.on(0).write(space, page, value);
      return batch;
    };
    const controller = new AbortController();
    const waiting = writes(1).run({ signal: controller.signal });
    const next = writes(2).run();
    controller.abort(WHY);
    // Nobody has left yet.
    await expect(waiting).rejects.toBe(WHY);
    leave();
    await holder;
    expect(await next).toMatchObject([{ result: 0 }]);
    expect(space.read(page)).toBe(2n);
  });

  it("ends scripts and replays", async () => {
    const engine = await engineWith({ cpus: 0 });
    const script = parseScript("0 mmap 0 1 rw private anon\n0 write 0 5\n");
    await expect(runScript(engine, script, { signal: ABORTED })).rejects.toBe(WHY);
    const trace = () => traceFile("traces/bash.perf.txt.gz");
    await expect(replay(trace(), { signal: ABORTED })).rejects.toBe(WHY);
    const controller = new AbortController();
    const onProgress = () => controller.abort(WHY);
    await expect(replay(trace(), { cpus: 1, onProgress, signal: controller.signal })).rejects.toBe(WHY);
  });
});

describe("pages()", () => {
  it("reads as you ask, across tables, and sees changes that come meanwhile", async () => {
    const engine = await engineWith({ memory: 2 ** 23 });
    const space = engine.spawn();
    const start = space.mmap(1500 * PAGE, { at: 2 ** 30 });
    space.touch(start, 1500);
    const pages = space.pages();
    expect(pages.next().value).toMatchObject({ address: start, anonymous: true });
    space.munmap(start + 600 * PAGE, 900 * PAGE);
    expect([...pages]).toHaveLength(599);
    expect([...space.pages(start + 510 * PAGE, start + 520 * PAGE)]).toHaveLength(10);
    const open = space.pages();
    open.next();
    space.exit();
    expect(() => [...open]).toThrow(/the address space has ended/);
  });
});

describe("using", () => {
  it("ends what it holds, once, and forgives what has ended", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const file = engine.file(1);
    space[Symbol.dispose]();
    space[Symbol.dispose]();
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    expect(() => space.mmap(PAGE)).toThrow(/has ended/);
    expect(engine.stats().objects).toMatchObject({ spaces: 0 });
    await engine.dispose();
    expect(new SegmentationFault(0, "read").name).toBe("SegmentationFault");
  });
});
