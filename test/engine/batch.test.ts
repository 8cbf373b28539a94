/** Worker CPUs: batches, order, crashes, lock-ups and their end. */

import { afterEach, describe, expect, it } from "vitest";
import { spawnThread, type ThreadFactory } from "../../dist/cpu/thread.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, EngineCrashError, UsageError, WatchdogError } from "../../dist/index.js";

const PAGE = 4096;
const engines: Engine[] = [];

async function engineWith(options = {}): Promise<Engine> {
  const engine = await Engine.create({ cpus: 2, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

/** Has CPU 1 wait for what never comes: a batch cannot do that. */
function lockUp(engine: Engine): void {
  const ring = coreOf(engine).pool.rings[1];
  ring?.write(coreOf(engine).encoder.wait(0, 1000));
  ring?.publish();
}

describe("a batch", () => {
  it.each([{ checked: false }, { checked: true }])("runs on several CPUs at once (%j)", async (options) => {
    const engine = await engineWith(options);
    const space = engine.spawn();
    const regions = [space.mmap(256 * PAGE), space.mmap(256 * PAGE)];
    const batch = engine.batch();
    for (const [cpu, region] of regions.entries()) {
      for (let round = 0; round < 20; round++) {
        batch
          .on(cpu)
          .touch(space, region, 256)
          .madvise(space, region, 256 * PAGE, "dontneed");
      }
      batch.on(cpu).touch(space, region, 256);
    }
    const results = await batch.run();
    expect(results).toHaveLength(82);
    expect(results.every(({ result }) => result === 0)).toBe(true);
    expect([...space.pages()]).toHaveLength(512);
    engine.check();
  });

  it("keeps its order at meeting points, with rings far smaller than the batch", async () => {
    const engine = await engineWith({ queueRecords: 16 });
    const space = engine.spawn();
    const address = space.mmap(PAGE);
    const batch = engine.batch();
    for (let round = 0; round < 500; round++) {
      batch
        .on(round % 2)
        .write(space, address, BigInt(round))
        .read(space, address);
      batch.sync();
      batch.on((round + 1) % 2).read(space, address);
      batch.sync();
    }
    const results = await batch.run();
    const reads = results.filter((_, index) => index % 3 !== 0).map(({ value }) => value);
    expect(reads).toEqual(Array.from({ length: 1000 }, (_, index) => BigInt(index >> 1)));
  });

  it("reports failures as results", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const batch = engine.batch();
    batch.on(1).read(space, 0x5000).munmap(space, 1, PAGE);
    expect(await batch.run()).toMatchObject([
      { cpu: 1, result: "SEGV" },
      { cpu: 1, result: "EINVAL" },
    ]);
  });

  it("forks into reserved places on several CPUs", async () => {
    const engine = await engineWith();
    const parent = engine.spawn();
    const address = parent.mmap(8 * PAGE);
    parent.touch(address, 8);
    const children = [engine.reserve(), engine.reserve()];
    const batch = engine.batch();
    for (const [cpu, child] of children.entries())
      batch.on(cpu).fork(parent, child).write(child, address, 5n);
    expect((await batch.run()).map(({ result }) => result)).toEqual([0, 0, 0, 0]);
    expect(parent.whoMaps(address + PAGE)).toHaveLength(3);
    expect(parent.whoMaps(address)).toHaveLength(1);
  });

  it("runs once, on CPUs that exist, one after the other", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const address = space.mmap(PAGE);
    expect(() => engine.batch().on(2)).toThrow(UsageError);
    const [one, two] = [engine.batch(), engine.batch()];
    one.on(0).write(space, address, 1n);
    two.on(1).read(space, address);
    const [, second] = await Promise.all([one.run(), two.run()]);
    expect(second[0]?.value).toBe(1n);
    await expect(one.run()).rejects.toThrow(/runs once/);
  });

  it("needs worker CPUs", async () => {
    const engine = await Engine.create();
    engines.push(engine);
    expect(() => coreOf(engine).pool).toThrow(/no worker CPUs/);
    const hint = "this engine has no worker CPUs: create it with { cpus: N }";
    expect(() => engine.batch().on(0)).toThrow(expect.objectContaining({ hint }));
  });
});

describe("an engine that breaks", () => {
  it("says which CPU crashed in which operation, and stops all", async () => {
    const engine = await engineWith({ cpus: 3 });
    const space = engine.spawn();
    // A slot that points nowhere: the access leaves the memory.
    const { control } = coreOf(engine).machine;
    control.view.setU32(control.get("spaceBase") + 4 * 7, 0xfffffff0);
    const batch = engine.batch();
    batch.on(1).operation({ ...coreOf(engine).encoder.read(7, 0x123000) });
    const error = await batch.run().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(EngineCrashError);
    expect(error.message).toMatch(/CPU 1: .*trapped.*READ on address space 7, a=0x123000/);
    expect(() => space.mmap(PAGE)).toThrow(EngineCrashError);
    await expect(engine.batch().run()).rejects.toThrow(EngineCrashError);
  });

  it("says where each CPU is when none makes progress", async () => {
    const engine = await engineWith({ watchdog: 300 });
    const space = engine.spawn();
    const address = space.mmap(PAGE);
    lockUp(engine);
    const batch = engine.batch();
    batch.on(0).write(space, address, 1n);
    batch.on(1).read(space, address);
    const error = await batch.run().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(WatchdogError);
    expect(error.message).toMatch(/CPU 0: idle after .*CPU 1: .* in WAIT/);
  });

  it("has its threads stop by themselves even then: none is cut off", async () => {
    const seen: string[] = [];
    const threads: ThreadFactory = (name, { onMessage, onEnd }) => {
      const thread = spawnThread(name, {
        onMessage: (message) => {
          seen.push(`${name} ${message.kind}`);
          onMessage(message);
        },
        onEnd,
      });
      const terminate = () => {
        seen.push(`${name} terminated`);
        return thread.terminate();
      };
      return { post: (message) => thread.post(message), terminate };
    };
    const engine = await engineWith({ watchdog: 100, threads });
    const space = engine.spawn();
    lockUp(engine);
    const batch = engine.batch();
    batch.on(1).touch(space, 0, 1);
    await expect(batch.run()).rejects.toThrow(WatchdogError);
    await engine.dispose();
    const stopped = (cpu: number) => seen.indexOf(`rmap-cpu-${cpu} stopped`);
    for (const cpu of [0, 1]) {
      expect(stopped(cpu), seen.join(", ")).toBeGreaterThan(-1);
      expect(stopped(cpu), seen.join(", ")).toBeLessThan(seen.indexOf(`rmap-cpu-${cpu} terminated`));
    }
  });

  it("rejects what runs when it is disposed", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    lockUp(engine);
    const batches = [engine.batch(), engine.batch()];
    for (const batch of batches) batch.on(1).touch(space, 0, 1);
    const runs = batches.map((batch) => batch.run().catch((error: unknown) => error));
    // The first one is in its turn.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await engine.dispose();
    for (const error of await Promise.all(runs)) {
      expect(error).toBeInstanceOf(UsageError);
      expect(error).toMatchObject({ message: expect.stringMatching(/stopped: the engine is disposed/) });
    }
  });

  it("does not start with workers that never get ready", async () => {
    let ended = 0;
    const threads = () => ({
      post() {},
      async terminate() {
        ended++;
      },
    });
    const starting = Engine.create({ cpus: 2, threads, readyTimeout: 50 });
    await expect(starting).rejects.toThrow(WatchdogError);
    expect(ended).toBe(2);
  });
});
