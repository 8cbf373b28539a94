/**
 * Every size, bit and number on which the engine and its hosts agree. Each built wasm carries these in its
 * `rmap.layout` section, so that no host repeats them.
 *
 * The memory, low to high:
 *
 *   0        1 KiB    nothing: a handle of 0 is "none"
 *   CTL      1 KiB    struct Ctl: geometry, stop word, panic record
 *   cpus     n        struct Cpu, one stride each (the host CPU is the last one)
 *   rings    n        operation records, one ring a CPU
 *   tables   n        address space slots, file slots, lruvecs
 *   pages    n        struct page of the frames (index 0 is the shared zero page)
 *   kpages   n        struct page of the arena's own pages
 *   content  n        the frames' content: nothing, one word, or 4 KiB each
 *   arena    rest     page tables and slabs, 4 KiB aligned
 */

// ---- geometry -------------------------------------------------------------------------------

export const MAGIC: u32 = 0x70616d72; // "rmap"
export const CTL: u32 = 1024;
/** Address of struct Swap, in the control block's page. */
export const SWAP: u32 = 1792;
/** Address of struct Blocks, in the control block's page. */
export const BLOCKS: u32 = 1920;
/** Address of struct KsmCtl, in the control block's page. */
export const KSM: u32 = 1536;
export const CPU_STRIDE: u32 = 16384;
export const MAX_CPUS: u32 = 64;
export const CACHE_LINE: u32 = 64;

export const PAGE_SHIFT: u32 = 12;
export const PAGE_SIZE: u32 = 4096;
export const PAGE_MASK64: u64 = 0xffff_ffff_ffff_f000;
/** Highest user address plus one: 47 bits of the 48, as on x86-64. */
export const TASK_SIZE: u64 = 0x7fff_ffff_f000;
/** mmap without an address searches downwards from here. */
export const MMAP_BASE: u64 = 0x7fff_f7ff_f000;
/** The lowest address that mmap chooses by itself. */
export const MMAP_MIN: u64 = 0x1_0000;
/** Pages that must stay free between a stack that grows and the mapping below it. */
export const STACK_GUARD: u64 = 256 << PAGE_SHIFT;
/** How far a stack may grow: 8 MiB, the usual limit. */
export const STACK_LIMIT: u64 = 8 << 20;
/** Mappings that one address space may hold, as /proc/sys/vm/max_map_count. */
export const MAX_MAP_COUNT: u32 = 65530;

// ---- page tables ----------------------------------------------------------------------------
//
//   leaf entry, present:      63..32 struct page | 0 present | 1 write | 5 accessed | 6 dirty | 7 unchanged
//                             9 zero page
//   leaf entry, swapped out:  63..32 swap slot | 1 swap | 4 was exclusive | 7 unchanged
//   leaf entry, on the move:  63..32 struct page | 2 migration | 3 was writable | 4 was exclusive | 5 anonymous
//                             7 unchanged
//   leaf entry, dropped:      6 dropped
//   upper entry:              63..32 struct page of the table | 31..12 the table | 0 present

export const PTE_PRESENT: u64 = 1;
export const PTE_WRITE: u64 = 2;
export const PTE_ACCESSED: u64 = 0x20;
export const PTE_DIRTY: u64 = 0x40;
/** Nobody stored to the page through this entry since the dirty pages were collected last: see mm/dirty.ts. */
export const PTE_UNCHANGED: u64 = 0x80;
export const PTE_ZERO: u64 = 0x200;
/** All of the entry: nothing is mapped. Something was, when the dirty pages were collected last. */
export const PTE_DROPPED: u64 = 0x40;
/** Not present: the upper half is a swap slot. */
export const PTE_SWAP: u64 = 2;
/** Not present: the page is being moved to another frame; the upper half is its struct page, which is locked. */
export const PTE_MIGRATION: u64 = 4;
/** Migration: the entry was writable. */
export const PTE_MIG_WRITE: u64 = 8;
/** Migration: the page is anonymous. */
export const PTE_MIG_ANON: u64 = 0x20;
/** Swap and migration: the page was this address space's alone when it was unmapped. */
export const PTE_SWP_EXCLUSIVE: u64 = 0x10;
/** Entries of a page table: 2^PTRS_SHIFT. */
export const PTRS_PER_TABLE: u32 = 512;
export const PTRS_SHIFT: u32 = 9;
/** Bytes of address space that a leaf table covers. */
export const LEAF_SPAN: u64 = (<u64>PTRS_PER_TABLE) << PAGE_SHIFT;
export const TABLE_LEVELS: u32 = 4;

