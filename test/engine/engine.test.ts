/** The engine through its public interface, on the calling thread alone. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import {
  BusError,
  Engine,
  OutOfMemory,
  SegmentationFault,
  SystemCallError,
  UsageError,
} from "../../dist/index.js";

const PAGE = 4096;
const engines: Engine[] = [];

async function engineWith(options = {}): Promise<Engine> {
  const engine = await Engine.create(options);
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
});

describe.each([{ checked: false }, { checked: true }])("an engine with $checked checks", ({ checked }) => {
  it("keeps what was written, and zero elsewhere", async () => {
    const space = (await engineWith({ checked })).spawn();
    const address = space.mmap(3 * PAGE);
    space.write(address + PAGE, 2n ** 64n - 1n);
    expect(space.read(address + PAGE)).toBe(2n ** 64n - 1n);
    expect(space.read(address)).toBe(0n);
  });

  it("copies a page on the first write after a fork, and says who maps what", async () => {
    const engine = await engineWith({ checked });
    const parent = engine.spawn();
    const address = parent.mmap(PAGE);
    parent.write(address, 42n);
    const child = parent.fork();
    expect(new Set(parent.whoMaps(address).map(({ space }) => space))).toEqual(new Set([parent, child]));
    child.write(address, 7n);
    expect(parent.read(address)).toBe(42n);
    expect(child.read(address)).toBe(7n);
    expect(parent.whoMaps(address)).toHaveLength(1);
    expect(child.whoMaps(address)[0]).toMatchObject({ space: { slot: child.slot }, address });
  });

  it("has nothing left after everything has ended", async () => {
    const engine = await engineWith({ checked });
    const parent = engine.spawn();
    const address = parent.mmap(64 * PAGE);
    expect(parent.touch(address, 64)).toBe(64);
    const child = parent.fork();
    child.touch(address, 10);
    child.munmap(address, 32 * PAGE);
    expect(engine.check()).toBeGreaterThan(0);
    child.exit();
    parent.exit();
    engine.settle();
    expect(engine.usage()).toEqual({ frames: 0, tables: 0 });
    const { spaces, vmas, anonVmas, anonVmaChains } = engine.stats().objects;
    expect([spaces, vmas, anonVmas, anonVmaChains]).toEqual([0, 0, 0, 0]);
  });
});

describe("calls", () => {
  it("map, protect, move, grow and unmap", async () => {
    const space = (await engineWith()).spawn();
    const address = space.mmap(4 * PAGE, { at: 0x10000000, protection: "rw" });
    expect(address).toBe(0x10000000);
    space.write(address, 1n);
    space.mprotect(address, PAGE, "r");
    expect(() => space.write(address, 2n)).toThrow(SegmentationFault);
    space.mprotect(address, PAGE, "rw");
    const moved = space.mremap(address, 4 * PAGE, 8 * PAGE, { to: 0x20000000 });
    expect(moved).toBe(0x20000000);
    expect(space.read(moved)).toBe(1n);
    expect(space.mappings()).toMatchObject([{ start: moved, end: moved + 8 * PAGE, permissions: "rw-p" }]);
    space.munmap(moved, 8 * PAGE);
    expect(space.mappings()).toEqual([]);
  });

  it("give back pages on dontneed, and list what is mapped", async () => {
    const space = (await engineWith()).spawn();
    const address = space.mmap(4 * PAGE);
    space.touch(address, 4);
    space.write(address + PAGE, 5n);
    space.madvise(address, PAGE, "dontneed");
    const pages = [...space.pages()];
    expect(pages.map((page) => page.address - address)).toEqual([PAGE, 2 * PAGE, 3 * PAGE]);
    expect(pages[0]).toMatchObject({ value: 5n, mapcount: 1, anonymous: true, zero: false });
  });

  it("share file pages and refuse what lies behind a file's end", async () => {
    const engine = await engineWith();
    const file = engine.file(2);
    const [one, two] = [engine.spawn(), engine.spawn()];
    const a = one.mmap(4 * PAGE, { file, shared: true });
    const b = two.mmap(4 * PAGE, { file, shared: true });
    one.write(a + PAGE, 9n);
    expect(two.read(b + PAGE)).toBe(9n);
    expect(one.whoMaps(a + PAGE)).toHaveLength(2);
    expect(() => one.read(a + 2 * PAGE)).toThrow(BusError);
    file.drop();
    file.drop();
  });

  it("move the heap's end", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    engine.execute(coreOf(engine).encoder.brk(space.slot, 0x30000000, true));
    expect(space.brk(0x30000000 + 2 * PAGE)).toBe(0x30000000 + 2 * PAGE);
    space.write(0x30000000 + PAGE, 1n);
    expect(space.brk()).toBe(0x30000000 + 2 * PAGE);
  });

  it("fail with typed errors that name the address", async () => {
    const space = (await engineWith()).spawn();
    expect(() => space.read(0x1234000)).toThrow(SegmentationFault);
    expect(() => space.read(0x1234000)).toThrow(/0x1234000/);
    expect(() => space.munmap(1, PAGE)).toThrow(SystemCallError);
    try {
      space.munmap(1, PAGE);
    } catch (error) {
      expect(error).toMatchObject({ code: "EINVAL", errno: 22 });
    }
    expect(() => space.read(-1)).toThrow(UsageError);
    // @ts-expect-error: an advice that does not exist
    expect(() => space.madvise(0, PAGE, "nonsense")).toThrow(UsageError);
  });

  it("are refused on an address space that has ended, also when its slot lives again", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const address = space.mmap(PAGE);
    space.exit();
    expect(engine.spawn().slot).toBe(space.slot);
    for (const call of [() => space.read(address), () => space.whoMaps(address), () => space.exit()]) {
      expect(call).toThrow(/has ended/);
    }
  });

  it("refuse to touch pages behind the last address, however many", async () => {
    const space = (await engineWith()).spawn();
    const last = 2 ** 47 - 4096;
    for (const [address, pages] of [
      [last, 2 ** 40],
      [2 ** 47, 1],
      [2 ** 47, 2 ** 40],
      [2 ** 52, 2 ** 40],
    ] as const) {
      expect(() => space.touch(address, pages)).toThrow(SegmentationFault);
    }
    expect(space.touch(2 ** 47, 0)).toBe(0);
  });

  it("run out of frames with an error, and go on after some are given back", async () => {
    const space = (await engineWith({ memory: 32 * PAGE })).spawn();
    const address = space.mmap(64 * PAGE);
    expect(() => space.touch(address, 64)).toThrow(OutOfMemory);
    space.madvise(address, 64 * PAGE, "dontneed");
    expect(space.touch(address, 16)).toBe(16);
  });
});

describe("creating an engine", () => {
  it.each([
    [{ cpus: 64 }, /cpus/],
    [{ cpus: 1.5 }, /cpus/],
    [{ memory: 100 }, /memory/],
    [{ memory: 31 * 4096, cpus: 16 }, /at least 128K for 16 CPUs, two pages for each, not 124K/],
    [{ metadata: 100 }, /metadata/],
    [{ metadata: 2 ** 40 }, /metadata/],
    [{ store: 2 ** 60 }, /store/],
    [{ memory: 2 ** 40 }, /memory/],
    [{ queueRecords: 1000 }, /power of two/],
    [{ spaces: 0 }, /spaces/],
  ])("refuses %j", async (options, message) => {
    await expect(Engine.create(options)).rejects.toThrow(message);
  });

  it("names the file that is not there", async () => {
    const wasmUrl = new URL("./nothing.wasm", import.meta.url);
    await expect(Engine.create({ wasmUrl })).rejects.toMatchObject({ code: "EENVIRONMENT", exitCode: 3 });
  });

  it("reads no pipe, no device, no folder and no huge file, of which a read might never end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rmap-wasm-"));
    try {
      const [pipe, huge] = [join(folder, "pipe"), join(folder, "huge.wasm")];
      execFileSync("mkfifo", [pipe]);
      writeFileSync(huge, "");
      truncateSync(huge, 2 ** 30);
      for (const [path, why] of [
        [pipe, "it is a named pipe, not a file"],
        ["/dev/zero", "it is a device, not a file"],
        [folder, "it is a folder, not a file"],
        [huge, "it has more than 256 MiB"],
      ] as const) {
        await expect(Engine.create({ wasmUrl: pathToFileURL(path) }), path).rejects.toMatchObject({
          message: `cannot read the engine's WebAssembly file: ${why}`,
          code: "EENVIRONMENT",
        });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("refuses bytes that are no engine", async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(Engine.create({ wasmBytes: empty })).rejects.toThrow(/rmap\.layout/);
    await expect(Engine.create({ wasmBytes: Uint8Array.of(1, 2, 3) })).rejects.toThrow(
      /cannot compile the engine/,
    );
  });

  it("can be disposed twice, and refuses calls afterwards", async () => {
    const engine = await Engine.create();
    const space = engine.spawn();
    await engine.dispose();
    await engine.dispose();
    expect(() => space.mmap(PAGE)).toThrow(/disposed/);
  });
});
