/** ENOMEM that a rule gives, and ENOMEM because the engine is full: the same errno, different errors. */

import { afterEach, describe, expect, it } from "vitest";
import { type AddressSpace, Engine, OutOfMemory, type RmapError, SystemCallError } from "../../dist/index.js";

const PAGE = 4096;
/** As many mappings as an address space may have (`MAX_MAP_COUNT`). */
const MOST_MAPPINGS = 65_530;
const engines: Engine[] = [];

async function engineWith(options: Parameters<typeof Engine.create>[0] = {}): Promise<Engine> {
  const engine = await Engine.create({ checked: true, ...options });
  engines.push(engine);
  return engine;
}

async function spaceOf(options: Parameters<typeof Engine.create>[0] = {}): Promise<AddressSpace> {
  return (await engineWith(options)).spawn();
}

afterEach(async () => {
  for (const engine of engines.splice(0)) {
    engine.check();
    await engine.dispose();
  }
});

function errorOf(call: () => unknown): RmapError {
  try {
    call();
  } catch (error) {
    return error as RmapError;
  }
  throw new Error("the call succeeded");
}

/** Asserts that a call fails by a rule: not because the engine is full. */
function breaksRule(call: () => unknown, code = "ENOMEM"): void {
  const error = errorOf(call);
  expect(error).toBeInstanceOf(SystemCallError);
  expect(error).not.toBeInstanceOf(OutOfMemory);
  expect(error).toMatchObject({ code });
  expect(error.hint).toMatch(/^memory is not full/);
}

describe("a rule", () => {
  it("about holes is no want of memory: mprotect, madvise, mlock, munlock", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const at = space.mmap(4 * PAGE);
    space.munmap(at + PAGE, PAGE);
    breaksRule(() => space.mprotect(at, 4 * PAGE, "r"));
    breaksRule(() => space.madvise(at, 4 * PAGE, "dontneed"));
    breaksRule(() => space.madvise(at, 4 * PAGE, "dontfork"));
    for (const name of ["OP_MLOCK", "OP_MUNLOCK"]) {
      const op = engine.layout.constant(name);
      const outcome = engine.execute({ op, space: space.slot, a: at, b: 4 * PAGE });
      expect(outcome).toMatchObject({ result: -engine.layout.constant("ENOMEM"), refused: undefined });
    }
  });

  it("about where things fit is none either: mmap, mremap, brk", async () => {
    const space = await spaceOf();
    const at = space.mmap(4 * PAGE);
    breaksRule(() => space.mmap(2 ** 48));
    breaksRule(() => space.mmap(2 ** 46, { at: 2 ** 47 - 2 ** 45 }));
    breaksRule(() => space.mremap(at, 2 * PAGE, 3 * PAGE, { mayMove: false }));
    breaksRule(() => space.brk(4 * PAGE)); // it has no heap
  });

  it("about how many pins scripts may hold is none", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const { layout } = engine;
    const a = space.mmap(PAGE * 1024);
    const pages = layout.constant("PIN_SLOTS") + 1;
    const fields = { space: space.slot, a, b: pages, aux: 1, flags: layout.constant("OPF_RANGE") };
    const outcome = engine.execute({ op: layout.constant("OP_PIN"), ...fields });
    expect(outcome).toMatchObject({ result: -layout.constant("ENOMEM"), refused: undefined });
  });

  it("holds after an operation that found no memory: the next is judged anew", async () => {
    const space = await spaceOf({ memory: 32 * PAGE });
    const at = space.mmap(64 * PAGE);
    expect(errorOf(() => space.touch(at, 64))).toBeInstanceOf(OutOfMemory);
    breaksRule(() => space.mprotect(at, 65 * PAGE, "r"));
  });

  it("about how many mappings there may be: ENOMEM, but EAGAIN from madvise", async () => {
    const engine = await Engine.create({ metadata: 64 * 2 ** 20 });
    engines.push(engine);
    const space = engine.spawn();
    const at = space.mmap((MOST_MAPPINGS + 5) * PAGE);
    // Every other page is another mapping, until no more are to be had.
    const error = errorOf(() => {
      for (let page = 1; page < MOST_MAPPINGS; page += 2) space.mprotect(at + page * PAGE, PAGE, "r");
    });
    expect(error).toMatchObject({ code: "ENOMEM" });
    expect(error).not.toBeInstanceOf(OutOfMemory);
    expect(space.mappings().length).toBeGreaterThan(MOST_MAPPINGS - 2);
    const last = at + (MOST_MAPPINGS + 2) * PAGE;
    space.mappings().length < MOST_MAPPINGS && space.mmap(PAGE, { at: 2 ** 40 });
    breaksRule(() => space.mprotect(last, PAGE, "r"));
    breaksRule(() => space.madvise(last, PAGE, "dontfork"), "EAGAIN");
  });
});

