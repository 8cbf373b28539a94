/** Numbers of address spaces, files and pins that are in use, were used, or never were: each call says so, and changes nothing. */

import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { type AddressSpace, Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { resultName } from "../../dist/record/results.js";

const PAGE = 4096;
const ROUNDS = 60;
const engines: Engine[] = [];

async function engineWith(options: Parameters<typeof Engine.create>[0] = {}): Promise<Engine> {
  const engine = await Engine.create({ checked: true, spaces: 16, files: 8, ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  for (const engine of engines.splice(0)) {
    engine.check();
    await engine.dispose();
  }
});

/** What a record of that operation ends with. */
function run(engine: Engine, name: string, fields: Omit<OpRecord, "op"> = {}): 0 | string {
  const { layout } = engine;
  return resultName(layout, engine.execute({ op: layout.constant(name), ...fields }).result);
}

/** Everything that can be seen of spaces, and how many objects there are. */
function picture(engine: Engine, spaces: readonly AddressSpace[]): string {
  const { tables, frames, objects } = engine.stats();
  const counts = Object.entries({ tables, frames, ...objects });
  const seen = spaces.map((space) => [
    space.mappings(),
    [...space.pages()].map(({ address, mapcount }) => [address, mapcount]),
    space.contentHash(),
  ]);
  return JSON.stringify([seen, counts], (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

/** A space with some written pages. */
function busy(engine: Engine): AddressSpace {
  const space = engine.spawn();
  const at = space.mmap(8 * PAGE);
  for (let page = 0; page < 8; page++) space.write(at + page * PAGE, BigInt(page + 1));
  return space;
}

describe("the slot of an address space", () => {
  it("that is in use takes no other: fork and spawn say EEXIST, and nothing changes", async () => {
    const engine = await engineWith();
    const parent = busy(engine);
    const child = parent.fork();
    child.write(child.mappings()[0]?.start ?? 0, 99n);
    const other = busy(engine);
    const before = picture(engine, [parent, child, other]);
    for (const target of [child, other, parent]) {
      expect(run(engine, "OP_FORK", { space: parent.slot, aux: target.slot })).toBe("EEXIST");
      expect(run(engine, "OP_SPAWN", { space: target.slot })).toBe("EEXIST");
      engine.check();
    }
    expect(picture(engine, [parent, child, other])).toBe(before);
  });

  it("that was used takes another, and one that does not exist is ESRCH", async () => {
    const engine = await engineWith();
    const parent = busy(engine);
    const slot = coreOf(engine).machine.control.get("spaces") - 1;
    const fork = { space: parent.slot, aux: slot };
    for (let round = 0; round < 3; round++) {
      expect(run(engine, "OP_FORK", fork)).toBe(0);
      expect(run(engine, "OP_FORK", fork)).toBe("EEXIST");
      expect(run(engine, "OP_EXEC", { space: slot })).toBe(0);
      expect(run(engine, "OP_FORK", fork)).toBe("EEXIST");
      expect(run(engine, "OP_EXIT", { space: slot })).toBe(0);
      expect(run(engine, "OP_SPAWN", { space: slot })).toBe(0);
      expect(run(engine, "OP_EXIT", { space: slot })).toBe(0);
      expect(run(engine, "OP_EXIT", { space: slot })).toBe("ESRCH");
      engine.check();
    }
    for (const none of [slot + 1, 65_535, 2 ** 32 - 1]) {
      expect(run(engine, "OP_FORK", { space: parent.slot, aux: none })).toBe("ESRCH");
      expect(run(engine, "OP_SPAWN", { space: none & 0xffff })).toBe("ESRCH");
    }
  });

  it.each(["never lived", "has ended"])(
    "of a space that %s: every operation on it is ESRCH",
    async (state) => {
      const engine = await engineWith();
      const slot = 9;
      if (state === "has ended") {
        run(engine, "OP_SPAWN", { space: slot });
        run(engine, "OP_EXIT", { space: slot });
      }
      const before = picture(engine, []);
      const named = engine.layout.constantsWith("OP_").map(([name]) => `OP_${name}`);
      // These name no address space, have no end, make one, or have more than a record.
      const others =
        /_(NOP|WAIT|COUNT|MANY|TALLY|SPAWN|FILE|KSM|RECLAIM|SWAPOFF|UNPIN|DEVICE|FAIL|KSWAPD|FLUSHER|WRITEBACK|COMPACT|SCAN)$/;
      const operations = named.filter((name) => !others.test(name));
      expect(operations.length).toBeGreaterThan(16);
      for (const name of operations) {
        expect([name, run(engine, name, { space: slot, a: 2 ** 40, b: PAGE })]).toEqual([name, "ESRCH"]);
      }
      expect(picture(engine, [])).toBe(before);
    },
  );

  it("that two CPUs fork into at once takes one child, and the other CPU's fork did nothing", async () => {
    const engine = await engineWith({ cpus: 2 });
    const parent = busy(engine);
    for (let round = 0; round < ROUNDS; round++) {
      const child = engine.reserve();
      const forks = engine.batch();
      forks.on(0).fork(parent, child);
      forks.on(1).fork(parent, child);
      const results = (await forks.run()).map(({ result }) => result);
      expect(results.map(String).sort()).toEqual(["0", "EEXIST"]);
      engine.check(); // a child that nobody can name would still be counted by its pages
      const ends = engine.batch();
      ends.on(0).exit(child);
      ends.on(1).exit(child);
      const ended = (await ends.run()).map(({ result }) => result);
      expect(ended.map(String).sort()).toEqual(["0", "ESRCH"]);
      engine.release(child);
    }
    parent.exit();
    engine.settle();
    expect(JSON.parse(picture(engine, []))[1].filter(([, count]: [string, number]) => count !== 0)).toEqual(
      [],
    );
  });

  it("that is refused does not leave it taken: fork and spawn without memory can be tried again", async () => {
    const engine = await engineWith();
    const parent = busy(engine);
    const slot = 9;
    const cpu =
      coreOf(engine).machine.control.cpuBase(coreOf(engine).machine.control.cpus) +
      engine.layout.struct("Cpu").offset("failAfter");
    for (const [name, fields] of [
      ["OP_FORK", { space: parent.slot, aux: slot }],
      ["OP_SPAWN", { space: slot }],
    ] as const) {
      let refused = 0;
      for (let n = 1; ; n++) {
        coreOf(engine).machine.control.view.setU32(cpu, n);
        const result = run(engine, name, fields);
        coreOf(engine).machine.control.view.setU32(cpu, 0);
        if (result === 0) break;
        expect(result).toBe("ENOMEM");
        refused++;
      }
      expect(refused).toBeGreaterThan(0);
      expect(run(engine, "OP_EXIT", { space: slot })).toBe(0);
    }
  });
});

describe("the slot of a file", () => {
  it("maps only while there is a file, grows and never shrinks, and is dropped once", async () => {
    const engine = await engineWith();
    const space = engine.spawn();
    const drop = engine.layout.constant("OPF_DROP");
    const map = (file: number) => {
      const { op: _, ...fields } = coreOf(engine).encoder.mmap(space.slot, 4 * PAGE, { file, at: 2 ** 40 });
      return run(engine, "OP_MMAP", fields);
    };
    expect(map(3)).toBe("EINVAL"); // never made
    expect(map(coreOf(engine).machine.control.get("files"))).toBe("EINVAL");
    for (const none of [0, coreOf(engine).machine.control.get("files"), 2 ** 32 - 1]) {
      expect(run(engine, "OP_FILE", { aux: none, a: 4 })).toBe("EINVAL");
      expect(run(engine, "OP_FILE", { aux: none, flags: drop })).toBe("EINVAL");
    }
    expect(run(engine, "OP_FILE", { aux: 3, flags: drop })).toBe("ESRCH");
    expect(run(engine, "OP_FILE", { aux: 3, a: 2 })).toBe(0);
    expect(map(3)).toBe(0);
    space.write(2 ** 40 + PAGE, 5n);
    expect(() => space.read(2 ** 40 + 3 * PAGE)).toThrow(/bus error/);
    expect(run(engine, "OP_FILE", { aux: 3, a: 4 })).toBe(0);
    expect(run(engine, "OP_FILE", { aux: 3, a: 1 })).toBe(0);
    expect(space.read(2 ** 40 + 3 * PAGE)).toBe(0n);
    expect(run(engine, "OP_FILE", { aux: 3, flags: drop })).toBe(0);
    expect(run(engine, "OP_FILE", { aux: 3, flags: drop })).toBe("ESRCH");
    expect(space.read(2 ** 40 + PAGE)).toBe(5n); // who maps it keeps it
    // Another file in its slot is another file.
    expect(run(engine, "OP_FILE", { aux: 3, a: 4 })).toBe(0);
    expect(map(3)).toBe(0);
    expect(space.read(2 ** 40 + PAGE)).toBe(0n);
    expect(run(engine, "OP_FILE", { aux: 3, flags: drop })).toBe(0);
    expect(map(3)).toBe("EINVAL");
  });

  it("that two CPUs make and drop at once is made and dropped once each time", async () => {
    const engine = await engineWith({ cpus: 2 });
    const op = engine.layout.constant("OP_FILE");
    const drop = engine.layout.constant("OPF_DROP");
    for (let round = 0; round < ROUNDS; round++) {
      const batch = engine.batch();
      for (const cpu of [0, 1]) batch.on(cpu).operation({ op, aux: 5, a: 10 + cpu });
      batch.sync();
      for (const cpu of [0, 1]) batch.on(cpu).operation({ op, aux: 5, flags: drop });
      const results = (await batch.run()).map(({ result }) => result);
      expect(results.slice(0, 2)).toEqual([0, 0]);
      expect(results.slice(2).map(String).sort()).toEqual(["0", "ESRCH"]);
    }
    engine.settle();
    expect(engine.stats()).toMatchObject({ objects: { files: 0 } });
  });
});

describe("a pin", () => {
  it("that is not held is not dropped: neither twice, nor of a page that has none, nor of what is no page", async () => {
    const engine = await engineWith();
    const space = busy(engine);
    const at = space.mappings()[0]?.start ?? 0;
    const range = { space: space.slot, a: at, b: 2, flags: engine.layout.constant("OPF_RANGE") };
    expect(run(engine, "OP_UNPIN", range)).toBe("EINVAL");
    expect(run(engine, "OP_PIN", { ...range, b: 1, aux: 1 })).toBe(0);
    expect(run(engine, "OP_UNPIN", range)).toBe("EINVAL"); // the second page has none: the first keeps its own
    expect(run(engine, "OP_UNPIN", { ...range, b: 1 })).toBe(0);
    expect(run(engine, "OP_UNPIN", { ...range, b: 1 })).toBe("EINVAL");

    expect(run(engine, "OP_UNPIN")).toBe("EINVAL"); // this CPU has pinned none
    const pinned = engine.execute(coreOf(engine).encoder.pin(space.slot, at, true));
    expect(pinned.result).toBe(0);
    const page = Number(pinned.value);
    const zeroPage = coreOf(engine).machine.control.get("pageBase");
    for (const wrong of [page + 4, page + engine.layout.struct("Page").size, zeroPage, 8, 2 ** 32 - 32]) {
      expect(run(engine, "OP_UNPIN", { a: wrong })).toBe("EINVAL");
    }
    expect(run(engine, "OP_UNPIN", { a: page })).toBe(0);
    expect(run(engine, "OP_UNPIN", { a: page })).toBe("EINVAL");
    expect(run(engine, "OP_UNPIN")).toBe("EINVAL");
  });
});
