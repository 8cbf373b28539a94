/** Nothing waits for ever: what could never end is refused at once, or given up within 5 s. */

import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, UsageError, WatchdogError } from "../../dist/index.js";

const PAGE = 4096;
const engines: Engine[] = [];

async function engineWith(options = {}): Promise<Engine> {
  const engine = await Engine.create({ cpus: 2, memory: 2 ** 20, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

describe("a batch inside of exclusive()", () => {
  it("is refused at once, and the next one runs", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const inner = engine.exclusive(async () => {
      const batch = engine.batch();
      batch.on(0).touch(space, 0, 1);
      return batch.run();
    });
    await expect(inner).rejects.toThrow(UsageError);
    await expect(inner).rejects.toThrow(/run of a batch inside of exclusive\(\) would wait for itself/);
    await expect(engine.exclusive(() => engine.exclusive(async () => 1))).rejects.toThrow(UsageError);
    expect(await engine.exclusive(async () => 7)).toBe(7);
    const batch = engine.batch();
    batch.on(0).touch(space, 0, 1);
    expect(await batch.run()).toMatchObject([{ result: "SEGV" }]);
  });

  it("that begins later gives up after 4 s without anything done, and the one around it goes on", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const answer = await engine.exclusive(async () => {
      await null;
      const batch = engine.batch();
      batch.on(0).touch(space, 0, 1);
      return batch.run().catch((error: unknown) => error);
    });
    expect(answer).toBeInstanceOf(WatchdogError);
    expect(answer).toMatchObject({
      message: expect.stringMatching(/has held the worker CPUs for 4 s without using them/),
    });
    expect(await engine.exclusive(async () => 7)).toBe(7);
  });

  it("waits as long as the one before it uses the CPUs, and keeps the order", async () => {
    const engine = await engineWith();
    const order: number[] = [];
    const turns = [1, 2, 3].map((number) =>
      engine.exclusive(async () => {
        order.push(number);
        await new Promise((resolve) => setTimeout(resolve, 0));
        order.push(number);
      }),
    );
    await Promise.all(turns);
    expect(order).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it("is rejected when the engine is disposed meanwhile", async () => {
    const engine = await engineWith();
    const never = engine.exclusive(() => new Promise(() => {})).catch((error: unknown) => error);
    const batch = engine.batch();
    const waiting = batch.run().catch((error: unknown) => error);
    await engine.dispose();
    expect(await waiting).toBeInstanceOf(UsageError);
    const ended = await Promise.race([never, Promise.resolve("it stays open")]);
    expect(ended).toBeInstanceOf(UsageError);
    expect(ended).toMatchObject({ message: expect.stringMatching(/the engine is disposed$/) });
  });
});

describe("a wait in a batch", () => {
  it.each([
    ["that no CPU reaches", (engine: Engine) => coreOf(engine).encoder.wait(0, 1000)],
    ["for itself", (engine: Engine) => coreOf(engine).encoder.wait(1, 2)],
    ["for a CPU that there is not", (engine: Engine) => coreOf(engine).encoder.wait(5, 0)],
  ])("%s is refused before anything has run", async (_, wait) => {
    const engine = await engineWith();
    const space = engine.spawn();
    const page = space.mmap(PAGE);
    const batch = engine.batch();
    batch.on(0).write(space, page, 1n);
    batch.on(1).read(space, page).operation(wait(engine));
    const error = await batch.run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringMatching(/operation 3 of the batch \(WAIT\)/) });
    expect(space.read(page)).toBe(0n);
  });

  it("for what was added before it is taken", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const page = space.mmap(PAGE);
    const batch = engine.batch();
    batch.on(0).write(space, page, 1n);
    batch.sync();
    // One write and one wait of the meeting are before it.
    batch.on(1).operation(coreOf(engine).encoder.wait(0, 2)).read(space, page);
    expect((await batch.run()).at(-1)).toMatchObject({ result: 0, value: 1n });
  });
});

describe("an operation record that would keep a CPU for minutes", () => {
  it.each([
    ["OP_KSM", { aux: 101 }, /: aux of KSM must be at most 100 scans, not 101$/],
    ["OP_KSM", { aux: 0xffff_ffff }, /at most 100 scans/],
    ["OP_SCAN", { a: 1001 }, /: a of SCAN must be at most 1000 rounds, not 1001$/],
    ["OP_MIGRATE", { a: 0, b: 2 ** 37 }, /: b of MIGRATE must be at most 68719476736 bytes/],
    ["OP_CHECK", { aux: 1 }, /CHECK of everything needs idle CPUs/],
  ])("%s %j is refused, in a batch too", async (name, fields, message) => {
    const engine = await engineWith();
    const record = { op: engine.layout.constant(name), space: engine.spawn().slot, ...fields };
    for (const post of [() => engine.execute(record), () => engine.batch().on(0).operation(record)]) {
      expect(post).toThrow(UsageError);
      expect(post).toThrow(message);
    }
  });

  it("is taken as far as it ends soon", async () => {
    const engine = await engineWith();
    const code = (name: string) => engine.layout.constant(name);
    const { slot: space } = engine.spawn();
    expect(engine.execute({ op: code("OP_KSM"), aux: 100 }).result).toBe(0);
    expect(engine.execute({ op: code("OP_SCAN"), a: 1000 }).result).toBe(0);
    expect(engine.execute({ op: code("OP_MIGRATE"), space, a: 0, b: 2 ** 36 }).result).toBe(0);
    expect(engine.execute({ op: code("OP_CHECK"), space }).result).toBe(0);
  });
});

describe("a thread factory", () => {
  const end = async () => {};
  it.each([
    ["returns nothing of use", () => ({}), /must return a thread with the functions post and terminate/],
    ["returns a promise", async () => ({ post() {}, terminate: end }), /not as a promise/],
    [
      "does not take messages",
      () => ({
        post() {
          throw new Error("cannot be cloned");
        },
        terminate: end,
      }),
      /does not take a message: cannot be cloned/,
    ],
    [
      "passes events on",
      (_: string, events: { onMessage(message: unknown): void }) => ({
        post: () => setTimeout(() => events.onMessage({ data: { kind: "ready" } }), 0),
        terminate: end,
      }),
      /pass the data of the worker's messages/,
    ],
  ])("that %s is refused at once", async (_, threads, message) => {
    const error = await Engine.create({ cpus: 1, threads: threads as never }).catch(
      (thrown: unknown) => thrown,
    );
    const { name, message: said, hint } = error as UsageError;
    expect(["UsageError", "EnvironmentError"]).toContain(name);
    expect(`${said} | ${hint}`).toMatch(message);
  });

  it("that never starts is given up within 5 s, even if its thread does not end", async () => {
    const threads = () => ({ post() {}, terminate: () => new Promise<void>(() => {}) });
    const error = await Engine.create({ cpus: 1, threads }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WatchdogError);
    expect(error).toMatchObject({ message: "CPU 0 did not start within 4 s" });
  });
});
