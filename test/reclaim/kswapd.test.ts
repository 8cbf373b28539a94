/** kswapd as a CPU of an engine: it keeps frames free in the background, pauses while somebody reads the memory, and ends with the engine. */

import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, UsageError } from "../../dist/index.js";
import { until } from "../support/patience.js";
import { PAGE, slotsInUse } from "../support/swap.js";

const AT = 0x4000_0000;

describe.each([false, true])("checked %s", (checked) => {
  it.each([0, 2])("keeps frames free beside %i worker CPUs", async (cpus) => {
    await using engine = await Engine.create({
      checked,
      cpus,
      kswapd: true,
      memory: 512 * PAGE,
      swap: 4096 * PAGE,
    });
    expect(engine.cpus).toBe(cpus);
    const space = engine.spawn();
    space.mmap(2000 * PAGE, { at: AT });
    for (let page = 0; page < 2000; page++) {
      space.write(AT + page * PAGE, BigInt(page + 1));
      // Not faster than it can follow, now and then.
      if (page % 400 === 399)
        await until(
          "kswapd to free frames",
          () => engine.usage().frames < 512 - 8,
          () => `${engine.usage().frames} of 512 are in use`,
        );
    }
    expect(engine.kswapdReclaimed).toBeGreaterThan(0);
    expect(engine.kswapdReclaimed).toBeLessThanOrEqual(engine.stats().reclaimed ?? 0);
    for (let page = 0; page < 2000; page += 7) expect(space.read(AT + page * PAGE)).toBe(BigInt(page + 1));
    space.exit();
  });

  it("pauses while invariants are checked and pages are listed, and goes on", async () => {
    await using engine = await Engine.create({
      checked,
      cpus: 1,
      kswapd: true,
      memory: 128 * PAGE,
      swap: 4096 * PAGE,
    });
    const space = engine.spawn();
    space.mmap(1000 * PAGE, { at: AT });
    for (let round = 0; round < 20; round++) {
      const batch = engine.batch();
      batch.on(0).touch(space, AT, 1000, "write");
      expect((await batch.run())[0]?.result).toBe(0);
      // It is in the middle of its work now.
      expect(engine.check()).toBeGreaterThan(0);
      const mapped = [...space.pages()].length;
      coreOf(engine).still(() => {
        expect(space.mappings()).toHaveLength(1);
        expect([...space.pages()]).toHaveLength(1000 - slotsInUse(engine));
      });
      expect(mapped).toBeLessThanOrEqual(128);
    }
    const before = engine.kswapdReclaimed;
    await until(
      "kswapd to reclaim again",
      () => space.touch(AT, 1000) === 1000 && engine.kswapdReclaimed > before,
      () => `it has reclaimed ${engine.kswapdReclaimed} pages, ${before} before`,
    );
    space.exit();
    engine.settle();
    expect(engine.stats().frames).toBe(0);
    expect(slotsInUse(engine)).toBe(0);
  });

  it("does not keep page tables from being freed while it sleeps", async () => {
    await using engine = await Engine.create({ checked, cpus: 1, kswapd: true, metadata: 2 ** 20 });
    const space = engine.spawn();
    const batch = engine.batch();
    // Each round makes two tables and gives them up: far more than there is room for.
    const span = 2 ** 30;
    for (let round = 0; round < 2000; round++) {
      batch.on(0).mmap(space, PAGE, { at: AT + span });
      batch.on(0).touch(space, AT + span, 1);
      batch.on(0).munmap(space, AT + span, PAGE);
    }
    expect((await batch.run()).filter(({ result }) => result !== 0)).toEqual([]);
    space.exit();
  });
});

it("leaves 62 CPUs for others", async () => {
  await expect(Engine.create({ cpus: 63, kswapd: true })).rejects.toThrow(UsageError);
});

it("ends with an engine that is disposed in the middle of its work", async () => {
  for (let round = 0; round < 5; round++) {
    const engine = await Engine.create({ kswapd: true, memory: 64 * PAGE, swap: 1024 * PAGE });
    const space = engine.spawn();
    space.mmap(500 * PAGE, { at: AT });
    space.touch(AT, 500);
    await engine.dispose();
    expect(() => engine.check()).toThrow(/disposed/);
  }
});
