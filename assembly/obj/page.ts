import { MAPPING_ANON, MAPPING_KSM, MAPPING_TAG } from "../layout";

/**
 * A page: a frame of anonymous or file memory, or a page of the arena (slab, page table). 48 bytes.
 *
 *    0 flags       8 mapcount   16 index (u64)   24 next   32 priv   40 link
 *    4 refcount   12 mapping                     28 prev   36 kind   44 spare
 *
 * Conservation: mapcount == number of page table entries that map the page;
 *               refcount >= mapcount + (in the page cache) + (in a CPU's LRU batch).
 */
@unmanaged
export class Page {
  /** PG_* bits. Atomic, because bits have different owners. */
  flags: u32;
  /** References; 0: the page is free. Atomic. */
  refcount: u32;
  /** Number of page table entries that map it. Atomic; changed under the entry's table lock. Slab: objects in use. */
  mapcount: u32;
  /**
   * The owner and a tag: AnonVma | MAPPING_ANON, KsmNode | MAPPING_KSM, or AddressSpace. Changed by the holder of the
   * page lock, or by the page's only owner.
   */
  mapping: u32;
  /**
   * Page offset within the mapping. For an anonymous page it is the virtual page number when it was first mapped. RCU:
   * the epoch when the page was deferred.
   */
  index: u64;
  /** Next page of the LRU list, free list, per-CPU list or partial list. */
  next: u32;
  /** Previous page of the same list. */
  prev: u32;
  /**
   * Buddy: order. File: its block's item, or 0. Swap cache: its slot. Slab: first free object. Page table: its lock.
   */
  priv: u32;
  /** Slab: number of the cache. */
  kind: u32;
  /** Scratch of the checks: references that LRU batches hold (check/all.ts). */
  link: u32;
  /** Scratch of the checks: entries counted so far (check/all.ts). */
  spare: u32;

  @inline get flagsAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("flags");
  }

  @inline get refcountAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("refcount");
  }

  @inline get mapcountAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("mapcount");
  }

  @inline get mappingAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("mapping");
  }

  @inline get indexAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("index");
  }

  @inline get kindAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("kind");
  }

  @inline get privAt(): usize {
    return changetype<usize>(this) + offsetof<Page>("priv");
  }
}

/** Whether the word Page.mapping is an anonymous page's, merged or not. */
@inline
export function mappingIsAnon(mapping: u32): bool {
  return (mapping & MAPPING_ANON) != 0;
}

/** Whether the word Page.mapping names an anon_vma: the page is anonymous and not merged. */
@inline
export function mappingIsAnonVma(mapping: u32): bool {
  return (mapping & MAPPING_TAG) == MAPPING_ANON;
}

/** Whether the word Page.mapping is a merged page's. */
@inline
export function mappingIsKsm(mapping: u32): bool {
  return (mapping & MAPPING_TAG) == MAPPING_KSM;
}

/** What the word Page.mapping names, without the tag: an anon_vma, a KSM node or a file; 0 for none. */
@inline
export function mappingOwner(mapping: u32): u32 {
  return mapping & ~MAPPING_TAG;
}

/** Page `i` of an array of pages' addresses. Only this CPU uses the array. */
@inline
export function pageOf(array: usize, i: u32): Page {
  return changetype<Page>(load<u32>(array + (i << 2)));
}
