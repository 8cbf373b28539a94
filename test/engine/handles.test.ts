/** Address spaces, files, pins and batches belong to one engine and have one life: anything else is refused, and nothing changes. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { AddressSpace, type Batch, BatchCpu, Engine, EngineFile, Pin, UsageError } from "../../dist/index.js";
import { engineWith, PAGE, spaceWith } from "./handles.js";

describe("what belongs to another engine", () => {
  it("is refused by batches, mmap and release, and stays as it is", async () => {
    const [a, b] = [await engineWith(), await engineWith()];
    const mine = spaceWith(a, 1n);
    const theirs = spaceWith(b, 2n);
    // The same slot and the same address on both.
    expect([mine.space.slot, mine.page]).toEqual([theirs.space.slot, theirs.page]);
    const cpu = b.batch().on(0);
    for (const call of [
      () => cpu.write(mine.space, mine.page, 9n),
      () => cpu.fork(theirs.space, a.reserve()),
      () => cpu.mmap(theirs.space, PAGE, { file: a.file(1) }),
      () => theirs.space.mmap(PAGE, { file: a.file(1) }),
      () => b.release(mine.space),
    ]) {
      expect(call).toThrow(UsageError);
      expect(call).toThrow(/belongs to another engine/);
    }
    expect([mine.space.read(mine.page), theirs.space.read(theirs.page)]).toEqual([1n, 2n]);
  });
});

describe("what has ended", () => {
  it("a space whose slot another one has is refused by batches, also when it ends after it was added", async () => {
    const engine = await engineWith();
    const { space: old, page } = spaceWith(engine, 1n);
    const batch = engine.batch();
    batch.on(0).write(old, page, 9n);
    old.exit();
    const { space: heir } = spaceWith(engine, 2n);
    expect(heir.slot).toBe(old.slot);
    expect(() => engine.batch().on(0).write(old, page, 9n)).toThrow(/write: the address space has ended/);
    await expect(batch.run()).rejects.toThrow(
      /operation 1 of the batch \(WRITE\): its address space has ended/,
    );
    expect(heir.read(page)).toBe(2n);
    // Its place was given back already: that does not end the heir.
    engine.release(old);
    expect(engine.spawn().slot).not.toBe(heir.slot);
    expect(heir.read(page)).toBe(2n);
  });

  it("a space that exits in a batch has ended afterwards, and its slot is free", async () => {
    const engine = await engineWith({ spaces: 2 });
    for (let round = 0; round < 5; round++) {
      const { space, page } = spaceWith(engine, 1n);
      const batch = engine.batch();
      batch.on(0).exit(space).read(space, page);
      expect((await batch.run()).map(({ result }) => result)).toEqual([0, "ESRCH"]);
      expect(() => space.read(page)).toThrow(/has ended/);
      expect(() => engine.batch().on(0).read(space, page)).toThrow(/has ended/);
    }
  });

  it("the slot of a space that exits while a batch names it is not given to another one before the batch has ended", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const file = engine.file(1);
    const batch = engine.batch();
    const cpu = batch.on(0);
    for (let index = 0; index < 20_000; index++) cpu.write(space, page, 9n);
    cpu.mmap(space, PAGE, { file });
    // Its end is noticed at a turn of the event loop, and there is none before the await.
    const running = batch.run();
    space.exit();
    file.drop();
    const heir = spaceWith(engine, 2n);
    expect([heir.space.slot === space.slot, engine.file(1).slot === file.slot]).toEqual([false, false]);
    const results = await running;
    // The mapping may have come before the exit.
    expect([0, "ESRCH"]).toContain(results.at(-1)?.result);
    expect(heir.space.read(heir.page)).toBe(2n);
    expect([engine.spawn().slot, engine.file(1).slot]).toEqual([space.slot, file.slot]);
  });

  it("a file that was dropped is not mapped", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const file = engine.file(1);
    const batch = engine.batch();
    batch.on(0).mmap(space, PAGE, { file });
    file.drop();
    file.drop();
    expect(() => space.mmap(PAGE, { file })).toThrow(/mmap: the file was dropped/);
    expect(() => engine.batch().on(0).mmap(space, PAGE, { file })).toThrow(/dropped/);
    await expect(batch.run()).rejects.toThrow(/its file was dropped/);
    expect(space.mappings()).toEqual([]);
  });

  it("a pin that was dropped, and a batch that has run, do nothing more", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const pin = space.pin(page);
    pin.unpin();
    for (const call of [() => pin.read(), () => pin.write(1n), () => pin.unpin()])
      expect(call).toThrow(/dropped already/);
    const batch = engine.batch();
    const cpu = batch.on(0).read(space, page);
    const running = batch.run();
    for (const late of [() => cpu.read(space, page), () => batch.sync(), () => batch.on(0)])
      expect(late).toThrow(/a batch runs once/);
    expect(await running).toHaveLength(1);
    await expect(batch.run()).rejects.toThrow(UsageError);
  });

  it("a place that nothing has filled, and a space that lives, are told apart", async () => {
    const engine = await engineWith();
    const reserved = engine.reserve();
    expect(() => reserved.read(0)).toThrow(UsageError);
    expect(() => reserved.read(0)).toThrow(/this address space does not exist yet/);
    expect(() => engine.release(engine.spawn())).toThrow(/release: the address space is alive/);
    engine.release(reserved);
    engine.release(reserved);
    expect(() => reserved.read(0)).toThrow(/has ended/);
  });
});

it("console.log shows the engine and what belongs to it in a line each, before and after the end", async () => {
  const engine = await engineWith();
  const { space, page } = spaceWith(engine, 1n);
  const [file, pin, batch] = [engine.file(2), space.pin(page), engine.batch()];
  const cpu = batch.on(0).read(space, page);
  const at = `0x${page.toString(16)}`;
  expect([space, file, pin, batch, cpu].map((handle) => inspect(handle))).toEqual([
    `AddressSpace { slot: ${space.slot}, ended: false }`,
    `EngineFile { slot: ${file.slot}, pages: 2, dropped: false }`,
    `Pin { space: ${space.slot}, address: ${at}, access: write, held: true }`,
    "Batch { operations: 1, started: false }",
    "BatchCpu { cpu: 0 }",
  ]);
  expect(inspect(engine)).toMatch(/^Engine \{ cpus: 1, frameBytes: \d+, content: word, disposed: false \}$/);
  await engine.dispose();
  for (const handle of [engine, space, file, pin, batch, cpu]) expect(inspect(handle)).not.toContain("\n");
});

describe("a copy", () => {
  it("of an engine or of what belongs to it is refused", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const batch: Batch = engine.batch();
    const handles = [engine, space, engine.file(1), space.pin(page), batch, batch.on(0)];
    expect(handles.map((handle) => handle.constructor)).toEqual([
      Engine,
      AddressSpace,
      EngineFile,
      Pin,
      batch.constructor,
      BatchCpu,
    ]);
    for (const handle of handles) {
      expect(() => structuredClone(handle), handle.constructor.name).toThrow(UsageError);
      expect(() => structuredClone(handle)).toThrow(/cannot be copied or sent to another thread/);
    }
    expect(JSON.parse(JSON.stringify({ engine }))).toEqual({
      engine: { cpus: 1, memory: { frameBytes: 2 ** 20, totalBytes: engine.memory.totalBytes } },
    });
  });
});
