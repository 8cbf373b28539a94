/**
 * Each invariant's check fires when exactly that invariant is broken, and says nothing before. What breaks it is done by
 * hand in the engine's memory, the rest is ordinary operations. What cannot be broken that way, a lock that is released
 * without being held (I4) and changes without the lock (I1) in the middle of an operation, is in test/stress-runner.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describePosition } from "../../dist/cpu/panic.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Watchdog } from "../../dist/stress/watchdog.js";
import { until } from "../support/patience.js";
import { BASE, Machine, PAGE } from "./machine.js";

let m: Machine;

beforeEach(async () => {
  m = await Machine.create();
  m.run("SPAWN", 0);
  m.map(0, 0, 4);
  m.write(0, 0);
});

afterEach(() => m.dispose());

/** Breaks something and looks what is found: nothing before, then by `look` what comes of it. */
function breaking(damage: () => void, look: () => unknown = () => m.engine.check()): string | undefined {
  expect(m.finds(() => m.engine.check())).toBeUndefined();
  expect(m.finds(look)).toBeUndefined();
  damage();
  const found = m.finds(look);
  return found && `${found.invariant} by ${found.code}`;
}

const scan = () => m.run("SCAN", 0, { a: 1 });
const anonVmaOf = (vma: number) => m.get("Vma", vma, "anonVma");
const swap = (words: readonly (readonly [struct: string, at: number, field: string, value: number])[]) => {
  for (const [struct, at, field, value] of words) m.set(struct, at, field, value);
};

