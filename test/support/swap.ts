/** Reclaim and swap, as the tests drive and look at them: records, the swap area's counts, entries that name a slot. */
import { coreOf } from "../../dist/engine/engine.js";
import type { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";

export const PAGE = 4096;

/** Frees up to `pages` pages now; the outcome's value says how many. */
export function reclaim(engine: Engine, pages: number): OpRecord {
  return { op: engine.layout.constant("OP_RECLAIM"), a: pages };
}

/** Brings everything back from swap. */
export function swapoff(engine: Engine): OpRecord {
  return { op: engine.layout.constant("OP_SWAPOFF") };
}

/** Makes a CPU run kswapd until `stopKswapd`. */
export function kswapd(engine: Engine): OpRecord {
  return { op: engine.layout.constant("OP_KSWAPD") };
}

/** Moves up to `pages` pages to the high end of memory. */
export function compact(engine: Engine, pages: number): OpRecord {
  return { op: engine.layout.constant("OP_COMPACT"), a: pages };
}

/** Writes up to `pages` dirty pages of files back; the outcome's value says how many. */
export function writeback(engine: Engine, pages: number): OpRecord {
  return { op: engine.layout.constant("OP_WRITEBACK"), a: pages };
}

/** Makes a CPU write dirty pages of files back until `stopFlusher`. */
export function flusher(engine: Engine): OpRecord {
  return { op: engine.layout.constant("OP_FLUSHER") };
}

/** Merges equal pages: so many complete scans. */
export function ksm(engine: Engine, scans: number): OpRecord {
  return { op: engine.layout.constant("OP_KSM"), aux: scans };
}

/** Lets kswapd end (true), or allows it to run again. */
export function stopKswapd(engine: Engine, stop: boolean): void {
  setStop(engine, "kswapdStop", stop);
}

/** Lets the flusher end (true), or allows it to run again. */
export function stopFlusher(engine: Engine, stop: boolean): void {
  setStop(engine, "flusherStop", stop);
}

function setStop(engine: Engine, field: string, stop: boolean): void {
  const { view, layout } = coreOf(engine).machine.control;
  const at = layout.constant("CTL") + layout.struct("Ctl").offset(field);
  view.store(at, stop ? 1 : 0);
  view.notify(at);
}

/** Slots of swap that are not free. At a quiescent point. */
export function slotsInUse(engine: Engine): number {
  const { view, layout } = coreOf(engine).machine.control;
  const struct = layout.struct("Swap");
  const field = (name: string) => view.u32(layout.constant("SWAP") + struct.offset(name));
  return field("slots") - field("free");
}

/** Blocks of the store behind the page cache that are not free. At a quiescent point. */
export function blocksInUse(engine: Engine): number {
  const { view, layout } = coreOf(engine).machine.control;
  const struct = layout.struct("Blocks");
  const field = (name: string) => view.u32(layout.constant("BLOCKS") + struct.offset(name));
  return field("blocks") - field("free");
}

/** Pages on the LRU lists of all CPUs together: inactive and active, of memory and of files, and unevictable. At a quiescent point. */
export function listLengths(
  engine: Engine,
): Record<"inactiveAnon" | "activeAnon" | "inactiveFile" | "activeFile" | "unevictable", number> {
  const { control, layout } = coreOf(engine).machine;
  const { view } = control;
  const struct = layout.struct("Lruvec");
  const base = view.u32(layout.constant("CTL") + layout.struct("Ctl").offset("lruvecBase"));
  const length = (list: number) =>
    Array.from({ length: control.cpus + 1 }, (_, cpu) =>
      view.u32(base + cpu * struct.size + struct.offset(`count${list}`)),
    ).reduce((sum, count) => sum + count, 0);
  return {
    inactiveAnon: length(0),
    activeAnon: length(1),
    inactiveFile: length(2),
    activeFile: length(3),
    unevictable: length(4),
  };
}

/** Sets a field of a CPU's own block. */
export function setCpu(engine: Engine, cpu: number, field: string, value: number): void {
  const { control, layout } = coreOf(engine).machine;
  control.view.store(control.cpuBase(cpu) + layout.struct("Cpu").offset(field), value);
}

/** Addresses of a slot's address space whose page is out. At a quiescent point. */
export function swappedAddresses(engine: Engine, slot: number): number[] {
  const { inspector } = coreOf(engine);
  const { layout } = coreOf(engine).machine;
  const mm = inspector.mmOf(slot);
  const found: number[] = [];
  if (mm === 0) return found;
  const present = layout.constant("PTE_PRESENT");
  const swap = layout.constant("PTE_SWAP");
  const entries = layout.constant("PTRS_PER_TABLE");
  const visit = (table: number, level: number, base: number): void => {
    for (let index = 0; index < entries; index++) {
      const low = inspector.view.u32(table + index * 8);
      const address = base + index * PAGE * entries ** level;
      if (level > 0 && (low & present) !== 0) visit((low & -PAGE) >>> 0, level - 1, address);
      if (level === 0 && (low & (present | swap)) === swap) found.push(address);
    }
  };
  visit(inspector.mm.u32(mm, "pgd"), layout.constant("TABLE_LEVELS") - 1, 0);
  return found;
}