// ---- struct page flags ----------------------------------------------------------------------

export const PG_LOCKED: u32 = 1;
export const PG_WAITERS: u32 = 2;
export const PG_LRU: u32 = 4;
export const PG_ACTIVE: u32 = 8;
export const PG_REFERENCED: u32 = 0x10;
export const PG_DIRTY: u32 = 0x20;
export const PG_SWAPBACKED: u32 = 0x40;
export const PG_ANON_EXCLUSIVE: u32 = 0x80;
export const PG_RESERVED: u32 = 0x100;
export const PG_BUDDY: u32 = 0x200;
export const PG_SLAB: u32 = 0x400;
export const PG_TABLE: u32 = 0x800;
export const PG_UPTODATE: u32 = 0x1000;
/** In the swap cache; `priv` is the slot. */
export const PG_SWAPCACHE: u32 = 0x2000;
/** On the unevictable list, or about to be, because a mapping of the page is locked. */
export const PG_UNEVICTABLE: u32 = 0x4000;
/** The lruvec that the page is on: the bits PG_LRUVEC_MASK, shifted by PG_LRUVEC_SHIFT. */
export const PG_LRUVEC_SHIFT: u32 = 24;
export const PG_LRUVEC_MASK: u32 = 0x3f;

/** A pin counts as that many references. A page with that many may be pinned. */
export const PIN_BIAS: u32 = 1 << 20;
/** Most pins of ranges that may be held at once, over all address spaces. */
export const PIN_SLOTS: u32 = 512;

/** Page.mapping holds an address, which is a multiple of 4, and in its low bits (MAPPING_TAG) says of what. */
export const MAPPING_TAG: u32 = 3;
/** Tag: an anon_vma. A file has the tag 0. */
export const MAPPING_ANON: u32 = 1;
/** Tag: the KSM node of a merged page. It includes MAPPING_ANON, because merged pages are anonymous. */
export const MAPPING_KSM: u32 = 3;

export const ZONE_FRAMES: u32 = 0;
export const ZONE_ARENA: u32 = 1;
export const MAX_ORDER: u32 = 10;
/** Distance of the arena's struct pages. Each has a cache line of its own, because a page table's lock stands in it. */
export const ARENA_PAGE_STRIDE: u32 = 64;
/** Pages that a CPU fetches at once: 2^PCP_BATCH_ORDER, neighbours if the zone has such a block. */
export const PCP_BATCH_ORDER: u32 = 5;
export const PCP_BATCH: u32 = 32;
/**
 * Most pages that a CPU keeps at hand. It is as many as a round of faults and unmaps moves, so that the CPU seldom
 * needs the zone.
 */
export const PCP_HIGH: u32 = 1024;

/**
 * In the table of address spaces: a CPU is making an address space for this slot. Nobody finds it yet, and nobody else
 * uses the slot.
 */
export const SLOT_CLAIMED: u32 = 1;

// ---- slab caches ----------------------------------------------------------------------------

export const SLAB_MM: u32 = 0;
export const SLAB_VMA: u32 = 1;
export const SLAB_ANON_VMA: u32 = 2;
export const SLAB_AVC: u32 = 3;
export const SLAB_FILE: u32 = 4;
export const SLAB_RADIX: u32 = 5;
export const SLAB_KSM: u32 = 6;
export const SLAB_KSM_NODE: u32 = 7;
export const SLAB_KSM_ROOT: u32 = 8;
export const SLAB_CACHES: u32 = 9;
/** Objects of each cache that a CPU keeps at hand. */
export const MAGAZINE: u32 = 30;

