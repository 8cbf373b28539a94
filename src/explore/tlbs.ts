/** What the CPUs' TLBs remember when all CPUs stand still: no more than the page tables allow. */

import { entryOf } from "../inspect/entries.js";
import { Inspector } from "../inspect/memory.js";
import type { Machine } from "./machine.js";

/** Rights that a TLB may have only as long as the table has them. */
const RIGHTS = ["PTE_WRITE", "PTE_DIRTY"] as const;

/**
 * What is wrong with a TLB, in a sentence; undefined: nothing. Every flush is done when no operation is under way. The
 * TLBs' entries of address spaces that have ended count for nothing: nobody uses their ids again.
 */
export function staleTlb({ control, layout, view, cpus }: Machine): string | undefined {
  const inspector = new Inspector(control);
  const spaces = new Map(
    inspector.slots().map((slot) => {
      const mm = inspector.mmOf(slot);
      return [inspector.mm.u32(mm, "id"), { slot, table: inspector.mm.u32(mm, "pgd") }];
    }),
  );
  const cpu = layout.struct("Cpu");
  const entry = layout.struct("TlbEntry");
  const [first, count] = [layout.constant("CPU_TLB"), layout.constant("TLB_ENTRIES")];
  const present = layout.constant("PTE_PRESENT");
  const rights = RIGHTS.reduce((all, name) => all | layout.constant(name), 0);
  for (let number = 0; number <= cpus; number++) {
    const base = control.cpuBase(number);
    const epoch = view.u32(base + cpu.offset("tlbEpoch"));
    for (let index = 0; index < count; index++) {
      const at = base + first + index * entry.size;
      const key = at + entry.offset("key");
      if (view.u32(at + entry.offset("epoch")) !== epoch) continue;
      const space = spaces.get(view.u32(key + 4));
      if (space === undefined) continue;
      const pte = at + entry.offset("pte");
      const [had, page] = [view.u32(pte), view.u32(pte + 4)];
      if ((had & present) === 0) continue;
      const where = view.u32(key) * count + index;
      const now = entryOf(inspector, space.table, where);
      const isSame = now !== 0 && (view.u32(now) & present) !== 0 && view.u32(now + 4) === page;
      if (isSame && (had & rights & ~view.u32(now)) === 0) continue;
      const what = isSame
        ? "with a right that the page table has no more"
        : "although the page table has another entry";
      return `CPU ${number === cpus ? "host" : number} remembers a page of address space ${space.slot} ${what}: no flush reached its TLB`;
    }
  }
  return undefined;
}
