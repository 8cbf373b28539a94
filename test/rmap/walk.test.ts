/**
 * I11 at quiescent points: who maps a page according to a walk of the reverse map, and according to all page tables. The
 * two know nothing of each other: the walk goes from the page through its owner's trees, the host reads the tables.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AddressSpace, Engine } from "../../dist/index.js";
import { random } from "../../model/generate.js";
import { ksm, PAGE, reclaim, slotsInUse, swapoff } from "../support/swap.js";

const AT = 0x4000_0000;
const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 31);

/** Every mapping of every frame by the page tables, as `space@address`, sorted. The zero page has no owner. */
function byTables(spaces: readonly AddressSpace[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const space of spaces) {
    for (const { frame, zero, address } of space.pages()) {
      if (zero) continue;
      const users = found.get(frame) ?? [];
      users.push(`${space.slot}@${address}`);
      found.set(frame, users);
    }
  }
  for (const users of found.values()) users.sort();
  return found;
}

/** Holds the walk of every mapped page against the tables; how many mappings there are. */
function mustAgree(spaces: readonly AddressSpace[]): { frames: number; mappings: number; widest: number } {
  const tables = byTables(spaces);
  const asked = new Set<number>();
  let mappings = 0;
  let widest = 0;
  for (const space of spaces) {
    for (const { frame, zero, address, mapcount } of space.pages()) {
      if (zero || asked.has(frame)) continue;
      asked.add(frame);
      const expected = tables.get(frame) ?? [];
      const walked = space.whoMaps(address).map((user) => `${user.space.slot}@${user.address}`);
      // Sorted, not as sets: a mapping that is found twice is as wrong as one that is missed.
      expect(walked.sort(), `frame ${frame}, of space ${space.slot} at 0x${address.toString(16)}`).toEqual(
        expected,
      );
      expect(mapcount).toBe(expected.length);
      mappings += expected.length;
      widest = Math.max(widest, expected.length);
    }
  }
  return { frames: asked.size, mappings, widest };
}

