/** Vmf.store: 2^size bytes at that very address are stored, and not the word. */
export const STORE_PART: u32 = 2;

/** The fault that a CPU is handling: Linux's struct vm_fault. Each CPU has one, at CPU_VMF. */
@unmanaged
export class Vmf {
  /** Address of the access. */
  address: u64;
  /** The entry as the fault read it without the lock. */
  orig: u64;
  /** Address space. */
  mm: u32;
  /** The VMA over the address. */
  vma: u32;
  /** 1: the access needs the rights of a store. */
  write: u32;
  /** 1: it stores Cpu.accessValue; STORE_PART: a part of it; SUPPLY_STAGED: a page; 0: it leaves the value as it is. */
  store: u32;
  /** 1: an instruction fetch. */
  exec: u32;
  /** 1: only the per-VMA lock is held; 0: the mmap lock is. */
  vmaLocked: u32;
  /** Address of the entry in its leaf table. */
  pte: u32;
  /** Address of that table's lock. */
  ptl: u32;
  /** 1: this access has been counted as a fault. */
  counted: u32;
  /** STORE_PART: 2^size bytes are stored. */
  size: u32;
}
