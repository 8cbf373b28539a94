/** What orders two accesses for the net, on a memory of a few words: no engine. */

import { describe, expect, test } from "vitest";
import { Access, RaceNet } from "../../../dist/explore/index.js";
import { createMemory, MemoryView } from "../../../dist/wasm/memory.js";

const DATA = 0;
const OTHER = 8;
const LOCK = 64;
const FLAG = 128;

/** Accesses by words: `plain write`, `load32.acquire`, … */
class Bench {
  readonly view = new MemoryView(createMemory(65536));
  readonly net: RaceNet;

  constructor(cpus = 3, isLate = false) {
    this.net = new RaceNet({
      ...{ cpus, view: this.view, bytes: 256, places: { plain: [], hooks: [] } },
      objectAt: (at) => `word ${at}`,
      isLate,
    });
  }

  read(cpu: number, at = DATA, bytes = 4): this {
    this.net.plain(cpu, false, at, bytes, 1);
    return this;
  }

  write(cpu: number, at = DATA, bytes = 4): this {
    this.net.plain(cpu, true, at, bytes, 2);
    return this;
  }

  /** An access through a hook, by the import's name. `expected` is for an exchange that compares. */
  hook(cpu: number, name: string, at = LOCK, expected = 0): this {
    const [, kind = "", width = "0", order = ""] = /^([a-z]+)(\d*)\.([a-z]+)$/.exec(name) ?? [];
    const hook = { name, kind, bits: Number(width || 0), order } as Access["hook"];
    this.net.hooked(cpu, new Access().set(hook, 3, at, 1, expected));
    return this;
  }

  lock(cpu: number): this {
    return this.hook(cpu, "cas32.acquire");
  }

  unlock(cpu: number): this {
    return this.hook(cpu, "store32.release");
  }

  get races(): number {
    this.net.end(true);
    return this.net.races().length;
  }
}

describe("two accesses race", () => {
  test.each([
    ["a plain store and a plain load", (b: Bench) => b.write(0).read(1)],
    ["a plain load and a plain store", (b: Bench) => b.read(0).write(1)],
    ["two plain stores", (b: Bench) => b.write(0).write(1)],
    ["a marked store and a plain load", (b: Bench) => b.hook(0, "store32.once", DATA).read(1)],
    ["a marked load and a plain store", (b: Bench) => b.hook(0, "load32.once", DATA).write(1)],
    ["a read-modify-write and a plain load", (b: Bench) => b.hook(0, "add32.full", DATA).read(1)],
    ["the upper half of a wide store", (b: Bench) => b.write(0, DATA, 8).read(1, DATA + 4)],
    ["a byte and its word", (b: Bench) => b.write(0, DATA + 1, 1).read(1)],
    ["a fill of many words", (b: Bench) => b.write(0, DATA, 64).read(1, DATA + 60)],
    ["a lock that only one takes", (b: Bench) => b.lock(0).write(0).unlock(0).read(1)],
    [
      "a load without an order",
      (b: Bench) => b.write(0).hook(0, "store32.release", FLAG).hook(1, "load32.once", FLAG).read(1),
    ],
    [
      "a fill with zeros, and a marked load at an address that a load without an order gave",
      (b: Bench) =>
        b
          .write(0, DATA, 64)
          .hook(0, "store32.release", FLAG)
          .hook(1, "load32.once", FLAG)
          .hook(1, "load32.once", OTHER),
    ],
    [
      "a store without an order",
      (b: Bench) => b.write(0).hook(0, "store32.once", FLAG).hook(1, "load32.acquire", FLAG).read(1),
    ],
    [
      "another store that ends a release",
      (b: Bench) =>
        b
          .write(0)
          .hook(0, "store32.release", FLAG)
          .hook(2, "store32.once", FLAG)
          .hook(1, "load32.acquire", FLAG)
          .read(1),
    ],
    [
      "an exchange that fails",
      (b: Bench) => b.write(0).hook(0, "store32.release", FLAG).hook(1, "cas32.full", FLAG, 77).read(1),
    ],
    [
      "a store behind the release",
      (b: Bench) => b.hook(0, "store32.release", FLAG).write(0).hook(1, "load32.acquire", FLAG).read(1),
    ],
    ["full fences alone", (b: Bench) => b.write(0).hook(0, "fence.full").hook(1, "fence.full").read(1)],
  ] as const)("%s", (_, run) => {
    expect(run(new Bench()).races).toBe(1);
  });
});

