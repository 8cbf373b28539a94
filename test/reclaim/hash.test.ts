/** The hash of what an address space holds: every page and value counts, and where the page is does not. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { type AddressSpace, type Content, Engine } from "../../dist/index.js";
import { ksm, PAGE, reclaim, slotsInUse, swapoff } from "../support/swap.js";

const AT = 0x4000_0000;
const PAGES = 600; // two leaf tables

const builds: { checked: boolean; content: Content }[] = [
  { checked: false, content: "word" },
  { checked: true, content: "word" },
  { checked: true, content: "full" },
];

describe.each(builds)("checked $checked, content $content", ({ checked, content }) => {
  let engine: Engine;
  let space: AddressSpace;
  beforeEach(async () => {
    engine = await Engine.create({ checked, content, memory: 8 * 2 ** 20, swap: 8 * 2 ** 20 });
    space = engine.spawn();
    space.mmap(PAGES * PAGE, { at: AT });
    for (let page = 0; page < PAGES; page += 3) space.write(AT + page * PAGE, BigInt(page + 1));
  });
  afterEach(() => engine.dispose());

  const evict = () => {
    for (let round = 0; round < 8; round++) engine.execute(reclaim(engine, 4096));
  };
  const migrate = () =>
    engine.execute({ op: engine.layout.constant("OP_MIGRATE"), space: space.slot, a: AT, b: PAGES * PAGE });

  it("is the same in frames, in swap, read back, brought back and moved", () => {
    const hash = space.contentHash();
    evict();
    expect(slotsInUse(engine)).toBe(PAGES / 3);
    expect(space.contentHash()).toBe(hash);
    expect(engine.stats().swapIn).toBe(0);
    for (let page = 0; page < PAGES; page += 6) space.read(AT + page * PAGE);
    expect(space.contentHash()).toBe(hash);
    expect(engine.execute(swapoff(engine)).result).toBe(0);
    expect(slotsInUse(engine)).toBe(0);
    expect(space.contentHash()).toBe(hash);
    expect(Number(migrate().value)).toBeGreaterThan(0);
    expect(space.contentHash()).toBe(hash);
  });

  it("is the same for a child, whose pages are shared or in the swap cache", () => {
    const hash = space.contentHash();
    const child = space.fork();
    evict();
    // Each page comes back for the child and stays in the cache for the parent.
    for (let page = 0; page < PAGES; page += 3) child.read(AT + page * PAGE);
    expect(slotsInUse(engine)).toBe(PAGES / 3);
    expect([space.contentHash(), child.contentHash()]).toEqual([hash, hash]);
    child.write(AT, 77n);
    expect(space.contentHash()).toBe(hash);
    expect(child.contentHash()).not.toBe(hash);
  });

  it("tells one value, one page and one address apart, in frames and in swap", () => {
    const hash = space.contentHash();
    space.write(AT + 3 * PAGE, 5n);
    const changed = space.contentHash();
    expect(changed).not.toBe(hash);
    evict();
    expect(space.contentHash()).toBe(changed);
    space.write(AT + 3 * PAGE, 4n);
    expect(space.contentHash()).toBe(hash);
    space.madvise(AT + 9 * PAGE, PAGE, "dontneed");
    const lost = space.contentHash();
    expect(lost).not.toBe(hash);
    space.write(AT + 9 * PAGE, 10n);
    expect(space.contentHash()).toBe(hash);
    space.mremap(AT, PAGES * PAGE, PAGES * PAGE, { to: 0x8000_0000 });
    expect(space.contentHash()).not.toBe(hash);
  });

  it("counts merged pages and written private pages of files, and neither what is shared nor what was only read", () => {
    const hash = space.contentHash();
    for (const page of [1, 2, 4, 5]) space.read(AT + page * PAGE); // the zero page
    const file = engine.file(16);
    space.mmap(16 * PAGE, { at: 0x9000_0000, file, shared: true });
    space.mmap(16 * PAGE, { at: 0x9100_0000, file });
    space.mmap(16 * PAGE, { at: 0x9200_0000, shared: true });
    space.write(0x9000_0000, 1n);
    space.write(0x9200_0000, 1n);
    for (let page = 0; page < 16; page++) space.read(0x9100_0000 + page * PAGE);
    expect(space.contentHash()).toBe(hash);
    space.write(0x9100_0000, 1n);
    const written = space.contentHash();
    expect(written).not.toBe(hash);

    for (let page = 300; page < 330; page += 3) space.write(AT + page * PAGE, 9n);
    const equal = space.contentHash();
    space.madvise(AT, PAGES * PAGE, "mergeable");
    engine.execute(ksm(engine, 5));
    expect([...space.pages(AT, AT + PAGES * PAGE)].filter(({ ksm: merged }) => merged).length).toBe(10);
    expect(space.contentHash()).toBe(equal);
    space.exit();
    file.drop();
  });

  it("is refused for an address space that is not there", () => {
    expect(engine.execute(coreOf(engine).encoder.hash(99)).result).toBe(-engine.layout.constant("ESRCH"));
  });
});

describe("while pages go out and come back", () => {
  it.each([false, true])("stays the same, checked: %s", async (checked) => {
    const pages = 400;
    await using engine = await Engine.create({
      checked,
      cpus: 3,
      memory: 160 * PAGE,
      swap: 2 ** 22,
    });
    const spaces = Array.from({ length: 2 }, () => engine.spawn());
    for (const space of spaces) {
      space.mmap(pages * PAGE, { at: AT });
      for (let page = 0; page < pages; page++) space.write(AT + page * PAGE, BigInt(page ^ space.slot) + 1n);
    }
    const expected = spaces.map((space) => space.contentHash());
    const batch = engine.batch();
    const order: number[] = [];
    for (let round = 0; round < 100; round++) {
      for (const [index, space] of spaces.entries()) {
        // Two CPUs make pages come and go, the third looks.
        const start = AT + ((round * 37) % 300) * PAGE;
        batch.on(index).touch(space, start, 100, "read");
        batch.on(index).operation({
          op: engine.layout.constant("OP_MIGRATE"),
          space: space.slot,
          a: start,
          b: 20 * PAGE,
        });
        order.push(-1, -1);
        for (let look = 0; look < 10; look++) {
          batch.on(2).operation(coreOf(engine).encoder.hash(space.slot));
          order.push(index);
        }
      }
    }
    const results = await batch.run();
    expect(results.filter(({ result }) => result !== 0)).toEqual([]);
    for (const [at, index] of order.entries()) {
      if (index >= 0) expect(results[at]?.value).toBe(expected[index]);
    }
    expect(engine.stats().swapIn).toBeGreaterThan(0);
    engine.check();
  });

  // Without the table's lock, about 20 of the 20,000 looks missed a page.
  it("counts a page whose entry is away for a moment, because another CPU moves the page", async () => {
    const pages = 16;
    await using engine = await Engine.create({ cpus: 2, memory: 512 * PAGE });
    const space = engine.spawn();
    space.mmap(pages * PAGE, { at: AT });
    for (let page = 0; page < pages; page++) space.write(AT + page * PAGE, BigInt(page) + 5n);
    const expected = space.contentHash();
    const batch = engine.batch();
    const looks = 20_000;
    for (let round = 0; round < looks; round++) {
      batch
        .on(0)
        .operation({ op: engine.layout.constant("OP_MIGRATE"), space: space.slot, a: AT, b: pages * PAGE });
      batch.on(1).operation(coreOf(engine).encoder.hash(space.slot));
    }
    const hashes = (await batch.run()).filter((_, at) => at % 2 === 1).map(({ value }) => value);
    expect(hashes.filter((hash) => hash !== expected)).toEqual([]);
    expect(hashes).toHaveLength(looks);
  });
});
