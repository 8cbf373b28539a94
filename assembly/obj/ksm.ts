/**
 * Same-page merging.
 *
 *   stable tree (by content)     what the scanner knows of one mm
 *        KsmNode  <------------- KsmItem -> KsmItem -> ...   (Mm.ksmItems, by address)
 *          |   \
 *          |    +-> KsmRoot -> KsmRoot -> ...   where a reverse-map walk begins: an anon_vma each
 *        Page (mapping = node | 3)
 *
 * Items come and go with the scanner's knowledge. Roots stay as long as the merged page: whoever
 * shares it since a fork, scanned or not, is linked to a root's anon_vma.
 */

/** The one block of KSM, at the constant KSM. */
@unmanaged
export class KsmCtl {
  /** rwsem used as a mutex: held by a scan, and by who takes an mm's items away. Two words. */
  mutex: u32;
  sleepers: u32;
  /** Spinlock over the list of mms. */
  listLock: u32;
  first: u32;
  last: u32;
  /** Trees, under the mutex. */
  stable: u32;
  unstable: u32;
  /** The last item that the running scan came to in the mm that it is in, or 0. */
  cursor: u32;
  pad: u32;
  /** Address of the page that the scan came to last. */
  address: u64;
  /** Nodes whose page was freed: a stack that anyone pushes to, emptied under the mutex. */
  stale: u32;
  pad1: u32;

  @inline get staleAt(): usize { return changetype<usize>(this) + offsetof<KsmCtl>("stale"); }
  @inline get mutexAt(): usize { return changetype<usize>(this) + offsetof<KsmCtl>("mutex"); }
  @inline get listLockAt(): usize { return changetype<usize>(this) + offsetof<KsmCtl>("listLock"); }
  @inline get stableAt(): usize { return changetype<usize>(this) + offsetof<KsmCtl>("stable"); }
  @inline get unstableAt(): usize { return changetype<usize>(this) + offsetof<KsmCtl>("unstable"); }
}

/** A merged page in the stable tree. It holds no reference: when the page is freed, the node is stale. */
@unmanaged
export class KsmNode {
  rbParent: u32;
  rbLeft: u32;
  rbRight: u32;
  page: u32;
  /** Items attached, and how many. Under the page lock and the mutex. */
  first: u32;
  count: u32;
  /** Under the page lock and the mutex. */
  roots: u32;
  /** Next on the stack of stale nodes. */
  staleNext: u32;

  @inline get rbAt(): usize { return changetype<usize>(this) + offsetof<KsmNode>("rbParent"); }
}

/** Where a walk begins: an anon_vma, pinned, and the page's offset in its VMAs. */
@unmanaged
export class KsmRoot {
  next: u32;
  anonVma: u32;
  index: u64;
}

/** What the scanner remembers of one page of one mm. */
@unmanaged
export class KsmItem {
  address: u64;
  /** Checksum of the content at the last scan; meaningful if `seen`. */
  checksum: u64;
  mm: u32;
  /** Next item of the mm. */
  next: u32;
  /** KSM_LOOSE, KSM_WAITING (in the unstable tree), KSM_MERGED (attached to a node). */
  state: u32;
  seen: u32;
  /** Merged: the node and its list. */
  node: u32;
  nodeNext: u32;
  nodePrev: u32;
  /** Waiting: unstable tree. */
  rbParent: u32;
  rbLeft: u32;
  rbRight: u32;

  @inline get rbAt(): usize { return changetype<usize>(this) + offsetof<KsmItem>("rbParent"); }
}

export const KSM_LOOSE: u32 = 0;
export const KSM_WAITING: u32 = 1;
export const KSM_MERGED: u32 = 2;