/** Offsets inside a CPU's stride, behind struct Cpu. */
export const CPU_VMF: u32 = 1024;
export const CPU_VMG: u32 = 1152;
export const CPU_BATCH: u32 = 1536;
export const CPU_MOVES: u32 = 1664;
export const CPU_MAGAZINES: u32 = 2048;
export const CPU_HELD: u32 = 3328;
export const CPU_EVENTS: u32 = 4096;
/** Pages whose last mapping is gone and that are released together. */
export const CPU_GATHER: u32 = 8192;
export const GATHER: u32 = 1024;
/** The CPU's TLB: TLB_ENTRIES of struct TlbEntry. */
export const CPU_TLB: u32 = 12288;
export const TLB_ENTRIES_SHIFT: u32 = 7;
export const TLB_ENTRIES: u32 = 128;
/** Most pages of each CPU that wait to be put on an LRU list, and that wait to be moved to another. */
export const LRU_BATCH: u32 = 31;
/** Pages of an anon_vma that reclaim looks at together: SWAP_CLUSTER of struct RunPage. */
export const CPU_RUN: u32 = 15360;
/** Events that the checked build keeps of each CPU, at CPU_EVENTS: a power of two. */
export const EVENTS: u32 = 256;
/** Most locks that one CPU may hold at once, as the checked build counts them. */
export const MAX_HELD: u32 = 64;

// ---- VMA flags: Linux's numbers ---------------------------------------------------------------

export const VM_READ: u32 = 1;
export const VM_WRITE: u32 = 2;
export const VM_EXEC: u32 = 4;
export const VM_SHARED: u32 = 8;
export const VM_GROWSDOWN: u32 = 0x100;
/** An absent page is missing: someone supplies it, and the access waits for that. */
export const VM_UFFD_MISSING: u32 = 0x200;
export const VM_LOCKED: u32 = 0x2000;
export const VM_DONTCOPY: u32 = 0x20000;
export const VM_ACCOUNT: u32 = 0x100000;
export const VM_NORESERVE: u32 = 0x200000;
export const VM_WIPEONFORK: u32 = 0x2000000;
export const VM_MERGEABLE: u32 = 0x80000000;
export const VM_ACCESS: u32 = 7;

/** Per-VMA lock: a writer is inside or waits for the readers to leave. */
export const VMA_LOCK_OFFSET: u32 = 0x4000_0000;

// ---- system call arguments: Linux's numbers ----------------------------------------------------

export const PROT_READ: u32 = 1;
export const PROT_WRITE: u32 = 2;
export const PROT_EXEC: u32 = 4;
export const MAP_SHARED: u32 = 1;
export const MAP_PRIVATE: u32 = 2;
export const MAP_FIXED: u32 = 0x10;
export const MAP_ANONYMOUS: u32 = 0x20;
export const MAP_GROWSDOWN: u32 = 0x100;
export const MAP_NORESERVE: u32 = 0x4000;
export const MAP_FIXED_NOREPLACE: u32 = 0x100000;
export const MREMAP_MAYMOVE: u32 = 1;
export const MREMAP_FIXED: u32 = 2;
export const MREMAP_DONTUNMAP: u32 = 4;
export const MADV_NORMAL: u32 = 0;
export const MADV_WILLNEED: u32 = 3;
export const MADV_DONTNEED: u32 = 4;
export const MADV_FREE: u32 = 8;
export const MADV_DONTFORK: u32 = 10;
export const MADV_DOFORK: u32 = 11;
export const MADV_MERGEABLE: u32 = 12;
export const MADV_UNMERGEABLE: u32 = 13;
export const MADV_HUGEPAGE: u32 = 14;
export const MADV_NOHUGEPAGE: u32 = 15;
export const MADV_WIPEONFORK: u32 = 18;
export const MADV_KEEPONFORK: u32 = 19;
export const MADV_COLD: u32 = 20;
export const MADV_PAGEOUT: u32 = 21;

