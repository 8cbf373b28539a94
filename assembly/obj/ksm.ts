/**
 * Same-page merging.
 *
 *   stable tree (by content)     what the scanner knows of one mm
 *        KsmNode  <------------- KsmItem -> KsmItem -> ...   (Mm.ksmItems, by address)
 *          |   \
 *          |    +-> KsmRoot -> KsmRoot -> ...   where a reverse-map walk begins: an anon_vma each
 *        Page (mapping = node | MAPPING_KSM)
 *
 * Items come and go with the scanner's knowledge. Roots stay as long as the merged page: whoever shares the page since
 * a fork, scanned or not, is linked to a root's anon_vma.
 */

/** KSM's only block, at the constant KSM. */
@unmanaged
export class KsmCtl {
  /**
   * Lock, an rwsem of two words that is only taken for writing. A scan holds it, and so does whoever takes an mm's
   * items away.
   */
  mutex: u32;
  /** Second word of that lock. */
  sleepers: u32;
  /** Spinlock over the list of mms. */
  listLock: u32;
  /** First mm of the list. */
  first: u32;
  /** Last mm of the list. */
  last: u32;
  /** The stable tree. Under the mutex. */
  stable: u32;
  /** The unstable tree. Under the mutex. */
  unstable: u32;
  /** The last item that the running scan has reached in its current mm, or 0. */
  cursor: u32;
  pad: u32;
  /** Address of the page that the scan has reached. */
  address: u64;
  /** Stack of nodes whose page was freed. Anyone pushes to it, the holder of the mutex empties it. */
  stale: u32;
  pad1: u32;

  @inline get staleAt(): usize {
    return changetype<usize>(this) + offsetof<KsmCtl>("stale");
  }

  @inline get mutexAt(): usize {
    return changetype<usize>(this) + offsetof<KsmCtl>("mutex");
  }

  @inline get listLockAt(): usize {
    return changetype<usize>(this) + offsetof<KsmCtl>("listLock");
  }

  @inline get stableAt(): usize {
    return changetype<usize>(this) + offsetof<KsmCtl>("stable");
  }

  @inline get unstableAt(): usize {
    return changetype<usize>(this) + offsetof<KsmCtl>("unstable");
  }
}

/** A merged page in the stable tree. It holds no reference: once the page is freed, the node is stale. */
@unmanaged
export class KsmNode {
  /** Node of the stable tree. */
  rbParent: u32;
  /** Left child. */
  rbLeft: u32;
  /** Right child. */
  rbRight: u32;
  /** The merged page. */
  page: u32;
  /** First of the attached items. Under the page lock and the mutex. */
  first: u32;
  /** Number of attached items. */
  count: u32;
  /** First of the roots. Under the page lock and the mutex. */
  roots: u32;
  /** Next on the stack of stale nodes. */
  staleNext: u32;

  @inline get rbAt(): usize {
    return changetype<usize>(this) + offsetof<KsmNode>("rbParent");
  }
}

/** A place where a walk begins: a pinned anon_vma, and the page's offset in its VMAs. */
@unmanaged
export class KsmRoot {
  /** Next root of the node. */
  next: u32;
  /** The anon_vma, pinned. */
  anonVma: u32;
  /** The page's offset in its VMAs. */
  index: u64;
}

/** The scanner's memory of one page of one mm. */
@unmanaged
export class KsmItem {
  /** Address of the page. */
  address: u64;
  /** Checksum of the content at the last scan; meaningful if `seen`. */
  checksum: u64;
  /** Address space of the page. */
  mm: u32;
  /** Next item of the mm. */
  next: u32;
  /** KSM_LOOSE, KSM_WAITING (in the unstable tree), KSM_MERGED (attached to a node). */
  state: u32;
  /** 1: `checksum` is set. */
  seen: u32;
  /** Merged: the node. */
  node: u32;
  /** Merged: next item of the node. */
  nodeNext: u32;
  /** Merged: previous item of the node. */
  nodePrev: u32;
  /** Waiting: node of the unstable tree. */
  rbParent: u32;
  /** Left child. */
  rbLeft: u32;
  /** Right child. */
  rbRight: u32;

  @inline get rbAt(): usize {
    return changetype<usize>(this) + offsetof<KsmItem>("rbParent");
  }
}

export const KSM_LOOSE: u32 = 0;
export const KSM_WAITING: u32 = 1;
export const KSM_MERGED: u32 = 2;
