/**
 * A proposed mapping that may merge with its neighbours: Linux's struct vma_merge_struct. Each CPU has one, at CPU_VMG.
 */
@unmanaged
export class Vmg {
  /** First byte. */
  start: u64;
  /** First byte behind it. */
  end: u64;
  /** Page offset of start. */
  pgoff: u64;
  /** VM_* bits. */
  flags: u32;
  /** AddressSpace, or 0. */
  file: u32;
  /** anon_vma of the pages that the range holds, or 0. */
  anonVma: u32;
  /** The VMA before the range, or 0. */
  prev: u32;
  /** The VMA after the range, or 0. */
  next: u32;
  /** The existing VMA that is being changed, or 0 for a new range. */
  middle: u32;
  /** The VMA that the range is moved from, or 0. */
  copiedFrom: u32;
  /** 1: the range could have merged, but memory was out. */
  oom: u32;
}
