/**
 * Locks and marked accesses of the engine, each of which the net must miss when it is gone: the net is not emptied by
 * marking everything. Each row takes one away, and names a program of programs.ts in which that is a race. The lock of an
 * anon_vma's tree has no row of its own: without it the engine's checks end the execution at the first change (I1), before
 * another CPU comes to the tree.
 */

/** One row. Each `from` stands in `file` behind `within`, and is replaced by `to` up to the end of its function. */
export interface Removed {
  readonly file: string;
  /** Text at which the function begins. */
  readonly within: string;
  readonly changes: readonly (readonly [from: string, to: string])[];
  readonly program: string;
}

/** A lock that a function takes and releases; `name` is its address as the function writes it. */
function lock(name: string, lockClass: string): readonly (readonly [string, string])[] {
  return [
    [`spinLock(${name}, ${lockClass});`, ""],
    [`spinUnlock(${name});`, ""],
  ];
}

/** By name. */
export const REMOVED: Readonly<Record<string, Removed>> = {
  "table lock of a first fault": {
    file: "mm/fault_anon.ts",
    within: "export function doAnonymousPage",
    changes: lock("vmf.ptl", "LOCK_PTE"),
    program: "munmap and scan",
  },
  "table lock of a fault on the zero page": {
    file: "mm/fault_anon.ts",
    within: "function mapZeroPage",
    changes: lock("vmf.ptl", "LOCK_PTE"),
    program: "first faults",
  },
  "table lock of a copy": {
    file: "mm/fault_cow.ts",
    within: "function installCopy",
    changes: lock("vmf.ptl", "LOCK_PTE"),
    program: "fork and write",
  },
  "table lock of a walk": {
    file: "rmap/mapped.ts",
    within: "export function lockIfMapped",
    changes: [
      ["spinLock(ptl, LOCK_PTE);", ""],
      ["spinUnlock(ptl);", ""],
      ["spinUnlock(ptlOf(leaf));", ""],
    ],
    program: "munmap and scan",
  },
  "parent's table lock at fork": {
    file: "mm/copy.ts",
    within: "function copyEntries",
    changes: [
      ["spinLockNested(fromLock, LOCK_PTE);", ""],
      ["spinUnlock(fromLock);", ""],
    ],
    program: "fork and write",
  },
  "table lock of a swap fault": {
    file: "mm/fault_swap.ts",
    within: "function mapIt",
    changes: lock("vmf.ptl", "LOCK_PTE"),
    program: "swap in",
  },
  "lock of the swap area, where a slot gets one more user": {
    file: "swap/area.ts",
    within: "export function swapDup",
    changes: lock("swap.lockAt", "LOCK_SWAP"),
    program: "swapoff",
  },
  "lock of the swap area, where a slot loses a user": {
    file: "swap/cache.ts",
    within: "export function swapPutOfPage",
    changes: lock("swap.lockAt", "LOCK_SWAP"),
    program: "swap in",
  },
  "lock of the LRU lists, where pages enter": {
    file: "lru/add.ts",
    within: "export function lruAddPut",
    changes: lock("lruvec.lockAt", "LOCK_LRU"),
    program: "page out",
  },
  "lock of the zone, where a CPU fetches pages": {
    file: "mem/pcp.ts",
    within: "function refill",
    changes: lock("zone.lockAt", "LOCK_ZONE"),
    program: "first faults",
  },
  "lock of a slab cache, where a CPU fetches objects": {
    file: "mem/slab.ts",
    within: "function refill",
    changes: lock("cache.lockAt", "LOCK_SLAB"),
    program: "first faults",
  },
  "release of a file page's owner": {
    file: "file/cache.ts",
    within: "export function fileGetPage",
    changes: [
      ["storeRelease32(page.mappingAt, changetype<u32>(file))", "page.mapping = changetype<u32>(file)"],
    ],
    program: "file",
  },
  "tables lock and anon_vma's lock of the first fault": {
    file: "rmap/prepare.ts",
    within: "function anonVmaPrepareSlow",
    changes: [
      ["anonVmaLockWrite(anonVma);", ""],
      ["anonVmaUnlockWrite(anonVma);", ""],
      ...lock("mm.tablesLockAt", "LOCK_TABLES"),
    ],
    program: "first faults",
  },
  "mmap lock of a drop": {
    file: "mm/madvise.ts",
    within: "export function madvise",
    changes: [
      ["else mmapReadLock(mm);", ""],
      ["else mmapReadUnlock(mm);", ""],
    ],
    program: "ksm",
  },
  "mark of the look at Vma.anonVma": {
    file: "mm/fault_step.ts",
    within: "export function faultAnonPrepare",
    changes: [["readOnce32(vma.anonVmaAt)", "vma.anonVma"]],
    program: "first faults",
  },
  "mark of a new page's owner": {
    file: "rmap/map_page.ts",
    within: "function own",
    changes: [["writeOnce32(page.mappingAt, mapping)", "page.mapping = mapping"]],
    program: "first faults",
  },
  "mark of a walk's look at mapcount": {
    file: "rmap/lock.ts",
    within: "export function pageMapped",
    changes: [["readOnce32(page.mapcountAt)", "page.mapcount"]],
    program: "munmap and scan",
  },
  "mark of an entry's store": {
    file: "pt/pte.ts",
    within: "export function setPteLocked",
    changes: [["writeLocked64(at, pte)", "store<u64>(at, pte)"]],
    program: "munmap and scan",
  },
  "mark of the way down the page tables": {
    file: "pt/table.ts",
    within: "export function leafAlloc",
    changes: [["rcuDereference64(at)", "load<u64>(at)"]],
    program: "first faults",
  },
  "mark of a lookup without a lock": {
    file: "vma/tree.ts",
    within: "export function findVmaLockless",
    changes: [
      ["readOnce64(vma.endAt)", "vma.end"],
      ["readOnce64(vma.startAt)", "vma.start"],
    ],
    program: "split and merge",
  },
  "mark of the count of free frames": {
    file: "mem/zone.ts",
    within: "function setFree",
    changes: [["writeOnce32(zone.freeAt, free)", "zone.free = free"]],
    program: "first faults",
  },
  "barrier behind a slab page's constructor": {
    file: "mem/slab.ts",
    within: "function grow",
    changes: [["smpMb();", ""]],
    program: "first faults",
  },
};