// ---- results ------------------------------------------------------------------------------------

export const ENOENT: i32 = 2;
export const ESRCH: i32 = 3;
export const ENOMEM: i32 = 12;
export const EFAULT: i32 = 14;
export const EEXIST: i32 = 17;
export const EINVAL: i32 = 22;
export const EAGAIN: i32 = 11;
/** No errno of Linux: a page is missing, and the CPU that asks for it cannot wait. The operation may be made again. */
export const EMISSING: i32 = 512;
/** A signal is returned as -(SIGNAL_BASE + its number). */
export const SIGNAL_BASE: i32 = 1000;
export const SIGBUS: i32 = 7;
export const SIGSEGV: i32 = 11;

/** How a fault ended. Hosts never see these. */
export const FAULT_DONE: i32 = 0;
export const FAULT_RETRY: i32 = 1;
export const FAULT_OOM: i32 = 2;
export const FAULT_SEGV: i32 = 3;
export const FAULT_BUS: i32 = 4;
/** The per-VMA lock is not enough here: try again with the mmap lock. */
export const FAULT_NEEDS_MMAP: i32 = 5;
/** The page is missing: see mm/missing.ts. */
export const FAULT_MISSING: i32 = 6;

/** An access from the host found the engine stopped: see mm/direct.ts. */
export const STOPPED: i32 = 1;

/**
 * What was refused: in OpRecord.aux of an operation that ended with -ENOMEM or -EAGAIN, and in Ctl.refusal. 0: nothing
 * was refused, a rule forbids it.
 */
export const REFUSED_FRAME: u32 = 1;
export const REFUSED_TABLE: u32 = 2;
export const REFUSED_OBJECT: u32 = 3;
/** Ctl.endsAtRefusal: the run ends at an access that finds no memory, or at any operation that finds none. */
export const ENDS_AT_ACCESS: u32 = 1;
export const ENDS_AT_ANY: u32 = 2;

// ---- operations -----------------------------------------------------------------------------------

/** Does nothing. With aux 1 the CPU lets go of the pages in its LRU batch. */
export const OP_NOP: u32 = 0;
export const OP_WAIT: u32 = 1;
export const OP_SPAWN: u32 = 2;
export const OP_FORK: u32 = 3;
export const OP_EXEC: u32 = 4;
export const OP_EXIT: u32 = 5;
export const OP_MMAP: u32 = 6;
export const OP_MUNMAP: u32 = 7;
export const OP_MPROTECT: u32 = 8;
export const OP_MREMAP: u32 = 9;
export const OP_MADVISE: u32 = 10;
export const OP_BRK: u32 = 11;
export const OP_READ: u32 = 12;
export const OP_WRITE: u32 = 13;
export const OP_TOUCH: u32 = 14;
export const OP_FILE: u32 = 15;
export const OP_RMAP: u32 = 16;
export const OP_CHECK: u32 = 17;
export const OP_KSM: u32 = 18;
export const OP_RECLAIM: u32 = 19;
export const OP_SWAPOFF: u32 = 20;
export const OP_KSWAPD: u32 = 21;
export const OP_MLOCK: u32 = 22;
export const OP_MUNLOCK: u32 = 23;
export const OP_MIGRATE: u32 = 24;
export const OP_PIN: u32 = 25;
export const OP_UNPIN: u32 = 26;
/** Looks at every frame in use, as an idle-page scanner does. aux: SCAN_* bits; a: how often. */
export const OP_SCAN: u32 = 27;
export const OP_HASH: u32 = 28;
export const OP_COMPACT: u32 = 29;
export const OP_WRITEBACK: u32 = 30;
export const OP_FLUSHER: u32 = 31;
/**
 * Stores b through the pin of the struct page a, or with 0 through the one that this CPU took last, as a device does.
 */
