/** What a TLB remembers at rest: it must be in the page tables, page and rights. */

import { expect, it } from "vitest";
import { RandomStrategy } from "../../dist/explore/index.js";
import { staleTlb } from "../../dist/explore/tlbs.js";
import { modelEngine } from "./modules.js";
import { netRunner } from "./net/engines.js";

/** A machine after a program, and where the first entry of a TLB stands that counts: it may be stored through. */
function used() {
  const { machine, runner } = netRunner(modelEngine(), "first faults");
  expect(runner.execute(new RandomStrategy(1)).finding).toBeUndefined();
  const { layout, view, control, cpus } = machine;
  const entry = layout.struct("TlbEntry");
  const write = layout.constant("PTE_WRITE");
  for (let cpu = 0; cpu < cpus; cpu++) {
    const base = control.cpuBase(cpu);
    const epoch = view.u32(base + layout.struct("Cpu").offset("tlbEpoch"));
    for (let index = 0; index < layout.constant("TLB_ENTRIES"); index++) {
      const at = base + layout.constant("CPU_TLB") + index * entry.size;
      const [pte, key] = [at + entry.offset("pte"), at + entry.offset("key")];
      const counts = view.u32(key + 4) !== 0 && view.u32(at + entry.offset("epoch")) === epoch;
      if (counts && (view.u32(pte) & write) !== 0) return { machine, view, pte, key, write, cpu };
    }
  }
  throw new Error("no TLB has an entry");
}

it("says nothing of what the tables allow, or of a space that has ended", () => {
  const { machine, view, pte, key, write } = used();
  expect(staleTlb(machine)).toBeUndefined();
  view.setU32(pte, view.u32(pte) & ~write);
  expect(staleTlb(machine)).toBeUndefined();
  view.setU32(pte + 4, view.u32(pte + 4) + 1);
  view.setU32(key + 4, 12345);
  expect(staleTlb(machine)).toBeUndefined();
});

it("tells of another page, and of an entry that is gone", () => {
  const { machine, view, pte, key, cpu } = used();
  const page = view.u32(pte + 4);
  view.setU32(pte + 4, page + machine.layout.struct("Page").size);
  expect(staleTlb(machine)).toMatch(new RegExp(`^CPU ${cpu} remembers a page of address space 0 although`));
  view.setU32(pte + 4, page);
  // The same index, in a table that does not exist.
  view.setU32(key, 0);
  expect(staleTlb(machine)).toMatch(/ although the page table has another entry/);
});

it("tells of a right that the page table has no more", () => {
  const { machine, view, pte, write } = used();
  const page = view.u32(pte + 4);
  // The tables' entries of pages that are written hold the address of the page in their upper word.
  const entries = [...Array(machine.end >>> 3).keys()].filter((at) => view.u32(at * 8 + 4) === page);
  for (const at of entries.filter((at) => at * 8 !== pte)) view.setU32(at * 8, view.u32(at * 8) & ~write);
  expect(staleTlb(machine)).toMatch(/ with a right that the page table has no more/);
});
