/** Handlers for missing pages: what they supply, at once and later; what they may not do; and how it ends. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Ring } from "../../dist/cpu/ring.js";
import {
  type AddressSpace,
  Engine,
  type EngineOptions,
  type MissingHandler,
  OutOfMemory,
  SegmentationFault,
  SystemCallError,
  UsageError,
} from "../../dist/index.js";
import { count } from "../support/sample.js";

const PAGE = 4096;
const engines: Engine[] = [];

async function engineWith(options: EngineOptions = {}): Promise<Engine> {
  const engine = await Engine.create({ checked: true, memory: 2 ** 22, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  for (const engine of engines.splice(0)) {
    if (engine.disposed) continue;
    engine.check();
    await engine.dispose();
  }
});

/** A range of an address space, with a handler that keeps what it was asked for. */
function ranged(engine: Engine, pages: number, handler: MissingHandler) {
  const space = engine.spawn();
  const at = space.mmap(pages * PAGE);
  const asked: number[] = [];
  const range = space.onMissing(at, pages * PAGE, (address) => {
    asked.push((address - at) / PAGE);
    return handler(address);
  });
  return { space, at, range, asked };
}

describe("a call", () => {
  it("goes on with the word that the handler returns", async () => {
    const engine = await engineWith();
    const { space, at, asked } = ranged(engine, 8, (address) => address + 1);
    expect(space.read(at)).toBe(BigInt(at + 1));
    expect(space.read(at)).toBe(BigInt(at + 1));
    space.write(at + PAGE, 7);
    expect(space.tryRead(at + PAGE)).toBe(7n);
    expect(space.tryWrite(at + 2 * PAGE, 8n)).toBe(true);
    expect(space.touch(at, 8)).toBe(8);
    space.pin(at + 3 * PAGE).unpin();
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(space.read(at + 7 * PAGE)).toBe(BigInt(at + 7 * PAGE + 1));
  });

  it("goes on with bytes, across pages too", async () => {
    const engine = await engineWith({ content: "full" });
    const { space, at, asked } = ranged(engine, 8, (address) =>
      new Uint8Array(address % (2 * PAGE) === 0 ? PAGE : 10).fill(1 + ((address / PAGE) % 200)),
    );
    const fill = (page: number) => 1 + ((at / PAGE + page) % 200);
    const even = (at / PAGE) % 2 === 0 ? 0 : 1;
    const from = at + (even + 1) * PAGE - 2;
    expect([...space.readBytes(from, 4)]).toEqual([fill(even), fill(even), fill(even + 1), fill(even + 1)]);
    expect(space.read8(at + (even + 1) * PAGE + 10)).toBe(0);
    space.write32(at + (even + 3) * PAGE - 1, 0xdead_beef);
    expect(space.read32(at + (even + 3) * PAGE - 1)).toBe(0xdead_beef);
    expect(space.read8(at + (even + 3) * PAGE - 2)).toBe(fill(even + 2));
    space.writeBytes(at + (even + 5) * PAGE - 4, Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(space.read8(at + (even + 5) * PAGE + 2)).toBe(fill(even + 5));
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("finds zeros when the handler returns nothing, and shares no page with the zero page's users", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, () => {});
    expect(space.read(at)).toBe(0n);
    expect(space.whoMaps(at)).toEqual([]);
    space.write(at, 5);
    expect(space.read(at)).toBe(5n);
  });

  it("gets read-only memory without the right to store", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, () => 9n);
    space.mprotect(at, 2 * PAGE, "r");
    expect(space.read(at)).toBe(9n);
    expect(space.tryWrite(at, 1)).toBe(false);
    expect(space.failure).toBe("SEGV");
    space.mprotect(at, 2 * PAGE, "rw");
    space.write(at, 1);
    expect(space.read(at)).toBe(1n);
  });

  it("asks again for what was dropped, and not for what is in swap", async () => {
    const engine = await engineWith({ swap: 2 ** 20 });
    const { space, at, asked } = ranged(engine, 2, () => 9n);
    space.touch(at, 2);
    space.madvise(at, PAGE, "dontneed");
    space.madvise(at + PAGE, PAGE, "pageout");
    expect(engine.stats().swapOut ?? 1).toBeGreaterThan(0);
    expect([space.read(at), space.read(at + PAGE)]).toEqual([9n, 9n]);
    expect(asked).toEqual([0, 1, 0]);
  });

  it("asks again for what was dropped while its changes are tracked, and reports what comes", async () => {
    const engine = await engineWith();
    const { space, at, asked } = ranged(engine, 3, (address) => address + asked.length);
    space.touch(at, 3);
    const changes = space.trackDirty();
    space.madvise(at, 2 * PAGE, "dontneed");
    expect([...changes.collect().addresses()]).toEqual([at, at + PAGE]);
    // A period later the entry is empty without a mark; with one, in the same period.
    expect(space.read(at)).toBe(BigInt(at + 4));
    space.madvise(at + 2 * PAGE, PAGE, "dontneed");
    expect(space.read(at + 2 * PAGE)).toBe(BigInt(at + 2 * PAGE + 5));
    expect(asked).toEqual([0, 1, 2, 0, 2]);
    expect([...changes.collect().addresses()]).toEqual([at, at + 2 * PAGE]);
  });

  it("goes on behind what a touch has accessed, also where it is dropped meanwhile", async () => {
    const engine = await engineWith({ cpus: 1 });
    const calls: { space: AddressSpace; at: number; asked: number[] } = ranged(engine, 8, (address) => {
      if (calls.asked.length > 16) throw new RangeError("it began again");
      if (address !== calls.at) calls.space.madvise(address - PAGE, PAGE, "dontneed");
    });
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(calls.space.touch(calls.at, 8)).toBe(8);
    expect(calls.asked.splice(0)).toEqual(all);
    calls.space.madvise(calls.at, 8 * PAGE, "dontneed");
    const batch = engine.batch();
    batch.on(0).touch(calls.space, calls.at, 8).touch(calls.space, calls.at, 9);
    const [first, second] = await batch.run();
    expect([first?.result, first?.value, second?.result, second?.value]).toEqual([0, 8n, "SEGV", 8n]);
    expect(calls.asked).toEqual([...all, ...all.slice(0, 7)]);
  });

  it("sees the handler's own error, and can be made again", async () => {
    const engine = await engineWith();
    let broken = true;
    const { space, at } = ranged(engine, 2, () => {
      if (broken) throw new RangeError("no such page");
      return 3n;
    });
    expect(() => space.read(at)).toThrow(RangeError);
    expect(() => space.tryWrite(at, 1)).toThrow(RangeError);
    expect(() => space.touch(at, 2)).toThrow(RangeError);
    broken = false;
    expect(space.read(at)).toBe(3n);
  });

  it("refuses a promise, a recursion, and content that does not fit", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, async () => 1n);
    expect(() => space.read(at)).toThrow(/returned a promise/);
    const other: { space: AddressSpace; at: number } = ranged(engine, 2, () =>
      other.space.read(other.at + PAGE),
    );
    expect(() => other.space.read(other.at)).toThrow(/its own range/);
    const bytes = ranged(engine, 2, () => new Uint8Array(1));
    expect(() => bytes.space.read(bytes.at)).toThrow(UsageError);
    const full = await engineWith({ content: "full" });
    const large = ranged(full, 2, () => new Uint8Array(PAGE + 1));
    expect(() => large.space.read(large.at)).toThrow(/at most 4096 bytes/);
    const word = ranged(full, 2, () => 1n);
    expect(() => word.space.read(word.at)).toThrow(/Uint8Array/);
  });

  it("gets what the handler throws, after an access of the handler's own has failed", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, () => {
      if (space.tryRead(8) !== undefined) return 1n;
      throw new RangeError(String(space.failure));
    });
    expect(() => space.tryRead(at)).toThrow("SEGV");
    expect(() => space.tryRead(at)).toThrow(RangeError);
    const wrong = ranged(engine, 2, () => wrong.space.read(8));
    expect(() => wrong.space.tryRead(wrong.at)).toThrow(SegmentationFault);
  });

  it("finds no memory for a page that is supplied", async () => {
    const engine = await engineWith({ memory: 16 * PAGE });
    const { space, at } = ranged(engine, 64, () => 1n);
    const found = Array.from({ length: 64 }, (_, page) => space.tryRead(at + page * PAGE));
    expect(found[0]).toBe(1n);
    expect([found[63], space.failure]).toEqual([undefined, "ENOMEM"]);
    expect(() => space.read(at + 63 * PAGE)).toThrow(OutOfMemory);
  });

  it("does not go on in another address space, when the handler has ended its own", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, () => {
      space.exit();
      engine.spawn().mmap(PAGE, { at });
      return 1n;
    });
    expect(() => space.read(at)).toThrow(/ended the address space/);
    expect(() => space.read(at)).toThrow(/has ended/);
    expect(engine.spaces.map((other) => other.read(at))).toEqual([0n]);
  });

  it("may end the range in its handler, and use other memory there", async () => {
    const engine = await engineWith();
    const other = engine.spawn();
    const data = other.mmap(PAGE);
    other.write(data, 11);
    const { space, at, range } = ranged(engine, 2, () => other.read(data));
    expect(space.read(at)).toBe(11n);
    const second = ranged(engine, 2, () => {
      second.range.dispose();
      return 1n;
    });
    expect(second.space.read(second.at)).toBe(0n);
    range.dispose();
    expect(space.read(at + PAGE)).toBe(0n);
  });
});

