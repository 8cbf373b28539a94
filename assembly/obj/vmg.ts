/** A proposed mapping that may merge with its neighbours: Linux's struct vma_merge_struct. One a CPU, at CPU_VMG. */
@unmanaged
export class Vmg {
  start: u64;
  end: u64;
  pgoff: u64;
  flags: u32;
  file: u32;
  /** anon_vma of the pages that the range holds, or 0. */
  anonVma: u32;
  prev: u32;
  next: u32;
  /** The existing VMA that is being changed, or 0 for a new range. */
  middle: u32;
  /** The VMA that the range is moved from, or 0. */
  copiedFrom: u32;
  /** 1: merging would have been right, but memory was out. */
  oom: u32;
}