export const OP_DEVICE: u32 = 32;
/** Reads at a, then aux pages (signed) further. Checked build: if the first read finds b, the second must find c. */
export const OP_SEEN: u32 = 33;
/** Checked build: the a-th allocation of this CPU from here on is refused; with 0, none. */
export const OP_FAIL: u32 = 34;
/** Writes this CPU's counters of faults over the record, 32 bits of each: see tally in ops.ts. */
export const OP_TALLY: u32 = 35;
/** `a` accesses, which stand in the next `aux` places of the ring: see mm/many.ts. */
export const OP_MANY: u32 = 36;
/** Which pages changed, from the address a on; aux: DIRTY_*. See mm/dirty.ts. */
export const OP_DIRTY: u32 = 37;
/** Registers b bytes at a: absent pages there are missing from now on. With aux 0 they are no longer. */
export const OP_REGISTER: u32 = 38;
/** Supplies the missing page at a: see mm/missing.ts. aux: SUPPLY_*. */
export const OP_SUPPLY: u32 = 39;
export const OP_COUNT: u32 = 40;

/** OP_DIRTY: only looks; also begins a new period; begins the first period; ends the tracking. */
export const DIRTY_LOOK: u32 = 0;
export const DIRTY_COLLECT: u32 = 1;
export const DIRTY_BEGIN: u32 = 2;
export const DIRTY_END: u32 = 3;

/**
 * OP_SUPPLY: a page whose first word is b; a page with the content that the host has put behind the frames'. With 0 it
 * is the zero page. The numbers are those of Vmf.store.
 */
export const SUPPLY_WORD: u32 = 1;
export const SUPPLY_STAGED: u32 = 3;

/** What an access of OP_MANY does. LOOK accesses a page as a load does, and TOUCH as a store. */
export const MANY_READ: u32 = 0;
export const MANY_WRITE: u32 = 1;
export const MANY_LOOK: u32 = 2;
export const MANY_TOUCH: u32 = 3;
/** Bytes of one access of OP_MANY. */
export const MANY_BYTES: u32 = 21;

export const OPF_PUBLISH: u32 = 1;
export const OPF_EXEC: u32 = 2;
/** OP_FILE: drop the file and its page cache. */
export const OPF_DROP: u32 = 4;
/** Checked build, OP_READ and OP_UNPIN: the value read must be `b` or `c`. */
export const OPF_EXPECT: u32 = 8;
/** Checked build: delay points do nothing in this operation. */
export const OPF_STEADY: u32 = 16;
/** OP_PIN, OP_UNPIN: a range of b pages, which is found again by address space and address. */
export const OPF_RANGE: u32 = 32;

/** OP_SCAN: takes neither a reference nor the page lock. Safe where an anon_vma has its lock in itself, as in 2008. */
export const SCAN_UNHELD: u32 = 1;
/** OP_SCAN: takes a reference, but not the page lock, as Linux looked at anonymous pages before 6.19. */
export const SCAN_UNLOCKED: u32 = 2;

/** MMAP's aux: the flags stand above the protection. */
export const MMAP_FLAGS_SHIFT: u32 = 8;
/** MMAP's c: the file slot stands above the page offset. */
export const MMAP_FILE_SHIFT: u32 = 40;
/** MREMAP's aux: the new length in pages stands above the flags. */
export const MREMAP_LEN_SHIFT: u32 = 4;

// ---- content ----------------------------------------------------------------------------------------

export const CONTENT_NONE: u32 = 0;
export const CONTENT_WORD: u32 = 1;
export const CONTENT_FULL: u32 = 2;

// ---- stop word and panics -----------------------------------------------------------------------------

export const STOP_RUN: u32 = 0;
export const STOP_ASKED: u32 = 1;
export const STOP_PANIC: u32 = 2;

