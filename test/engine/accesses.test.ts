/** Many accesses from typed arrays: they do what as many single ones do, through rings of every size. */
import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { ACCESS, type AccessName, UsageError } from "../../dist/index.js";
import { random } from "../../model/generate.js";
import { count } from "../support/sample.js";
import { engineWith, PAGE } from "./handles.js";

const NAMES = Object.keys(ACCESS) as AccessName[];
const seed = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);

describe("accesses from arrays", () => {
  it("have the codes of the engine", async () => {
    const { layout } = await engineWith();
    for (const name of NAMES) expect(layout.constant(`MANY_${name.toUpperCase()}`)).toBe(ACCESS[name]);
  });

  it.each([
    [4, "word"],
    [8, "full"],
    [64, "word"],
    [4096, "full"],
  ] as const)("end as single ones do, in a ring of %i records, content %s", async (queueRecords, content) => {
    console.log(`repeat with RMAP_SEED=${seed}`);
    const next = random(seed);
    const below = (limit: number) => Math.floor(next() * limit);
    const engine = await engineWith({ queueRecords, content, cpus: 2 });
    const one = engine.spawn();
    const two = engine.spawn();
    const at = one.mmap(16 * PAGE);
    expect(two.mmap(16 * PAGE)).toBe(at);
    for (const space of [one, two]) space.mprotect(at + 3 * PAGE, PAGE, "r");
    for (let round = 0; round < count(6, 40); round++) {
      const length = below(queueRecords === 4096 ? 20_000 : 300);
      const operations = Uint8Array.from({ length }, () => below(4));
      const addresses = Float64Array.from({ length }, () => at + below(17) * PAGE + 8 * below(4));
      const given = BigUint64Array.from({ length }, (_, i) => BigInt(below(2 ** 30)) * 2n ** 33n + BigInt(i));
      const values = given.slice();
      const results = new Int32Array(length).fill(77);
      const batch = engine.batch();
      batch.on(round % 2).accesses(one, { operations, addresses, values, results });
      batch.on(round % 2).touch(one, at, 1, "read");
      const [sum, after] = await batch.run();
      expect(after).toMatchObject({ result: 0, value: 1n });

      const single = engine.batch();
      const cpu = single.on(0);
      for (let i = 0; i < length; i++) {
        const name = NAMES[operations[i] as number];
        const address = addresses[i] as number;
        if (name === "read") cpu.read(two, address);
        else if (name === "write") cpu.write(two, address, given[i] as bigint);
        else cpu.touch(two, address, 1, name === "look" ? "read" : "write");
      }
      const wanted = await single.run();
      expect([...results].map((result) => engine.nameOf(result))).toEqual(wanted.map(({ result }) => result));
      expect(wanted.findIndex(({ result, value }, i) => result === 0 && values[i] !== value)).toBe(-1);
      expect(sum).toEqual({
        cpu: round % 2,
        result: wanted.find(({ result }) => result !== 0)?.result ?? 0,
        value: BigInt(wanted.filter(({ result }) => result === 0).length),
      });
      expect(one.contentHash()).toBe(two.contentHash());
    }
    engine.check();
  });

  it("of two CPUs run at the same time, and in order with other steps", async () => {
    const engine = await engineWith({ cpus: 2, queueRecords: 16 });
    const space = engine.spawn();
    const at = space.mmap(64 * PAGE);
    const length = count(2000, 20_000);
    const arrays = (first: number) => ({
      operations: "write" as const,
      addresses: Float64Array.from({ length }, (_, i) => at + (first + (i % 32)) * PAGE),
      values: BigUint64Array.from({ length }, (_, i) => BigInt(i)),
    });
    const batch = engine.batch();
    batch
      .on(0)
      .accesses(space, arrays(0))
      .read(space, at + 5 * PAGE);
    batch.on(1).accesses(space, arrays(32)).accesses(space, arrays(0));
    batch.sync();
    const reads = { addresses: arrays(32).addresses, values: new BigUint64Array(length) };
    batch.on(0).accesses(space, { operations: "read", ...reads });
    const results = await batch.run();
    expect(results.map(({ cpu, result }) => [cpu, result])).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [0, 0],
    ]);
    const last = (i: number) => BigInt(length - 32 + ((((i - length) % 32) + 32) % 32));
    expect(reads.values.findIndex((value, i) => value !== last(i))).toBe(-1);
  });

  it("find memory, or say that there is none", async () => {
    const engine = await engineWith({ memory: 16 * PAGE, swap: 32 * PAGE });
    const space = engine.spawn();
    const at = space.mmap(128 * PAGE);
    const length = 128;
    const addresses = Float64Array.from({ length }, (_, i) => at + i * PAGE);
    const results = new Int32Array(length);
    const values = BigUint64Array.from({ length }, (_, i) => BigInt(i));
    const batch = engine.batch();
    batch.on(0).accesses(space, { operations: "write", addresses, values, results });
    const [sum] = await batch.run();
    expect(sum?.result).toBe("ENOMEM");
    expect(Number(sum?.value)).toBeGreaterThan(40);
    space.munmap(at, 16 * PAGE);
    for (const [i, result] of results.entries()) {
      if (result === 0 && i >= 16) expect(space.read(at + i * PAGE)).toBe(BigInt(i));
    }
    expect(engine.nameOf(results.at(-1) as number)).toBe("ENOMEM");
    engine.check();
  });

  it("stop at a signal, and the engine goes on", async () => {
    const engine = await engineWith({ queueRecords: 16 });
    const space = engine.spawn();
    const at = space.mmap(PAGE);
    const length = 200_000;
    const given = { addresses: new Float64Array(length).fill(at), values: new BigUint64Array(length) };
    const abort = new AbortController();
    const batch = engine.batch();
    batch.on(0).accesses(space, { operations: "touch", ...given });
    const run = batch.run({ signal: abort.signal });
    setTimeout(() => abort.abort(new Error("enough")), 0);
    await expect(run).rejects.toThrow("enough");
    expect(given.values.at(-1)).toBe(0n);
    const next = engine.batch();
    next
      .on(0)
      .write(space, at, 5)
      .accesses(space, { operations: "read", ...given });
    expect(await next.run()).toMatchObject([{ result: 0 }, { result: 0, value: BigInt(length) }]);
    expect(given.values.every((value) => value === 5n)).toBe(true);
  });

  it("do no harm when they change after they were checked", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const at = space.mmap(PAGE);
    const operations = new Uint8Array(6);
    const addresses = new Float64Array(6).fill(at);
    const arrays = { operations, addresses, values: new BigUint64Array(6), results: new Int32Array(6) };
    const batch = engine.batch();
    batch.on(0).accesses(space, arrays);
    addresses.set([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 80, 0.5, at]);
    operations.fill(250);
    const [sum] = await batch.run();
    expect(sum).toMatchObject({ result: "SEGV", value: 1n });
    expect([...arrays.results].map((result) => engine.nameOf(result))).toEqual([
      ...new Array<string>(5).fill("SEGV"),
      0,
    ]);
    engine.check();
  });

  it("come only with their arrays: a record alone is refused", async () => {
    const engine = await engineWith();
    const op = engine.layout.constant("OP_MANY");
    expect(() => engine.execute({ op, a: 5, aux: 3 })).toThrow(UsageError);
    expect(() => engine.batch().on(0).operation({ op, a: 5, aux: 3 })).toThrow(
      /MANY has its accesses behind it/,
    );
    expect(coreOf(engine).cpu.executed).toBe(0);
  });
});