describe("checks", () => {
  it("I1: a tree is walked while another CPU changes it without the lock", () => {
    const { changer } = m.shadow(anonVmaOf(m.vma(0, 0)));
    expect(breaking(() => coreOf(m.engine).machine.control.view.setU32(changer, 8), scan)).toBe("I1 by I1");
  });

  it("I2: an anon_vma is used before its constructor is through", () => {
    const { life } = m.shadow(anonVmaOf(m.vma(0, 0)));
    const making = m.code("SHADOW_MAKING");
    expect(breaking(() => coreOf(m.engine).machine.control.view.setU32(life, making), scan)).toBe("I2 by I2");
  });

  it("I3: memory of another type is taken for an anon_vma", () => {
    const { page } = m.entry(0, 0);
    const vma = m.vma(0, 0);
    expect(breaking(() => m.set("Page", page, "mapping", vma + 1), scan)).toBe("I3 by I3");
  });

  it("I4: an operation ends with a lock held", () => {
    const { control } = coreOf(m.engine).machine;
    const cpu = control.cpuBase(control.cpus);
    const keep = () => {
      control.view.setU32(cpu + m.code("CPU_HELD"), m.mm(0));
      m.set("Cpu", cpu, "heldLocks", 1);
    };
    expect(breaking(keep, () => m.run("NOP", 0))).toBe("I4 by LOCK_LEAK");
  });

  it("I5: a mapped page names an anon_vma that does not hold its mapping", () => {
    m.map(0, 8, 1);
    m.write(0, 8);
    const { page } = m.entry(0, 0);
    const other = anonVmaOf(m.vma(0, 1));
    expect(breaking(() => m.set("Page", page, "mapping", other + 1))).toBe("I5 by I5");
  });

  it("I5: a freed anon_vma is used", () => {
    const { page } = m.entry(0, 0);
    m.map(0, 8, 1);
    m.write(0, 8);
    const other = anonVmaOf(m.vma(0, 1));
    m.run("MUNMAP", 0, { a: BASE + 8 * PAGE, b: PAGE });
    expect(breaking(() => m.set("Page", page, "mapping", other + 1), scan)).toBe("I5 by I5");
  });

  it("I6: two mappings of one anon_vma have different links", () => {
    m.run("FORK", 0, { aux: 1 });
    m.write(1, 1);
    m.run("FORK", 1, { aux: 2 });
    m.run("MPROTECT", 2, { a: BASE + 2 * PAGE, b: PAGE, aux: 1 });
    const links = m.chain(m.vma(2, 1));
    expect(links).toHaveLength(3);
    const [first = 0, , last = 0] = links;
    // The middle one is left out of the list.
    const cut = [
      ["AnonVmaChain", first, "next", last],
      ["AnonVmaChain", last, "prev", first],
    ] as const;
    expect(breaking(() => swap(cut))).toBe("I6 by I6");
  });

  it("I7: a mapping's links are not newest first", () => {
    m.run("FORK", 0, { aux: 1 });
    const vma = m.vma(1, 0);
    const [first = 0, last = 0] = m.chain(vma);
    const turned = [
      ["Vma", vma, "avcFirst", last],
      ["Vma", vma, "avcLast", first],
      ["AnonVmaChain", last, "next", first],
      ["AnonVmaChain", last, "prev", 0],
      ["AnonVmaChain", first, "next", 0],
      ["AnonVmaChain", first, "prev", last],
    ] as const;
    expect(breaking(() => swap(turned))).toBe("I7 by I7");
  });

  it("I8: a page is moved to an anon_vma of another family", () => {
    m.write(0, 1);
    m.map(0, 8, 1);
    m.write(0, 8);
    m.run("FORK", 0, { aux: 1 });
    m.run("EXIT", 0);
    // A page that the child has to itself now moves to the child's own anon_vma at a store: first the one beside it.
    let at = 1;
    const store = () => m.write(1, at, 7n);
    const stranger = m.chain(m.vma(1, 1)).map((link) => m.get("AnonVmaChain", link, "anonVma"));
    expect(stranger).toHaveLength(2);
    const damage = () => {
      at = 0;
      m.set("Page", m.entry(1, 0).page, "mapping", (stranger.at(-1) ?? 0) + 1);
    };
    const owner = () => m.get("Page", m.entry(1, 1).page, "mapping");
    const before = owner();
    expect(breaking(damage, store)).toBe("I8 by I8");
    // The store that was silent moved a page, too.
    expect(owner()).not.toBe(before);
  });

  it("I9: an anon_vma is taken for a file", () => {
    const { page } = m.entry(0, 0);
    const torn = m.get("Page", page, "mapping") - 1;
    expect(breaking(() => m.set("Page", page, "mapping", torn), scan)).toBe("I9 by I9");
  });

  it.each(["numActiveVmas", "numChildren"])("I10: %s is wrong", (field) => {
    const anonVma = anonVmaOf(m.vma(0, 0));
    const more = m.get("AnonVma", anonVma, field) + 1;
    expect(breaking(() => m.set("AnonVma", anonVma, field, more))).toBe("I10 by I10");
  });

  it("I11: an entry of a page that has moved was left behind", () => {
    const { page, at } = m.entry(0, 0);
    const left = m.code("PTE_MIGRATION") | m.code("PTE_MIG_ANON");
    const entry = (BigInt(page) << 32n) | BigInt(left);
    expect(breaking(() => coreOf(m.engine).machine.control.view.setU64(at, entry))).toBe("I11 by I11");
  });

  /** A TLB entry of this CPU, for the first page of the process or for page `page`, outlives the flush that comes next. */
  function missFlush(page: number): void {
    const { control } = coreOf(m.engine).machine;
    const cpu = control.cpuBase(control.cpus);
    const entry = cpu + m.code("CPU_TLB") + page * control.layout.struct("TlbEntry").size;
    m.set("TlbEntry", entry, "epoch", m.get("Cpu", cpu, "tlbEpoch") + 1);
  }

  /** The check costs a look at every TLB, so it is made only where the stress runner lets CPUs dawdle. */
  const lookAtTlbs = () =>
    m.set(
      "Cpu",
      coreOf(m.engine).machine.control.cpuBase(coreOf(m.engine).machine.control.cpus),
      "delaySeed",
      1,
    );

  it("I12: a page is given back that a TLB remembers", () => {
    lookAtTlbs();
    const keep = () => {
      m.write(0, 0);
      m.write(0, 0);
      missFlush(0);
    };
    const drop = () => m.run("MADVISE", 0, { a: BASE, b: PAGE, aux: m.code("MADV_DONTNEED") });
    expect(breaking(keep, drop)).toBe("I12 by I12");
  });

  it("I12: a file's page is written back that a TLB may still write", () => {
    const { engine } = m;
    lookAtTlbs();
    const file = engine.file(1);
    engine.execute(
      coreOf(engine).encoder.mmap(0, PAGE, { at: BASE + 16 * PAGE, file: file.slot, shared: true }),
    );
    const dirty = () => {
      m.write(0, 16);
      m.write(0, 16);
    };
    const keep = () => {
      dirty();
      missFlush(16);
    };
    dirty();
    expect(breaking(keep, () => m.run("WRITEBACK", 0, { a: 1 }))).toBe("I12 by I12");
  });

  it("I13: a page that others may see is writable", () => {
    const { page } = m.entry(0, 0);
    const flags = m.get("Page", page, "flags") & ~m.code("PG_ANON_EXCLUSIVE");
    expect(breaking(() => m.set("Page", page, "flags", flags))).toBe("I13 by I13");
  });

  it("I14: a lock is held when nobody runs", () => {
    expect(breaking(() => m.set("Mm", m.mm(0), "mmapLock", 1))).toBe("I14 by I14");
  });

  it("content: a page reads as what was never written there", () => {
    const read = (value: bigint) => () =>
      m.engine.execute({
        op: m.code("OP_READ"),
        flags: m.code("OPF_EXPECT"),
        a: BASE,
        b: value,
        c: value,
      });
    expect(m.finds(read(1n))).toBeUndefined();
    expect(m.finds(read(2n))).toMatchObject({ code: "CONTENT" });
  });
});

it("I14: a CPU that does not come to the end of an operation is noticed", async () => {
  await m.dispose();
  m = await Machine.create({ cpus: 2 });
  const { engine } = m;
  m.run("SPAWN", 0);
  m.map(0, 0, 1);
  const watchdog = new Watchdog(coreOf(engine).machine.control, 400);
  const [ring] = coreOf(engine).pool.rings;
  if (!ring) throw new Error("no CPU");
  // Nobody will ever release it.
  m.set("Mm", m.mm(0), "tablesLock", 1);
  ring.write(coreOf(engine).encoder.write(0, BASE, 1n));
  ring.publish();
  let found = watchdog.look(false);
  const noticed = () => {
    found ??= watchdog.look(false);
    return found !== undefined;
  };
  await until("the watchdog to notice", noticed, () => describePosition(coreOf(engine).machine.control, 0));
  expect(found).toMatchObject({ invariant: "I14", code: "LOCKUP" });
  expect(found?.message).toContain("CPU 0: ");
  expect(found?.message).toContain("in WRITE on address space 0");
  coreOf(engine).machine.control.stopForCrash(0);
});