export const PANIC_TRAP: u32 = 1;
export const PANIC_LOCK_ORDER: u32 = 2;
export const PANIC_LOCK_BALANCE: u32 = 3;
export const PANIC_LOCK_LEAK: u32 = 4;
export const PANIC_DOUBLE_FREE: u32 = 5;
export const PANIC_USE_AFTER_FREE: u32 = 6;
export const PANIC_REFCOUNT: u32 = 7;
export const PANIC_MAPCOUNT: u32 = 8;
export const PANIC_BAD_PAGE: u32 = 9;
export const PANIC_BAD_PTE: u32 = 10;
export const PANIC_BAD_VMA: u32 = 11;
export const PANIC_TREE: u32 = 12;
export const PANIC_LRU: u32 = 13;
export const PANIC_SWAP: u32 = 14;
/** A read returned a value that was never written there. */
export const PANIC_CONTENT: u32 = 15;
/** A CPU that may not sleep has spun for as long as the host allows. */
export const PANIC_SPUN: u32 = 16;
export const PANIC_I1: u32 = 101;
export const PANIC_I2: u32 = 102;
export const PANIC_I3: u32 = 103;
export const PANIC_I4: u32 = 104;
export const PANIC_I5: u32 = 105;
export const PANIC_I6: u32 = 106;
export const PANIC_I7: u32 = 107;
export const PANIC_I8: u32 = 108;
export const PANIC_I9: u32 = 109;
export const PANIC_I10: u32 = 110;
export const PANIC_I11: u32 = 111;
export const PANIC_I12: u32 = 112;
export const PANIC_I13: u32 = 113;
export const PANIC_I14: u32 = 114;

// ---- what the checked build notes -----------------------------------------------------------------------

/** The life of an anon_vma, in the shadow word of its slab slot. */
export const SHADOW_MAKING: u32 = 1;
export const SHADOW_PUBLISHED: u32 = 2;

/**
 * Events; above eight bits a stress build has the number of the place in the code. OP. a: the operation, and above
 * 16 bits its address space; b: the record's index.
 */
export const EVENT_OP: u32 = 1;
/** a: the lock, b: its class. */
export const EVENT_LOCK: u32 = 2;
export const EVENT_UNLOCK: u32 = 3;
/** a: the site. */
export const EVENT_DELAY: u32 = 4;
/** a: the object, b: its slab cache. */
export const EVENT_ALLOC: u32 = 5;
export const EVENT_FREE: u32 = 6;
/**
 * a: the anon_vma. MADE: its constructor has ended. PUBLISH: others can find it. CHANGE: its tree changes (b: the lock
 * is held). WALK: its tree is walked.
 */
export const EVENT_MADE: u32 = 7;
export const EVENT_PUBLISH: u32 = 8;
export const EVENT_CHANGE: u32 = 9;
export const EVENT_WALK: u32 = 10;
/** a: the page, b: its new mapping word. */
export const EVENT_MAPPING: u32 = 11;
/** a: the page table entry that changes, b: what it becomes, packed: see overlays/stress/arch/entry.ts. */
export const EVENT_ENTRY: u32 = 12;
/** HIT: an access goes through the TLB (a: its page). FLUSH: a CPU's TLB is emptied (a: the CPU). */
export const EVENT_TLB_HIT: u32 = 13;
export const EVENT_TLB_FLUSH: u32 = 14;
/** a: the swap slot, b: its new word. */
export const EVENT_SWAP: u32 = 15;

// ---- what a CPU notes for the host's program ------------------------------------------------------------

/**
 * Each is the number of its counter of struct Cpu, from statFaultAnon on. A fault mapped a new page, copied one, mapped
 * one of a file, mapped the zero page, or reused one. A page was written to its slot, or read from it.
 */
export const NOTICE_ANON: u32 = 0;
export const NOTICE_COPY: u32 = 1;
export const NOTICE_FILE: u32 = 2;
export const NOTICE_ZERO: u32 = 3;
export const NOTICE_REUSE: u32 = 5;
export const NOTICE_SWAP_OUT: u32 = 30;
export const NOTICE_SWAP_IN: u32 = 31;
/** Reclaim has unmapped a page. Nothing counts that. */
export const NOTICE_UNMAP: u32 = 32;

// ---- delay points ---------------------------------------------------------------------------------------
//
// Where the checked build may dawdle, named by what has just happened there. The numbers are free, with one
// meaning: in half of its moods a CPU dawdles only at the sites whose `site & 7` is that mood's. Sites whose
// numbers differ by a multiple of 8 are therefore slow together, and two that should be slow one without the
// other get numbers that differ in the low three bits. A variant names points of its own in its own layout.ts.