describe("an update is lost", () => {
  const look = (b: Bench, cpu: number) => b.hook(cpu, "load32.once", DATA);
  const update = (b: Bench, cpu: number, order = "once") => b.hook(cpu, `or32.${order}`, DATA);
  const store = (b: Bench, cpu: number) => b.hook(cpu, "store32.once", DATA);

  test.each([
    ["by a load and a store around it", (b: Bench) => store(update(look(b, 0), 1), 0)],
    ["by a store without a look", (b: Bench) => store(update(b, 1), 0)],
    ["although the other CPU orders what follows", (b: Bench) => store(update(look(b, 0), 1, "full"), 0)],
  ] as const)("%s", (_, run) => {
    const { net } = run(new Bench());
    net.end(true);
    expect(net.races().map(({ message }) => message)).toEqual([expect.stringMatching(/^lost update on /)]);
  });

  const used = (b: Bench) => {
    b.view.setU32(DATA, 7);
    return b;
  };

  test.each([
    ["by the load and store of a CPU that comes first", (b: Bench) => update(store(look(b, 0), 0), 1)],
    ["by a store that comes first, without a look", (b: Bench) => update(store(b, 0), 1, "full")],
    ["although its CPU has looked before the store", (b: Bench) => update(store(look(look(b, 0), 1), 0), 1)],
    [
      "although its CPU then takes the lock in the word",
      (b: Bench) => store(b, 0).hook(0, "unlock32.release", DATA).hook(1, "lock32.acquire", DATA),
    ],
  ] as const)("in another order than this one %s", (_, run) => {
    const { net } = run(used(new Bench()));
    net.end(true);
    expect(net.races().map(({ message }) => message)).toEqual([
      expect.stringMatching(/^lost update on .*: marked update by CPU 1 .* before the marked write by CPU 0/),
    ]);
  });

  test.each([
    ["if its CPU has looked since the store", (b: Bench) => update(look(store(look(b, 0), 0), 1), 1)],
    [
      "if a lock orders them",
      (b: Bench) =>
        update(
          store(look(b.lock(0), 0), 0)
            .unlock(0)
            .lock(1),
          1,
        ),
    ],
    ["if the store hands on its word", (b: Bench) => update(b.hook(0, "store32.release", DATA), 1, "full")],
    [
      "if the store gives back the lock that the update takes",
      (b: Bench) => b.hook(0, "store32.release", DATA).hook(1, "cas32.acquire", DATA, 7),
    ],
    [
      "if the exchange takes what the storing CPU has handed on",
      (b: Bench) => update(store(b, 0), 0, "full").hook(1, "cas32.acquire", DATA, 7),
    ],
    ["if the exchange fails", (b: Bench) => store(look(b, 0), 0).hook(1, "cas32.full", DATA, 77)],
    ["if both are the CPU's own", (b: Bench) => update(store(look(b, 0), 0), 0)],
  ] as const)("in no order %s", (_, run) => {
    expect(run(used(new Bench())).races).toBe(0);
  });

  test("in no order where memory is late, as in a weak model", () => {
    expect(update(store(look(used(new Bench(3, true)), 0), 0), 1).races).toBe(0);
  });

  test("by a store before it, of what follows a mark only", () => {
    const bench = used(new Bench());
    bench.net.mark(0);
    store(bench, 0);
    bench.net.back(0);
    expect(update(bench, 1).races).toBe(0);
    update(store(bench, 0), 1);
    expect(bench.races).toBe(1);
  });

  test.each([
    ["if the storing CPU has looked since", (b: Bench) => store(look(update(b, 1), 0), 0)],
    ["if it comes behind the store to a word that held 0", (b: Bench) => update(store(look(b, 0), 0), 1)],
    ["if it is the CPU's own", (b: Bench) => store(update(look(b, 0), 0), 0)],
    ["of two read-modify-writes", (b: Bench) => update(update(look(b, 0), 1), 0)],
    ["under a lock", (b: Bench) => store(update(b.lock(1), 1).unlock(1).lock(0), 0)],
    ["behind an exchange that fails", (b: Bench) => store(look(b, 0).hook(1, "cas32.full", DATA, 77), 0)],
  ] as const)("none %s", (_, run) => {
    expect(run(new Bench()).races).toBe(0);
  });

  test("in this execution only", () => {
    const bench = new Bench();
    update(bench, 1);
    bench.net.end(true);
    bench.net.begin();
    expect(store(bench, 0).races).toBe(0);
  });

  test("only in what follows a mark", () => {
    const bench = new Bench();
    bench.net.mark(0);
    update(bench, 1);
    bench.net.back(0);
    expect(store(bench, 0).races).toBe(0);
    store(update(bench, 1), 0);
    expect(bench.races).toBe(1);
  });
});

