/** Asks the reverse map which entries of which address spaces map a page. */

import { resultName } from "../record/results.js";
import type { Core } from "./core.js";
import { operationError } from "./faults.js";

/** An entry that maps a page: the slot of its address space, and its address in bytes. */
export interface PageMapping {
  readonly slot: number;
  readonly address: number;
}

/**
 * The mappings of the page at an address, in no particular order; empty where no page is mapped. The engine writes
 * the answer behind its own memory and omits what does not fit there.
 */
export function whoMaps({ machine, cpu, encoder }: Core, slot: number, address: number): PageMapping[] {
  const { view, scratch, layout } = machine;
  const list = layout.struct("MappingList");
  const entry = layout.struct("MappingEntry");
  const room = Math.floor((scratch.bytes - list.size) / entry.size);
  const outcome = cpu.execute(encoder.rmap(slot, address, scratch.offset, room));
  const name = resultName(layout, outcome.result);
  if (name === "EFAULT") return [];
  if (name !== 0) throw operationError(machine, outcome, "whoMaps", address);
  const found = Math.min(room, view.u32(scratch.offset + list.offset("found")));
  return Array.from({ length: found }, (_, index) => {
    const at = scratch.offset + list.size + index * entry.size;
    return { slot: view.u32(at + entry.offset("space")), address: view.number(at + entry.offset("address")) };
  });
}
