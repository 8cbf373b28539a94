/** Snapshots: what comes back is what was saved, goes on as that would, and anything else is refused by name. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type AddressSpace,
  Engine,
  type EngineOptions,
  SnapshotError,
  UsageError,
} from "../../dist/index.js";
import { count } from "../support/sample.js";
import { engineWith, PAGE } from "./handles.js";

/** What can be seen of an engine. What kswapd has counted goes on. */
function picture(engine: Engine, { kswapd = false }: EngineOptions = {}): unknown {
  const counts = kswapd ? undefined : { stats: engine.stats(), usage: engine.usage() };
  engine.check();
  const { cpus, content, memory } = engine;
  const spaces = engine.spaces.map((space) => {
    try {
      return {
        ...{ slot: space.slot, hash: space.contentHash(), mappings: space.mappings() },
        pages: [...space.pages()].map((page) => [
          page,
          space.whoMaps(page.address).map(({ space: { slot }, address }) => [slot, address]),
        ]),
      };
    } catch (error) {
      return (error as Error).message;
    }
  });
  const files = engine.files.map(({ slot, pages }) => [slot, pages]);
  const pins = [...engine.pins].map((pin) => [pin.space.slot, pin.address, pin.access, pin.read()]);
  return { cpus, content, memory, spaces, files, pins, counts };
}

/** An engine with a bit of everything. */
async function furnished(options: EngineOptions): Promise<Engine> {
  const engine = await engineWith({ memory: 64 * PAGE, swap: 128 * PAGE, ...options });
  const [gone, parent] = [engine.spawn(), engine.spawn()];
  const at = parent.mmap(40 * PAGE);
  for (let i = 0; i < 40; i++) parent.write(at + i * PAGE, i + 1);
  const child = parent.fork();
  for (let i = 0; i < 20; i++) child.write(at + i * PAGE, 1000 + i);
  engine.execute({ op: engine.layout.constant("OP_RECLAIM"), a: 16 });
  engine.file(3).drop();
  const file = engine.file(5);
  const shared = child.mmap(5 * PAGE, { file, shared: true });
  child.write(shared + PAGE, 77n);
  parent.mprotect(at + 8 * PAGE, 4 * PAGE, "r");
  parent.mmap(4 * PAGE, { growsDown: true, at: 0x7000_0000 });
  child.pin(at, "write").write(5n);
  const last = gone.mmap(PAGE);
  gone.write(last, 3);
  gone.pin(last, "read");
  gone.exit();
  engine.reserve();
  return engine;
}

/** Goes on in the same way on every engine. */
function goOn(engine: Engine): unknown {
  const [parent, child] = engine.spaces.slice(-2) as [AddressSpace, AddressSpace];
  const at = parent.mappings().at(-1)?.start as number;
  const seen = [];
  for (let i = 0; i < 20; i++) seen.push(child.tryRead(at + i * PAGE), parent.tryWrite(at + i * PAGE, 9));
  seen.push(engine.spawn().slot, engine.file(2).slot, parent.fork().slot);
  for (const pin of engine.pins) pin.unpin();
  return [seen, picture(engine)];
}

async function loaded(image: Uint8Array, options = {}): Promise<Engine> {
  const engine = await Engine.load(image, options);
  toEnd.push(engine);
  return engine;
}
const toEnd: Engine[] = [];

/** The checked build with another text in its description. */
function patched(text: RegExp, by: string): Uint8Array<ArrayBuffer> {
  const wasm = readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url));
  return new Uint8Array(Buffer.from(wasm.toString("latin1").replace(text, by), "latin1"));
}

async function refusal(run: () => Promise<unknown>): Promise<string> {
  const error = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SnapshotError);
  expect((error as SnapshotError).exitCode).toBe(5);
  return (error as Error).message;
}