describe.each([false, true])("checked %s", (checked) => {
  let engine: Engine;
  let spaces: AddressSpace[];
  beforeEach(async () => {
    engine = await Engine.create({
      checked,
      memory: 32 * 2 ** 20,
      swap: 32 * 2 ** 20,
      metadata: 48 * 2 ** 20,
    });
    spaces = [engine.spawn()];
  });
  afterEach(async () => {
    engine.check();
    for (const space of spaces) space.exit();
    engine.settle();
    expect([engine.stats().frames, engine.stats().tables, slotsInUse(engine)]).toEqual([0, 0, 0]);
    await engine.dispose();
  });
  const first = () => spaces[0] as AddressSpace;
  const fork = (space: AddressSpace): AddressSpace => {
    const child = space.fork();
    spaces.push(child);
    return child;
  };
  const evict = () => {
    for (let round = 0; round < 8; round++) engine.execute(reclaim(engine, 100_000));
  };

  it("finds all after splits, merges and moves", () => {
    const space = first();
    space.mmap(64 * PAGE, { at: AT });
    space.touch(AT, 64);
    const child = fork(space);
    for (let page = 0; page < 64; page += 8) space.mprotect(AT + page * PAGE, 4 * PAGE, "r");
    expect(space.mappings()).toHaveLength(16);
    mustAgree(spaces);
    child.mremap(AT + 16 * PAGE, 16 * PAGE, 16 * PAGE, { to: AT + 0x1000_0000 });
    for (let page = 0; page < 64; page += 12) child.write(AT + (page < 16 ? page : 63) * PAGE, 5n);
    const grandchild = fork(child);
    space.mprotect(AT, 64 * PAGE, "rw");
    expect(space.mappings()).toHaveLength(1);
    mustAgree(spaces);
    grandchild.mremap(AT + 0x1000_0000, 16 * PAGE, 24 * PAGE, { to: AT + 0x2000_0000 });
    child.mremap(AT + 0x1000_0000, 16 * PAGE, 16 * PAGE, { to: AT + 16 * PAGE });
    space.munmap(AT + 20 * PAGE, 3 * PAGE);
    grandchild.touch(AT + 0x2000_0000, 24);
    expect(mustAgree(spaces).widest).toBe(3);
  });

  it("finds all 363 processes below one, three children each, five generations deep", () => {
    first().mmap(4 * PAGE, { at: AT });
    first().touch(AT, 4);
    let generation = [first()];
    for (let height = 0; height < 5; height++) {
      generation = generation.flatMap((parent) =>
        [0, 1, 2].map((which) => {
          const child = fork(parent);
          // Some pages stay shared by all, some by a family, some are one's own.
          if (which === 0) child.write(AT + PAGE, BigInt(child.slot));
          if (height === 2) child.write(AT + 2 * PAGE, BigInt(child.slot));
          return child;
        }),
      );
    }
    expect(spaces).toHaveLength(364);
    expect(mustAgree(spaces)).toMatchObject({ mappings: 364 * 4, widest: 364 });
    for (const { slot } of spaces.slice(0, 100)) spaces[slot]?.write(AT + 3 * PAGE, 1n);
    // Parents end before their children.
    for (const space of spaces.splice(0, 60)) space.exit();
    expect(mustAgree(spaces).widest).toBe(304);
    evict();
    expect(mustAgree(spaces).frames).toBe(0);
    for (const space of spaces.slice(100, 200)) space.read(AT);
    expect(mustAgree(spaces).widest).toBe(100);
    expect(engine.execute(swapoff(engine)).result).toBe(0);
    expect(mustAgree(spaces)).toMatchObject({ mappings: 304 * 4, widest: 304 });
  });

  it("finds all mappings of merged pages, also of relatives that came later", () => {
    const strangers = [first(), engine.spawn(), engine.spawn()];
    spaces = [...strangers];
    for (const space of strangers) {
      space.mmap(16 * PAGE, { at: AT + space.slot * 0x100_0000 });
      for (let page = 0; page < 16; page++)
        space.write(AT + space.slot * 0x100_0000 + page * PAGE, BigInt(page % 4));
      space.madvise(AT + space.slot * 0x100_0000, 16 * PAGE, "mergeable");
    }
    engine.execute(ksm(engine, 5));
    expect(mustAgree(spaces)).toMatchObject({ frames: 4, mappings: 48, widest: 12 });
    for (const space of strangers) fork(space);
    expect(mustAgree(spaces)).toMatchObject({ frames: 4, mappings: 96, widest: 24 });
    spaces[3]?.write(AT, 9n);
    spaces[4]?.munmap(AT + 0x100_0000, 4 * PAGE);
    spaces[5]?.mremap(AT + 0x200_0000, 8 * PAGE, 8 * PAGE, { to: AT + 0x800_0000 });
    engine.execute(ksm(engine, 2));
    evict();
    mustAgree(spaces);
    strangers[1]?.madvise(AT + 0x100_0000, 16 * PAGE, "unmergeable");
    mustAgree(spaces);
  });

  it("finds all mappings of a file's pages, shared and private", () => {
    const file = engine.file(32);
    const space = first();
    space.mmap(32 * PAGE, { at: AT, file, shared: true });
    space.mmap(16 * PAGE, { at: AT + 0x100_0000, file, filePage: 8 });
    space.mmap(16 * PAGE, { at: AT + 0x200_0000, shared: true });
    const child = fork(space);
    for (const of of [space, child]) {
      of.touch(AT, 32);
      of.touch(AT + 0x100_0000, 16, "read");
      of.touch(AT + 0x100_0000, 4, "write");
      of.touch(AT + 0x200_0000, 16);
    }
    child.mprotect(AT + 4 * PAGE, 4 * PAGE, "r");
    child.mremap(AT + 8 * PAGE, 8 * PAGE, 8 * PAGE, { to: AT + 0x300_0000 });
    expect(mustAgree(spaces).widest).toBe(4);
    file.drop();
  });

  it(`finds all after random operations, seed ${SEED}`, () => {
    console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/rmap`);
    const next = random(SEED);
    const below = (limit: number) => Math.floor(next() * limit);
    const pages = 40;
    first().mmap(pages * PAGE, { at: AT });
    first().touch(AT, pages);
    first().madvise(AT, pages * PAGE, "mergeable");
    for (let step = 1; step <= 600; step++) {
      const space = spaces[below(spaces.length)] as AddressSpace;
      const from = below(pages - 8);
      const address = AT + from * PAGE;
      const length = (1 + below(8)) * PAGE;
      const draw = next();
      try {
        if (draw < 0.4) space.write(address, BigInt(below(4)));
        else if (draw < 0.5) space.read(address);
        else if (draw < 0.6) space.mprotect(address, length, next() < 0.6 ? "rw" : "r");
        else if (draw < 0.68) space.mmap(length, { at: address });
        else if (draw < 0.76) space.mremap(address, length, length, { to: AT + below(pages - 8) * PAGE });
        else if (draw < 0.86 && spaces.length < 12) fork(space);
        else if (draw < 0.89 && spaces.length > 3) spaces.splice(spaces.indexOf(space), 1)[0]?.exit();
        else if (draw < 0.93) engine.execute(reclaim(engine, 64));
        else if (draw < 0.95) engine.execute(ksm(engine, 1));
        else if (draw < 0.97)
          engine.execute({ op: engine.layout.constant("OP_MIGRATE"), space: space.slot, a: AT, b: length });
        else space.madvise(address, length, next() < 0.5 ? "mergeable" : "dontneed");
      } catch (error) {
        // What cannot be done here (a hole, no right to write) is not the point.
        if (!/^(SEGV|EFAULT|EINVAL|ENOMEM)$/.test((error as { code?: string }).code ?? "")) throw error;
      }
      if (step % 12 === 0) mustAgree(spaces);
    }
    expect(engine.stats().swapOut).toBeGreaterThan(0);
    engine.execute(swapoff(engine));
    mustAgree(spaces);
  });
});
