/** The fault that a CPU is handling: Linux's struct vm_fault. One a CPU, at CPU_VMF. */
@unmanaged
export class Vmf {
  address: u64;
  /** The entry as it was read without the lock. */
  orig: u64;
  mm: u32;
  vma: u32;
  /** 1: a store. */
  write: u32;
  /** 1: the store's value is Cpu.accessValue; 0: it leaves what is there. */
  store: u32;
  /** 1: an instruction fetch. */
  exec: u32;
  /** 1: only the per-VMA lock is held; 0: the mmap lock. */
  vmaLocked: u32;
  /** The leaf table's entry and the table's lock. */
  pte: u32;
  ptl: u32;
  /** 1: a fault was counted for this access. */
  counted: u32;
  pad: u32;
}
