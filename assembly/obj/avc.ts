/** A link between one VMA and one anon_vma. Each may have many. */
@unmanaged
export class AnonVmaChain {
  /** The VMA. */
  vma: u32;
  /** The anon_vma. */
  anonVma: u32;
  /** The VMA's list, newest first, root last. Under the mmap lock and the root's lock. */
  next: u32;
  /** The same list, backwards. */
  prev: u32;
  /** Node of the anon_vma's interval tree, whose key is the VMA's page offsets. Under the root's lock. */
  rbParent: u32;
  /** Left child. */
  rbLeft: u32;
  /** Right child. */
  rbRight: u32;
  pad: u32;
  /** Largest last page offset in the subtree. */
  subtreeLast: u64;

  @inline get rbAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVmaChain>("rbParent");
  }
}
