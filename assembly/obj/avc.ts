/** A link between one VMA and one anon_vma: many to many. */
@unmanaged
export class AnonVmaChain {
  vma: u32;
  anonVma: u32;
  /** The VMA's list, newest first, root last. Under mmap lock and the root's lock. */
  next: u32;
  prev: u32;
  /** The anon_vma's interval tree, keyed by the VMA's page offsets. Under the root's lock. */
  rbParent: u32;
  rbLeft: u32;
  rbRight: u32;
  pad: u32;
  /** Largest last page offset in the subtree. */
  subtreeLast: u64;

  @inline get rbAt(): usize { return changetype<usize>(this) + offsetof<AnonVmaChain>("rbParent"); }
}