describe("a snapshot", () => {
  it.each([
    [{ cpus: 0, checked: false }],
    [{ cpus: 0, content: "full" }],
    [{ cpus: 2, content: "none", checked: false }],
    [{ cpus: 1, kswapd: true, content: "full", store: 0 }],
  ] as EngineOptions[][])("brings back everything: %o", async (options) => {
    const engine = await furnished(options);
    const image = engine.save();
    const back = await loaded(image);
    const again = back.save();
    if (options.kswapd !== true) expect(Buffer.compare(again, image)).toBe(0);
    const twice = await loaded(again);
    const before = picture(engine, options);
    expect(picture(back, options)).toEqual(before);
    expect(picture(twice, options)).toEqual(before);
    if (options.kswapd !== true) {
      const went = goOn(engine);
      expect(goOn(back)).toEqual(went);
      expect(goOn(twice)).toEqual(went);
    }
    for (const one of toEnd.splice(0)) {
      one.settle();
      one.check();
      await one.dispose();
    }
  });

  it("goes on with batches on its worker CPUs, or without workers", async () => {
    const engine = await furnished({ cpus: 2 });
    const [, space] = engine.spaces as [AddressSpace, AddressSpace];
    const at = space.mmap(64 * PAGE);
    const image = engine.save();
    for (const workers of [true, false]) {
      const back = await loaded(image, { workers });
      expect(back.cpus).toBe(workers ? 2 : 0);
      const [, again] = back.spaces as [AddressSpace, AddressSpace];
      if (!workers) {
        again.write(at, 5);
        expect(again.read(at)).toBe(5n);
        continue;
      }
      for (let round = 0; round < count(3, 20); round++) {
        const batch = back.batch();
        for (const cpu of [0, 1]) {
          for (let i = 0; i < 8; i++) batch.on(cpu).write(again, at + (2 * i + cpu) * PAGE, round + i);
        }
        batch.sync();
        for (let i = 0; i < 16; i++) batch.on(i & 1).read(again, at + (i ^ 1) * PAGE);
        const results = await batch.run();
        expect(results.every(({ result }) => result === 0)).toBe(true);
        expect(results.slice(16).map(({ value }) => value)).toEqual(
          Array.from({ length: 16 }, (_, i) => BigInt(round + ((i ^ 1) >> 1))),
        );
      }
      back.check();
    }
    for (const one of toEnd.splice(0)) await one.dispose();
  });

  it("is small where memory is zero", async () => {
    const engine = await engineWith({ cpus: 0, memory: 64 * 2 ** 20, content: "full" });
    expect(engine.memory.totalBytes).toBeGreaterThan(80 * 2 ** 20);
    expect(engine.save().length).toBeLessThan(6 * 2 ** 20);
  });

  it("is refused when it is cut off, changed, foreign, or of another version", async () => {
    const image = (await furnished({ cpus: 0 })).save();
    const whole = image.length;
    for (const length of [30, 4096, whole - 1]) {
      const said = await refusal(() => Engine.load(image.subarray(0, length)));
      expect(said).toBe(`the snapshot has ${length} bytes, and its head says ${whole}`);
    }
    expect(await refusal(() => Engine.load(image.subarray(0, 10)))).toMatch(
      /has 10 bytes, and its head says 24/,
    );
    const longer = new Uint8Array(whole + 4);
    longer.set(image);
    expect(await refusal(() => Engine.load(longer))).toMatch(`has ${whole + 4} bytes`);
    for (const at of [24, 100, whole >> 1, whole - 1]) {
      const changed = image.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(await refusal(() => Engine.load(changed))).toMatch(
        /its checksum is \w{8}, and its head says \w{8}/,
      );
    }
    const newer = image.slice();
    newer[8] = 2;
    expect(await refusal(() => Engine.load(newer))).toBe(
      "the snapshot has version 2, and this package reads version 1",
    );
    const foreign = readFileSync(new URL("../../dist/engine.wasm", import.meta.url));
    expect(await refusal(() => Engine.load(foreign))).toMatch(/begin with .*asm.*begins with "rmapsnap"/);
    for (const none of [undefined, null, "text", [1], {}, new Uint16Array(8)]) {
      await expect(Engine.load(none as never)).rejects.toBeInstanceOf(UsageError);
    }
    await expect(Engine.load(image, { memory: 5 } as never)).rejects.toThrow(/no option "memory"/);
  });

  it("is refused by another engine, which names both", async () => {
    const image = (await furnished({ cpus: 0 })).save();
    const said = await refusal(() => Engine.load(image, { checked: false }));
    expect(said).toMatch(/build checked, here release; overlays .*, here none; code \w{8}, here \w{8}/);
    const trusted = true;
    const other = patched(/"code":"\w{8}"/, '"code":"0badc0de"');
    expect(await refusal(() => Engine.load(image, { wasmBytes: other, trusted }))).toMatch(
      /^the snapshot is of another engine: code \w{8}, here 0badc0de$/,
    );
    const nameless = patched(/"code":/, '"cood":');
    const load = () => Engine.load(image, { wasmBytes: nameless, trusted });
    expect(await refusal(load)).toMatch(/does not say what code it has/);
    const engine = await engineWith({ cpus: 0, wasmBytes: nameless, trusted, checked: false });
    expect(() => engine.save()).toThrow(SnapshotError);
  });

  it("of a module of your own comes back with that module", async () => {
    const wasmBytes = patched(/"version":"0/, '"version":"9');
    const engine = await engineWith({ cpus: 0, wasmBytes });
    const space = engine.spawn();
    const at = space.mmap(PAGE);
    space.write(at, 5);
    const image = engine.save();
    const back = await loaded(image, { wasmBytes });
    expect(back.spaces[0]?.read(at)).toBe(5n);
    expect(await refusal(() => Engine.load(image, { checked: true }))).toMatch(
      /package version 9.1.0, here 0.1.0$/,
    );
    await back.dispose();
  });

  it("is not taken of a machine with something unfinished", async () => {
    const engine = await furnished({ cpus: 1 });
    const [, space] = engine.spaces as [AddressSpace, AddressSpace];
    const batch = engine.batch();
    batch.on(0).read(space, 0);
    const run = batch.run();
    expect(() => engine.save()).toThrow(/^save: .*batch/);
    await run;
    let go = () => {};
    const waits = engine.exclusive(() => new Promise<void>((resolve) => (go = resolve)));
    expect(() => engine.save()).toThrow(UsageError);
    go();
    await waits;
    expect(engine.save()[0]).toBe("r".charCodeAt(0));
    await engine.dispose();
    expect(() => engine.save()).toThrow(/disposed/);
  });
});