describe("a range", () => {
  it("takes pages ahead; the first content stays", async () => {
    const engine = await engineWith();
    const { space, at, range, asked } = ranged(engine, 3, () => 1n);
    expect(range.supply(at, 5n)).toBe(true);
    expect(range.supply(at, 6n)).toBe(false);
    expect(range.supply(at + PAGE)).toBe(true);
    expect([space.read(at), space.read(at + PAGE), asked.length]).toEqual([5n, 0n, 0]);
    expect(() => range.supply(at + 3 * PAGE)).toThrow(UsageError);
    expect(() => range.supply(at + 8)).toThrow(UsageError);
    space.munmap(at + 2 * PAGE, PAGE);
    expect(() => range.supply(at + 2 * PAGE)).toThrow(/ENOENT/);
    range.dispose();
    range.dispose();
    expect(() => range.supply(at)).toThrow(/disposed/);
  });

  it("is refused for files, shared memory, holes and what another handler has", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const shared = space.mmap(PAGE, { shared: true });
    const file = space.mmap(PAGE, { file: engine.file(1) });
    const handler = () => 1n;
    for (const at of [shared, file]) {
      expect(() => space.onMissing(at, PAGE, handler)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    }
    const at = space.mmap(2 * PAGE, { at: 2 ** 30 });
    expect(() => space.onMissing(at, 3 * PAGE, handler)).toThrow(SystemCallError);
    // Nothing of it is left.
    expect(space.read(at)).toBe(0n);
    space.onMissing(at, PAGE, handler);
    expect(() => space.onMissing(at, 2 * PAGE, handler)).toThrow(/already/);
    expect(() => space.onMissing(at + PAGE, 0, handler)).toThrow(UsageError);
    // @ts-expect-error: not a function
    expect(() => space.onMissing(at + PAGE, PAGE, 1)).toThrow(UsageError);
  });

  it("is not a child's, nor that of a mapping which moves", async () => {
    const engine = await engineWith();
    const { space, at, asked } = ranged(engine, 4, () => 1n);
    space.write(at, 2);
    const child = space.fork();
    expect([child.read(at), child.read(at + PAGE)]).toEqual([2n, 0n]);
    expect(space.read(at + PAGE)).toBe(1n);
    const to = space.mremap(at + 2 * PAGE, PAGE, PAGE, { to: 2 ** 30 });
    expect(space.read(to)).toBe(0n);
    expect(asked).toEqual([0, 1]);
  });

  it("ends with its address space, whose slot may be used again", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 1, () => 1n);
    space.exit();
    const next = engine.spawn();
    expect(next.slot).toBe(space.slot);
    next.mmap(PAGE, { at });
    expect(next.read(at)).toBe(0n);
    next.onMissing(at, PAGE, () => 1n);
    next.exec();
    next.mmap(PAGE, { at });
    next.onMissing(at, PAGE, () => 2n);
    expect(next.read(at)).toBe(2n);
  });

  it("is in a snapshot, without its handler", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 2, () => {
      engine.save();
      return 1n;
    });
    expect(() => space.read(at)).toThrow(/save: a handler/);
    const loaded = await Engine.load(engine.save());
    engines.push(loaded);
    const [same] = loaded.spaces;
    expect(() => same?.read(at)).toThrow(expect.objectContaining({ code: "EMISSING" }));
    same?.onMissing(at, 2 * PAGE, () => 4n);
    expect(same?.read(at)).toBe(4n);
  });

  it("is in a snapshot, and stays there when onMissing fails", async () => {
    const engine = await engineWith();
    const { space, at } = ranged(engine, 6, () => 1n);
    space.munmap(at + PAGE, PAGE);
    // What no snapshot has registered is as it was, too.
    space.mmap(PAGE, { at: at + PAGE });
    space.mmap(PAGE, { at: at + 6 * PAGE });
    const loaded = await Engine.load(engine.save());
    engines.push(loaded);
    const [same] = loaded.spaces as [AddressSpace];
    same.munmap(at + 3 * PAGE, PAGE);
    for (let time = 0; time < 2; time++)
      expect(() => same.onMissing(at, 7 * PAGE, () => 4n)).toThrow(SystemCallError);
    const missing = expect.objectContaining({ code: "EMISSING" });
    for (const page of [0, 2, 4, 5])
      expect(() => same.read(at + page * PAGE), `page ${page}`).toThrow(missing);
    for (const page of [1, 6]) expect(same.read(at + page * PAGE), `page ${page}`).toBe(0n);
    same.onMissing(at, 3 * PAGE, () => 4n);
    expect([same.read(at), same.read(at + PAGE), same.read(at + 2 * PAGE)]).toEqual([4n, 0n, 4n]);
  });

  it("goes on behind the pages that mlock has brought in", async () => {
    const engine = await engineWith();
    const pages = 64;
    const { space, at, asked } = ranged(engine, pages, (address) => address);
    const op = engine.layout.constant("OP_MLOCK");
    const write = vi.spyOn(Ring.prototype, "write");
    const mlock = { op, space: space.slot, a: at + 5, b: (pages - 1) * PAGE };
    const { result } = engine.execute(mlock);
    const calls = write.mock.calls.map(([record]) => record).filter((record) => record.op === op);
    write.mockRestore();
    expect(result).toBe(0);
    expect(asked).toEqual(Array.from({ length: pages }, (_, page) => page));
    // So each looks at two pages at most, however long the range is.
    const behind = (page: number) => ({ a: at + page * PAGE, b: BigInt((pages - 1 - page) * PAGE + 5) });
    expect(calls.slice(1)).toMatchObject(asked.map(behind));
    expect(space.read(at + 63 * PAGE)).toBe(BigInt(at + 63 * PAGE));
    // What is locked stays.
    engine.execute({ op: engine.layout.constant("OP_RECLAIM"), a: 2 * pages });
    for (let page = 0; page < pages; page++) expect(space.whoMaps(at + page * PAGE)).toHaveLength(1);
  });

  it("fails a batch's accesses too, in a loaded engine without a handler", async () => {
    const engine = await engineWith({ cpus: 2 });
    const { at } = ranged(engine, 2, () => 1n);
    const loaded = await Engine.load(engine.save(), { watchdog: 2000 });
    engines.push(loaded);
    const [same] = loaded.spaces as [AddressSpace];
    const batch = loaded.batch();
    batch.on(0).read(same, at);
    batch.on(1).touch(same, at, 2);
    expect((await batch.run()).map(({ result }) => result)).toEqual(["EMISSING", "EMISSING"]);
  });

  it("is refused for a place that no address space has filled", async () => {
    const engine = await engineWith({ cpus: 1 });
    expect(() => engine.reserve().onMissing(PAGE, PAGE, () => 1n)).toThrow(/does not exist yet/);
  });
});

