/** What a batch names while it runs: it stays what it is, and its place goes to nobody else before the end. */
import { describe, expect, it } from "vitest";
import { type AddressSpace, type Engine, UsageError } from "../../dist/index.js";
import { engineWith, spaceWith } from "./handles.js";

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
