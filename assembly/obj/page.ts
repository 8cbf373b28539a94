import { MAPPING_ANON, MAPPING_KSM, MAPPING_TAG } from "../layout";

/**
 * A page: a frame of anonymous or file memory, or a page of the arena (slab, page table). 48 bytes.
 *
 *    0 flags      8 mapcount   16 index (u64)    32 private    40 link
 *    4 refcount  12 mapping    24 next, prev     36 order      44 spare
 *
 * Conservation: mapcount == number of page table entries that map the page;
 *               refcount >= mapcount + (in the page cache) + (in a CPU's LRU batch).
 */
@unmanaged
export class Page {
  /** PG_* bits. Atomic: bits have different owners. */
  flags: u32;
  /** References. 0: free. Atomic. */
  refcount: u32;
  /** Page table entries that map it. Atomic; changed under the entry's table lock. Slab: objects in use. */
  mapcount: u32;
  /** AnonVma | MAPPING_ANON, or AddressSpace. Changed by who holds the page lock or is its only owner. */
  mapping: u32;
  /** Page offset within the mapping (anonymous: virtual page number when first mapped). RCU: the epoch when deferred. */
  index: u64;
  /** LRU list, free list, per-CPU list or partial list. */
  next: u32;
  prev: u32;
  /** Buddy: order. File: its block's item, or 0. Swap cache: its slot. Slab: first free object. Page table: its lock. */
  priv: u32;
  /** Slab: cache number. */
  kind: u32;
  link: u32;
  spare: u32;

  @inline get flagsAt(): usize { return changetype<usize>(this) + offsetof<Page>("flags"); }
  @inline get refcountAt(): usize { return changetype<usize>(this) + offsetof<Page>("refcount"); }
  @inline get mapcountAt(): usize { return changetype<usize>(this) + offsetof<Page>("mapcount"); }
  @inline get mappingAt(): usize { return changetype<usize>(this) + offsetof<Page>("mapping"); }
  @inline get privAt(): usize { return changetype<usize>(this) + offsetof<Page>("priv"); }
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

/** Page `i` of an array of pages' addresses that one CPU has for itself. */
@inline
export function pageOf(array: usize, i: u32): Page {
  return changetype<Page>(load<u32>(array + (i << 2)));
}