describe("want of memory", () => {
  /** A space in which no object is to be had any more, and a mapping of three pages in it that nobody has split. */
  async function full(): Promise<{ space: AddressSpace; at: number }> {
    const space = await spaceOf({ memory: 256 * PAGE, metadata: 24 * PAGE });
    const at = space.mmap(3 * PAGE);
    const error = errorOf(() => {
      for (let next = 2 ** 40; ; next += 2 * PAGE) space.mmap(PAGE, { at: next });
    });
    expect(error).toBeInstanceOf(OutOfMemory);
    return { space, at };
  }

  it("is OutOfMemory, ENOMEM, whatever was called", async () => {
    const { space, at } = await full();
    const calls = [
      () => space.mmap(PAGE, { at: 2 ** 41 }),
      () => space.mprotect(at + PAGE, PAGE, "r"),
      () => space.munmap(at + PAGE, PAGE),
      () => space.fork(),
    ];
    for (const call of calls) {
      const error = errorOf(call);
      expect(error).toBeInstanceOf(OutOfMemory);
      expect(error).toMatchObject({ code: "ENOMEM" });
      expect(error.hint).toMatch(/^memory is full/);
    }
    expect(space.mappings().at(-1)).toMatchObject({ start: at, end: at + 3 * PAGE });
  });

  it("is EAGAIN where Linux says so: madvise that splits a mapping", async () => {
    const { space, at } = await full();
    for (const advice of ["dontfork", "mergeable", "wipeonfork"] as const) {
      const error = errorOf(() => space.madvise(at + PAGE, PAGE, advice));
      expect(error).toBeInstanceOf(OutOfMemory);
      expect(error).toMatchObject({ code: "EAGAIN" });
    }
    // What needs no memory is done, and a hole is still a hole.
    space.madvise(at, 3 * PAGE, "dontfork");
    breaksRule(() => space.madvise(at, 4 * PAGE, "dofork"));
  });

  it.each([
    ["frame", { memory: 32 * PAGE }, PAGE, /without swap: try swap: 512 \* 2 \*\* 20, or memory: 262144$/],
    [
      "frame",
      { memory: 32 * PAGE, swap: 16 * PAGE },
      PAGE,
      /; swap is full: try swap: .*, or memory: 262144$/,
    ],
    [
      "table",
      { memory: 2 ** 20, metadata: 16 * PAGE },
      512 * PAGE,
      /do not help: try metadata: 64 \* 2 \*\* 20$/,
    ],
  ])("names the option that is too small: %s, %j", async (refused, sizes, stride, hint) => {
    const engine = await engineWith({ cpus: 1, ...sizes });
    const space = engine.spawn();
    const at = space.mmap(64 * stride);
    const pages = Array.from({ length: 64 }, (_, page) => at + page * stride);
    const error = errorOf(() => {
      for (const page of pages) space.write(page, page);
    });
    expect(error).toBeInstanceOf(OutOfMemory);
    expect(error).toMatchObject({ code: "ENOMEM", refused, hint: expect.stringMatching(hint) });
    const batch = engine.batch();
    for (const page of pages) batch.on(0).write(space, page, page);
    batch.on(0).mprotect(space, at + 64 * stride, PAGE, "r");
    const results = await batch.run();
    expect(results.find(({ result }) => result === "ENOMEM")).toMatchObject({ refused });
    // A hole is no want of memory.
    expect(results.at(-1)).toEqual({ cpu: 0, result: "ENOMEM", value: expect.any(BigInt) });
  });

  it("is OutOfMemory for an access, and gone once pages are given back", async () => {
    const space = await spaceOf({ memory: 32 * PAGE });
    const at = space.mmap(64 * PAGE);
    expect(errorOf(() => space.touch(at, 64))).toBeInstanceOf(OutOfMemory);
    space.madvise(at, 64 * PAGE, "dontneed");
    expect(space.touch(at, 16)).toBe(16);
  });
});