describe("two accesses are ordered", () => {
  test.each([
    ["loads", (b: Bench) => b.read(0).read(1).hook(2, "load32.once", DATA)],
    ["of one CPU", (b: Bench) => b.write(0).read(0).write(0)],
    ["of neighbouring words", (b: Bench) => b.write(0).write(1, DATA + 4)],
    [
      "when both are marked",
      (b: Bench) => b.hook(0, "store32.once", DATA).hook(1, "load32.once", DATA).hook(2, "add32.full", DATA),
    ],
    ["by a lock", (b: Bench) => b.lock(0).write(0).unlock(0).lock(1).write(1).unlock(1)],
    [
      "by a lock, with a third CPU between",
      (b: Bench) => b.lock(0).write(0).unlock(0).lock(2).unlock(2).lock(1).read(1),
    ],
    [
      "by release and acquire",
      (b: Bench) => b.write(0).hook(0, "store32.release", FLAG).hook(1, "load32.acquire", FLAG).read(1),
    ],
    [
      "by a published pointer",
      (b: Bench) => b.write(0).hook(0, "store32.assign", FLAG).hook(1, "load32.dereference", FLAG).read(1),
    ],
    [
      "a fill with zeros, and a marked load at an address that a dereference gave",
      (b: Bench) =>
        b
          .write(0, DATA, 64)
          .hook(0, "store32.release", FLAG)
          .hook(1, "load32.dereference", FLAG)
          .hook(1, "load32.once", OTHER),
    ],
    [
      "by a release that a read-modify-write went on with",
      (b: Bench) =>
        b
          .write(0)
          .hook(0, "store32.release", FLAG)
          .hook(2, "add32.full", FLAG)
          .hook(1, "load32.acquire", FLAG)
          .read(1),
    ],
    [
      "by a count that both take down",
      (b: Bench) => b.write(0).hook(0, "sub32.full", FLAG).hook(1, "sub32.full", FLAG).write(1),
    ],
    [
      "by fences around marked accesses",
      (b: Bench) =>
        b
          .write(0)
          .hook(0, "fence.write")
          .hook(0, "store32.once", FLAG)
          .hook(1, "load32.once", FLAG)
          .hook(1, "fence.read")
          .read(1),
    ],
    [
      "by a full fence, through a CPU that only passes on",
      (b: Bench) =>
        b
          .write(0)
          .hook(0, "fence.full")
          .hook(0, "store32.once", FLAG)
          .hook(2, "load32.once", FLAG)
          .hook(2, "store32.once", LOCK)
          .hook(1, "load32.dereference", LOCK)
          .read(1),
    ],
    [
      "by a grace period: the reader's epoch, who advances it, who frees",
      (b: Bench) =>
        b
          .read(0, OTHER)
          .hook(0, "xchg32.full", LOCK)
          .hook(1, "load32.acquire", LOCK)
          .hook(1, "cas32.full", FLAG)
          .hook(2, "load32.acquire", FLAG)
          .write(2, OTHER),
    ],
  ] as const)("%s", (_, run) => {
    expect(run(new Bench()).races).toBe(0);
  });
});

test("an execution's accesses do not race with those of the one before", () => {
  const bench = new Bench().write(0).hook(0, "store32.release", FLAG);
  bench.net.begin();
  bench.read(1);
  expect(bench.races).toBe(0);
  // A clock that one execution left in a word orders nothing in the next.
  bench.write(2, OTHER).hook(1, "load32.acquire", FLAG).read(1, OTHER);
  expect(bench.races).toBe(1);
});

test("a race is told once, with both sides and the word", () => {
  const { net } = new Bench().write(0).read(1).read(1);
  net.begin();
  net.plain(0, true, DATA, 4, 2);
  net.plain(1, false, DATA, 4, 1);
  net.end(true);
  const [race] = net.races();
  expect(net.races()).toHaveLength(1);
  expect(race).toMatchObject({ what: "word 0", count: 2, first: { cpu: 0, kind: "plain write" } });
  expect(race?.message).toContain("plain read by CPU 1");
});
