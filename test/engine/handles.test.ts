/** Address spaces, files, pins and batches belong to one engine and have one life: anything else is refused, and nothing changes. */
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/core.js";
import { AddressSpace, type Batch, BatchCpu, Engine, EngineFile, Pin, UsageError } from "../../dist/index.js";

const PAGE = 4096;
const engines: Engine[] = [];

async function engineWith(options = {}): Promise<Engine> {
  const engine = await Engine.create({ cpus: 1, memory: 2 ** 20, checked: true, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

/** An address space with one page that holds a word. */
function spaceWith(engine: Engine, value: bigint): { space: AddressSpace; page: number } {
  const space = engine.spawn();
  const page = space.mmap(PAGE);
  space.write(page, value);
  return { space, page };
}

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

describe("while a batch runs", () => {
  it("what needs CPUs that stand still is refused, and calls are not", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const batch = engine.batch();
    const cpu = batch.on(0);
    for (let index = 0; index < 20_000; index++) cpu.write(space, page, 9n);
    // Its end is noticed at a turn of the event loop, and there is none before the await.
    const running = batch.run();
    for (const call of [
      () => engine.check(),
      () => engine.settle(),
      () => space.mappings(),
      () => space.pages(),
    ]) {
      expect(call).toThrow(/a batch is running/);
    }
    expect([1n, 9n]).toContain(space.read(page));
    await running;
    expect(engine.check()).toBeGreaterThan(0);
  });
});

describe("once the engine is disposed", () => {
  /** What can still be read: it never changes. */
  const CONSTANT = [
    "constructor",
    "content",
    "cpus",
    "disposed",
    "layout",
    "memory",
    "pageSize",
    "toJSON",
    "dispose",
  ];

  it("everything that it made, and it itself, throws UsageError", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const [file, pin, batch] = [engine.file(1), space.pin(page), engine.batch()];
    const cpu = batch.on(0);
    await engine.dispose();
    await engine.dispose();
    const args: Record<string, readonly unknown[]> = {
      "Engine.file": [1],
      "Engine.exclusive": [async () => 1],
      "Engine.execute": [{ op: 0 }],
      "Engine.release": [space],
      "AddressSpace.mmap": [PAGE],
      "AddressSpace.munmap": [page, PAGE],
      "AddressSpace.mprotect": [page, PAGE, "r"],
      "AddressSpace.mremap": [page, PAGE, PAGE],
      "AddressSpace.madvise": [page, PAGE, "cold"],
      "AddressSpace.read": [page],
      "AddressSpace.write": [page, 1n],
      "AddressSpace.touch": [page, 1],
      "AddressSpace.whoMaps": [page],
      "AddressSpace.pin": [page],
      "Pin.write": [1n],
      "Batch.on": [0],
      "BatchCpu.fork": [space, space],
      "BatchCpu.write": [space, page, 1n],
      "BatchCpu.touch": [space, page, 1],
      "BatchCpu.mmap": [space, PAGE],
      "BatchCpu.munmap": [space, page, PAGE],
      "BatchCpu.mprotect": [space, page, PAGE, "r"],
      "BatchCpu.mremap": [space, page, PAGE, PAGE],
      "BatchCpu.madvise": [space, page, PAGE, "cold"],
      "BatchCpu.read": [space, page],
      "BatchCpu.exit": [space],
      "BatchCpu.operation": [{ op: 0 }],
    };
    expect(() => space.read(page)).toThrow(/^read: the engine is disposed$/);
    expect(() => engine.spawn()).toThrow(/^spawn: the engine is disposed$/);
    let tried = 0;
    for (const handle of [engine, space, file, pin, batch, cpu]) {
      const prototype: object = Object.getPrototypeOf(handle);
      for (const name of Reflect.ownKeys(prototype)) {
        // `using` is done with the pin, and the engine with itself.
        if (typeof name === "symbol" || CONSTANT.includes(name)) continue;
        const key = `${handle.constructor.name}.${name}`;
        let error: unknown;
        try {
          const found: unknown = Reflect.get(handle, name);
          if (typeof found === "function") await Reflect.apply(found, handle, args[key] ?? []);
        } catch (thrown) {
          error = thrown;
        }
        expect(error, key).toBeInstanceOf(UsageError);
        expect((error as UsageError).message, key).toMatch(/the engine is disposed/);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(45);
    pin[Symbol.dispose]();
    expect([engine.pageSize, engine.cpus]).toEqual([PAGE, 1]);
  });

  it("the error says so even if the engine had crashed before", async () => {
    const engine = await engineWith({ checked: false });
    const { control } = coreOf(engine).machine;
    control.view.setU32(control.get("spaceBase") + 4 * 7, 0xfffffff0);
    expect(() => engine.execute(coreOf(engine).encoder.read(7, 0))).toThrow(/trapped/);
    expect(() => engine.spawn()).toThrow(/trapped/);
    await engine.dispose();
    expect(() => engine.spawn()).toThrow(/the engine is disposed/);
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

describe("addresses of words", () => {
  it("are multiples of 8 where pages have all of their bytes", async () => {
    const engine = await engineWith({ content: "full" });
    const space = engine.spawn();
    const page = space.mmap(2 * PAGE);
    for (let at = page; at < page + PAGE; at += 8) space.write(at, BigInt(at));
    const cpu = engine.batch().on(0);
    for (let offset = 1; offset < PAGE + 8; offset++) {
      if (offset % 8 === 0) continue;
      const at = page + offset;
      for (const call of [
        () => space.write(at, 9n),
        () => space.read(at),
        () => cpu.write(space, at, 9n),
        () => cpu.read(space, at),
      ]) {
        expect(call).toThrow(UsageError);
      }
    }
    expect(() => space.write(page + 4, 9n)).toThrow(
      `must be a multiple of 8, not 0x${(page + 4).toString(16)}`,
    );
    for (let at = page; at < page + PAGE; at += 8) expect(space.read(at)).toBe(BigInt(at));
  });

  it.each(["word", "none"])(
    "are any of the page with content %s: they name its one word",
    async (content) => {
      const engine = await engineWith({ content });
      const space = engine.spawn();
      const page = space.mmap(2 * PAGE);
      space.write(page + 4093, 7n);
      space.write(page + PAGE, 8n);
      const [first, second] = content === "word" ? [7n, 8n] : [0n, 0n];
      for (const offset of [0, 1, 4, 8, 4095]) expect(space.read(page + offset)).toBe(first);
      expect(space.read(page + PAGE + 5)).toBe(second);
      const batch = engine.batch();
      batch
        .on(0)
        .write(space, page + 3, 9n)
        .read(space, page + 4092);
      expect((await batch.run())[1]).toMatchObject({ result: 0, value: content === "word" ? 9n : 0n });
    },
  );
});

describe("the place of an address space that ended while a batch named it", () => {
  /** Both ways to take a place work, and nothing is left over. */
  function expectPlaces(engine: Engine, parent: AddressSpace): void {
    for (const space of [engine.spawn(), engine.spawn(), parent.fork(), parent.fork()]) space.exit();
    parent.exit();
    engine.settle();
    expect(engine.stats().objects.spaces).toBe(0);
  }

  it("is empty when it goes to another one, though the batch has forked into it behind the exit", async () => {
    const engine = await engineWith();
    const { space } = spaceWith(engine, 1n);
    const child = space.fork();
    const batch = engine.batch();
    batch.on(0).exit(child).fork(space, child);
    expect((await batch.run()).map(({ result }) => result)).toEqual([0, 0]);
    expect(() => child.mappings()).toThrow(UsageError);
    expectPlaces(engine, space);
  });

  it("is empty when it goes to another one, though the space ended at once while the batch ran", async () => {
    const engine = await engineWith();
    const { space, page } = spaceWith(engine, 1n);
    const child = space.fork();
    const batch = engine.batch();
    for (let index = 0; index < 20_000; index++) batch.on(0).touch(space, page, 1);
    batch.on(0).fork(space, child);
    const running = batch.run();
    child.exit();
    await running;
    expectPlaces(engine, space);
  });

  it("is not released while a batch is about to fill it", async () => {
    const engine = await engineWith();
    const { space } = spaceWith(engine, 1n);
    const child = engine.reserve();
    const batch = engine.batch();
    batch.on(0).fork(space, child);
    const running = batch.run();
    expect(() => engine.release(child)).toThrow(UsageError);
    await running;
    child.exit();
    expectPlaces(engine, space);
  });
});