/** A lookup without locks found a VMA, and has not locked it yet. */
export const DELAY_VMA_FOUND: u32 = 1;
/** A VMA's anonVma is set, and the VMA is not linked to it yet. */
export const DELAY_ANON_VMA_SET: u32 = 2;
/** A walk read a page's anon_vma, and has not locked it yet. */
export const DELAY_ANON_VMA_FOUND: u32 = 3;
/** mremap moved the entries of one table, and dropped the tables' locks. */
export const DELAY_TABLE_MOVED: u32 = 4;
/** A copy-on-write fault copied the page, and has not changed the entry yet. */
export const DELAY_PAGE_COPIED: u32 = 5;
/** KSM made a page read-only, and has not compared it yet. */
export const DELAY_PAGE_PROTECTED: u32 = 6;
/** A scanner of frames took a reference to a page, and has not looked at the page yet. */
export const DELAY_FRAME_HELD: u32 = 7;
/** The checked build noted the beginning of a change that is made without a lock. */
export const DELAY_CHANGE_BEGUN: u32 = 8;
/** A change without a lock is made, and its end is not noted yet. */
export const DELAY_CHANGE_MADE: u32 = 9;
/** An access found its entry in the TLB, and has not touched the page yet. */
export const DELAY_TLB_HIT: u32 = 11;
/** munmap cleared the entries of one table, and dropped the table's lock. */
export const DELAY_TABLE_ZAPPED: u32 = 12;
/** Writeback cleared a page's dirty flag, and has not cleaned the entries yet. */
export const DELAY_DIRTY_CLEARED: u32 = 13;
/** Writeback cleaned a page's entries, and has not copied the content yet. */
export const DELAY_ENTRIES_CLEANED: u32 = 14;
/** A fault read how often pages were supplied, and has not looked at its entry again. */
export const DELAY_PAGE_MISSED: u32 = 15;

// ---- lock classes, outermost first; the order is drawn in rmap/anon_vma.ts ------------------------------

export const LOCK_KSM: u32 = 0;
export const LOCK_MMAP: u32 = 1;
export const LOCK_PAGE: u32 = 2;
export const LOCK_I_MMAP: u32 = 3;
export const LOCK_ANON_VMA: u32 = 4;
export const LOCK_TABLES: u32 = 5;
export const LOCK_PTE: u32 = 6;
export const LOCK_SWAP: u32 = 7;
export const LOCK_I_PAGES: u32 = 8;
export const LOCK_LRU: u32 = 9;
export const LOCK_SLAB: u32 = 10;
export const LOCK_ZONE: u32 = 11;
export const LOCK_KSM_LIST: u32 = 12;
export const LOCK_BLOCKS: u32 = 13;
export const LOCK_PINS: u32 = 14;

/** LRU lists, in each CPU's set. */
export const LRU_INACTIVE_ANON: u32 = 0;
export const LRU_ACTIVE_ANON: u32 = 1;
export const LRU_INACTIVE_FILE: u32 = 2;
export const LRU_ACTIVE_FILE: u32 = 3;
export const LRU_UNEVICTABLE: u32 = 4;
/** Pages that reclaim takes off a list at once, and that it wants to free. */
export const SWAP_CLUSTER: u32 = 32;
/** A scan looks at 1/2^12 of each list first, and doubles its share each round. */
export const DEF_PRIORITY: u32 = 12;

/** Most mappings of one merged page before KSM makes another of the same content. */
export const KSM_MAX_SHARING: u32 = 256;

/** RCU: the first epoch, and the step to the next. Epochs are odd, so that none is EPOCH_IDLE. */
export const EPOCH_FIRST: u32 = 1;
export const EPOCH_STEP: u32 = 2;
/** Instead of an epoch: the CPU is in no RCU section. */
export const EPOCH_IDLE: u32 = 0;
