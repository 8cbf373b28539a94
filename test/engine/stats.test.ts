/** The statistics have names, in every build, and each counter of the engine is one of them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";

describe.each(["engine", "engine.checked", "engine.stress"])("stats() of %s", (build) => {
  it("names every counter that the build has, and nothing twice", async () => {
    const wasmBytes = new Uint8Array(readFileSync(new URL(`../../dist/${build}.wasm`, import.meta.url)));
    await using engine = await Engine.create({ wasmBytes, memory: 2 ** 20 });
    const fields = engine.layout.struct("Cpu").fieldsWith("stat");
    const { objects, ...counters } = engine.stats();
    const names = Object.keys(counters).map((name) => `stat${name.charAt(0).toUpperCase()}${name.slice(1)}`);
    const caches = Object.keys(objects).map((_, index) => `statObjects${index}`);
    expect([...names, ...caches].sort()).toEqual([...fields].sort());
    expect(Object.keys(objects)).toHaveLength(engine.layout.constant("SLAB_CACHES"));
  });
});

it("counts objects by kind", async () => {
  await using engine = await Engine.create({ checked: true });
  const space = engine.spawn();
  const file = engine.file(4);
  const page = space.mmap(2 * engine.pageSize);
  space.touch(page, 2);
  const before = engine.stats().objects;
  expect(before).toMatchObject({
    spaces: 1,
    vmas: 1,
    anonVmas: 1,
    anonVmaChains: 1,
    files: 1,
    radixNodes: 0,
  });
  expect(before).toMatchObject({ ksmItems: 0, ksmNodes: 0, ksmRoots: 0 });
  space.madvise(page, 2 * engine.pageSize, "mergeable");
  engine.execute({ op: engine.layout.constant("OP_KSM"), aux: 3 });
  const mapped = space.mmap(engine.pageSize, { file });
  space.read(mapped);
  const child = space.fork();
  const { objects } = engine.stats();
  expect(objects).toMatchObject({ spaces: 2, vmas: 4, ksmItems: 2, files: 1 });
  expect(objects.radixNodes).toBeGreaterThan(0);
  child.exit();
  space.exit();
  file.drop();
  engine.settle();
  const { frames, tables, objects: left } = engine.stats();
  expect([frames, tables, ...Object.values(left)].filter((count) => count !== 0)).toEqual([]);
});