describe("a batch", () => {
  it.each(["word", "full"] as const)("waits for promises, with content %s", async (content) => {
    const engine = await engineWith({ cpus: 2, content, watchdog: 1000 });
    const { space, at, asked } = ranged(engine, 16, async (address) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const word = BigInt((address - at) / PAGE + 100);
      return content === "word" ? word : new Uint8Array(BigUint64Array.of(word).buffer);
    });
    const batch = engine.batch();
    for (let page = 0; page < 16; page++) {
      batch.on(0).read(space, at + page * PAGE);
      batch.on(1).read(space, at + (15 - page) * PAGE);
    }
    batch.on(0).touch(space, at, 16);
    const results = await batch.run();
    expect(results.every(({ result }) => result === 0)).toBe(true);
    expect(results.slice(0, 2).map(({ value }) => value)).toEqual([100n, 115n]);
    expect(asked.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, page) => page));
  });

  it("waits in accesses of arrays as well, and longer than the watchdog", async () => {
    const engine = await engineWith({ cpus: 1, watchdog: 300 });
    let turns = 0;
    const { space, at } = ranged(engine, 4, async (address) => {
      // TIME: the watchdog must see that long a wait.
      if (turns++ === 0) await new Promise((resolve) => setTimeout(resolve, 900));
      return address;
    });
    const addresses = Float64Array.from({ length: 4 }, (_, i) => at + i * PAGE);
    const values = new BigUint64Array(4);
    const batch = engine.batch();
    batch.on(0).accesses(space, { operations: "read", addresses, values });
    expect((await batch.run())[0]).toMatchObject({ result: 0, value: 4n });
    expect([...values]).toEqual([...addresses].map(BigInt));
  });

  it("sees what happened to the range meanwhile", async () => {
    const engine = await engineWith({ cpus: 2 });
    const { space, at, range } = ranged(engine, 4, async (address) => {
      if (address === at) space.munmap(at, PAGE);
      if (address === at + PAGE) space.mprotect(at + PAGE, PAGE, "none");
      if (address === at + 2 * PAGE) range.dispose();
      await null;
      return 1n;
    });
    const batch = engine.batch();
    for (let page = 0; page < 3; page++) {
      // The handler of the last page ends the range, so the others come first.
      if (page === 2) batch.sync();
      batch.on(page % 2).read(space, at + page * PAGE);
    }
    const results = await batch.run();
    expect(results.map(({ result }) => result)).toEqual(["SEGV", "SEGV", 0]);
    expect(results[2]?.value).toBe(0n);
  });

  it("has the right content, while others unmap, protect, fork and reclaim the range", async () => {
    const engine = await engineWith({ cpus: 4, memory: 128 * PAGE, swap: 256 * PAGE, kswapd: true });
    for (let round = 0; round < count(3, 20); round++) {
      const { space, at } = ranged(engine, 96, async (address) => {
        if (address % (3 * PAGE) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        return address + 1;
      });
      const child = engine.reserve();
      const batch = engine.batch();
      for (let page = 0; page < 96; page++) {
        batch.on(0).read(space, at + page * PAGE);
        batch.on(1).write(space, at + (95 - page) * PAGE, page);
      }
      for (let page = 0; page < 96; page += 8) {
        batch.on(2).madvise(space, at + page * PAGE, 16 * PAGE, "pageout");
        batch.on(2).munmap(space, at + page * PAGE, PAGE);
        batch.on(3).mprotect(space, at + (page + 1) * PAGE, PAGE, "none");
        batch.on(3).mprotect(space, at + (page + 1) * PAGE, PAGE, "rw");
        if (page === 40) batch.on(3).fork(space, child);
        if (page > 40)
          batch
            .on(3)
            .touch(child, at + 2 * PAGE, 6)
            .read(child, at + 2 * PAGE);
      }
      const results = await batch.run();
      const touched = (page: number) => page % 8 < 2;
      // CPU 0 and CPU 1 take turns in the results, and the other CPUs stand behind them.
      for (let page = 0; page < 96; page++) {
        const [read, write] = [results[2 * page], results[2 * page + 1]];
        if (touched(page)) expect([0, "SEGV"]).toContain(read?.result);
        else expect(read?.result).toBe(0);
        if (read?.result === 0)
          expect([BigInt(at + page * PAGE + 1), BigInt(95 - page)]).toContain(read.value);
        if (!touched(95 - page)) expect(write?.result).toBe(0);
        if (!touched(page)) expect(space.read(at + page * PAGE)).toBe(BigInt(95 - page));
      }
      child.exit();
      space.exit();
      engine.check();
    }
  });

  it.each([
    ["exit", "ESRCH"],
    ["exec", "SEGV"],
  ] as const)("finds what %s has left of the address space", async (how, result) => {
    const engine = await engineWith({ cpus: 2 });
    const { space, at, asked } = ranged(engine, 2, () => space[how]());
    const batch = engine.batch();
    batch.on(0).read(space, at);
    batch.on(1).write(space, at, 1);
    expect((await batch.run()).map((one) => one.result)).toEqual([result, result]);
    expect(asked).toEqual([0]);
  });

  it("does not wait for what the handler of an earlier range has promised", async () => {
    const engine = await engineWith({ cpus: 1 });
    const { space, at, range } = ranged(engine, 2, () => {
      setTimeout(() => range.dispose(), 0);
      return new Promise(() => {});
    });
    const batch = engine.batch();
    batch.on(0).read(space, at);
    expect((await batch.run())[0]).toMatchObject({ result: 0, value: 0n });
    expect(engine.save().length).toBeGreaterThan(0);
    space.madvise(at, PAGE, "dontneed");
    space.onMissing(at, PAGE, async () => 8n);
    const after = engine.batch();
    after.on(0).read(space, at);
    expect((await after.run())[0]).toMatchObject({ result: 0, value: 8n });
  });

  it("rejects with a handler's error, when the other operations have run", async () => {
    const engine = await engineWith({ cpus: 2 });
    const { space, at } = ranged(engine, 4, async (address) => {
      if (address === at) throw new RangeError("unreadable");
      return 1n;
    });
    const batch = engine.batch();
    batch
      .on(0)
      .read(space, at)
      .write(space, at + PAGE, 6);
    batch.on(1).read(space, at + 2 * PAGE);
    await expect(batch.run()).rejects.toThrow(RangeError);
    expect(space.read(at + PAGE)).toBe(6n);
    const after = engine.batch();
    after.on(0).read(space, at + 3 * PAGE);
    expect((await after.run())[0]).toMatchObject({ result: 0, value: 1n });
  });

  it("names a missing page that nobody supplies", async () => {
    const engine = await engineWith({ cpus: 1 });
    const { space, at } = ranged(engine, 1, () => 1n);
    const free = space.mmap(PAGE);
    const { layout } = engine;
    engine.execute({ op: layout.constant("OP_REGISTER"), space: space.slot, a: free, b: PAGE, aux: 1 });
    const batch = engine.batch();
    batch.on(0).read(space, free).read(space, at);
    expect((await batch.run()).map(({ result }) => result)).toEqual(["EMISSING", 0]);
    expect(() => space.read(free)).toThrow(/EMISSING/);
    expect(engine.execute({ op: layout.constant("OP_READ"), space: space.slot, a: free }).result).toBe(-512);
  });

  it("ends when the engine is disposed of, though its handler never does", async () => {
    const engine = await engineWith({ cpus: 2 });
    let called = () => {};
    const begun = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { space, at } = ranged(engine, 1, () => {
      called();
      return new Promise(() => {});
    });
    const batch = engine.batch();
    batch.on(0).read(space, at);
    batch.on(1).read(space, at);
    const end = expect(batch.run()).rejects.toThrow(UsageError);
    await begun;
    expect(() => engine.save()).toThrow(UsageError);
    await engine.dispose();
    await end;
  });
});
