/* Address spaces: VMAs in a balanced tree that is read without locks, the per-VMA lock, page tables of four levels. */
#pragma once
#include "slab.h"
#include "tree.h"

#define VM_WRITE 2u
#define VM_ACCESS 7u
#define VM_SHARED 8u
#define VM_GROWSDOWN 0x100u
#define VM_LOCKED 0x2000u
#define VM_DONTCOPY 0x20000u
#define VM_WIPEONFORK 0x2000000u
#define VMA_LOCK_OFFSET 0x40000000u
#define TASK_SIZE 0x7ffffffff000ull

struct anon_vma;
struct avc;

struct vma {
  struct object link; /* of the free list: the fields below keep their values for readers without a lock */
  u64 start, end, pgoff;
  struct node node;
  u64 gap, subtree_gap;
  struct mm *mm;
  struct vma *next, *prev;
  void *file;
  u32 flags;
  u32 lock_seq;
  struct anon_vma *anon_vma;
  struct avc *avc_first, *avc_last;
  u32 refcnt __attribute__((aligned(64)));
} __attribute__((aligned(64)));

struct mm {
  struct object link;
  struct node *root;
  struct vma *first;
  u64 *pgd;
  u32 map_count, tables;
  u32 mmap_lock __attribute__((aligned(64)));
  u32 page_table_lock;
  u32 lock_seq; /* odd while the mmap lock is held for writing */
} __attribute__((aligned(64)));

static inline struct vma *vma_of(struct node *n) { return container_of(n, struct vma, node); }
static inline u64 vma_pages(const struct vma *vma) { return (vma->end - vma->start) >> PAGE_SHIFT; }

/* ---- locks -------------------------------------------------------------------------------------------- */
static void mmap_write_lock(struct mm *mm) {
  down_write(&mm->mmap_lock);
  __atomic_store_n(&mm->lock_seq, mm->lock_seq + 1, __ATOMIC_SEQ_CST);
}
static void mmap_write_unlock(struct mm *mm) {
  smp_store_release(&mm->lock_seq, mm->lock_seq + 1);
  up_write(&mm->mmap_lock);
}

static inline void vma_end_read(struct vma *vma) { __atomic_fetch_sub(&vma->refcnt, 1, __ATOMIC_RELEASE); }

static inline bool vma_try_read(struct mm *mm, struct vma *vma) {
  if (READ_ONCE(vma->lock_seq) == READ_ONCE(mm->lock_seq)) return false;
  u32 seen = READ_ONCE(vma->refcnt);
  do
    if (seen == 0 || seen >= VMA_LOCK_OFFSET) return false;
  while (!__atomic_compare_exchange_n(&vma->refcnt, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  if (unlikely(READ_ONCE(vma->lock_seq) == smp_load_acquire(&mm->lock_seq))) {
    vma_end_read(vma);
    return false;
  }
  return true;
}

static void wait_for_readers(struct vma *vma, u32 alone) {
  for (u32 turn = 0; smp_load_acquire(&vma->refcnt) != alone; turn++) cpu_relax(turn);
}

static void vma_start_write(struct vma *vma) {
  u32 seq = vma->mm->lock_seq;
  if (vma->lock_seq == seq) return;
  if (READ_ONCE(vma->refcnt) == 0) {
    WRITE_ONCE(vma->lock_seq, seq);
    return;
  }
  atomic_add(&vma->refcnt, VMA_LOCK_OFFSET);
  wait_for_readers(vma, VMA_LOCK_OFFSET + 1);
  WRITE_ONCE(vma->lock_seq, seq);
  atomic_sub(&vma->refcnt, VMA_LOCK_OFFSET);
}

static void vma_mark_detached(struct vma *vma) {
  atomic_add(&vma->refcnt, VMA_LOCK_OFFSET - 1);
  wait_for_readers(vma, VMA_LOCK_OFFSET);
  smp_store_release(&vma->refcnt, 0);
}

/* ---- the tree ------------------------------------------------------------------------------------------ */
static inline bool gap_update(struct node *n) {
  struct vma *vma = vma_of(n);
  u64 gap = vma->gap;
  if (n->left && vma_of(n->left)->subtree_gap > gap) gap = vma_of(n->left)->subtree_gap;
  if (n->right && vma_of(n->right)->subtree_gap > gap) gap = vma_of(n->right)->subtree_gap;
  if (vma->subtree_gap == gap) return false;
  vma->subtree_gap = gap;
  return true;
}

static inline struct vma *find_vma_lockless(struct mm *mm, u64 address) {
  struct node *n = READ_ONCE(mm->root);
  for (u32 steps = 0; n && steps < 62; steps++) {
    struct vma *vma = vma_of(n);
    if (READ_ONCE(vma->end) > address) {
      if (READ_ONCE(vma->start) <= address) return vma;
      n = READ_ONCE(n->left);
    } else {
      n = READ_ONCE(n->right);
    }
  }
  return NULL;
}

static struct vma *find_vma(struct mm *mm, u64 address) {
  struct vma *best = NULL;
  for (struct node *n = mm->root; n;) {
    struct vma *vma = vma_of(n);
    if (vma->end > address) {
      best = vma;
      if (vma->start <= address) break;
      n = n->left;
    } else {
      n = n->right;
    }
  }
  return best;
}

/* The VMA over an address with its lock taken for reading, or NULL: take the mmap lock. */
static inline struct vma *lock_vma_under_rcu(struct mm *mm, u64 address) {
  struct vma *vma = find_vma_lockless(mm, address);
  if (unlikely(!vma || !vma_try_read(mm, vma))) return NULL;
  if (unlikely(READ_ONCE(vma->mm) != mm || address < vma->start || address >= vma->end)) {
    vma_end_read(vma);
    return NULL;
  }
  return vma;
}

static void gap_below_changed(struct vma *vma) {
  if (!vma) return;
  u64 gap = vma->start - (vma->prev ? vma->prev->end : 0);
  if (gap == vma->gap) return;
  vma->gap = gap;
  rb_propagate(&vma->node, gap_update);
}

static void vma_tree_insert(struct mm *mm, struct vma *vma) {
  struct node *parent = NULL;
  bool left = false;
  for (struct node *at = mm->root; at; at = left ? at->left : at->right) {
    parent = at;
    left = vma->start < vma_of(at)->start;
  }
  struct vma *prev = !parent ? NULL : left ? vma_of(parent)->prev : vma_of(parent);
  struct vma *next = !parent ? NULL : left ? vma_of(parent) : vma_of(parent)->next;
  vma->prev = prev;
  vma->next = next;
  if (prev) prev->next = vma;
  else mm->first = vma;
  if (next) next->prev = vma;
  vma->gap = vma->start - (prev ? prev->end : 0);
  rb_insert(&mm->root, &vma->node, parent, left, gap_update);
  gap_below_changed(next);
  mm->map_count++;
}

static void vma_tree_remove(struct mm *mm, struct vma *vma) {
  rb_erase(&mm->root, &vma->node, gap_update);
  if (vma->prev) vma->prev->next = vma->next;
  else mm->first = vma->next;
  if (vma->next) vma->next->prev = vma->prev;
  gap_below_changed(vma->next);
  mm->map_count--;
}

static struct vma *vma_alloc(struct cpu *cpu, struct mm *mm) {
  struct vma *vma = slab_alloc(cpu, SLAB_VMA);
  WRITE_ONCE(vma->mm, mm);
  WRITE_ONCE(vma->lock_seq, ~0u);
  vma->flags = 0;
  vma->file = NULL;
  vma->anon_vma = NULL;
  vma->avc_first = vma->avc_last = NULL;
  vma->gap = vma->subtree_gap = 0;
  return vma;
}

static struct vma *vma_dup(struct cpu *cpu, struct mm *mm, struct vma *from) {
  struct vma *vma = vma_alloc(cpu, mm);
  vma->start = from->start;
  vma->end = from->end;
  vma->pgoff = from->pgoff;
  vma->flags = from->flags;
  vma->file = from->file;
  vma->anon_vma = from->anon_vma;
  return vma;
}

static void vma_insert(struct mm *mm, struct vma *vma) {
  vma_start_write(vma);
  vma_tree_insert(mm, vma);
  smp_store_release(&vma->refcnt, 1);
}

/* ---- page tables --------------------------------------------------------------------------------------- */
/* An upper entry: the table's number in the arena, shifted, and the present bit. From it come the table and its struct page. */
#define PTE_PRESENT 1ull
#define PTE_WRITE 2ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY 0x40ull
#define PTE_ZERO 0x200ull
#define PTE_SWAP 2ull
#define PTE_MIGRATION 4ull
#define PTE_SWP_EXCLUSIVE 0x10ull

static inline u64 *table_of(u64 entry) { return (u64 *)(arena_base + (entry & ~(PAGE_SIZE - 1))); }
static inline struct page *table_page(u64 entry) { return arena_map + (entry >> PAGE_SHIFT); }
static inline u64 *entry_at(u64 *table, u64 address, u32 level) { return table + ((address >> (PAGE_SHIFT + 9 * level)) & 511); }
static inline u64 *pte_at(u64 leaf, u64 address) { return entry_at(table_of(leaf), address, 0); }
static inline u32 *ptl_of(u64 leaf) { return (u32 *)&table_page(leaf)->priv; }
static inline u64 leaf_end(u64 address) { return (address & ~((PAGE_SIZE << 9) - 1)) + (PAGE_SIZE << 9); }

static inline struct page *pte_page(u64 pte) { return pfn_to_page(pte >> PAGE_SHIFT); }
static inline u64 mk_pte(const struct page *page, u64 bits) { return page_to_pfn(page) << PAGE_SHIFT | PTE_PRESENT | PTE_ACCESSED | bits; }
static inline bool pte_is_swap(u64 pte) { return (pte & (PTE_PRESENT | PTE_SWAP)) == PTE_SWAP; }
static inline bool pte_is_migration(u64 pte) { return (pte & (PTE_PRESENT | PTE_MIGRATION)) == PTE_MIGRATION; }
static inline u64 pte_slot(u64 pte) { return pte >> PAGE_SHIFT; }

static __attribute__((noinline)) u64 table_install(struct cpu *cpu, struct mm *mm, u64 *at) {
  struct page *page = table_alloc(cpu);
  if (!page) die("out of page tables");
  spin_lock(&mm->page_table_lock);
  u64 entry = *at;
  bool lost = entry != 0;
  if (!lost) {
    entry = (u64)(page - arena_map) << PAGE_SHIFT | PTE_PRESENT;
    mm->tables++;
    smp_store_release(at, entry);
  }
  spin_unlock(&mm->page_table_lock);
  if (lost) table_free(cpu, page);
  return entry;
}

static inline u64 leaf_alloc(struct cpu *cpu, struct mm *mm, u64 address) {
  u64 *table = mm->pgd, entry = 0;
  for (u32 level = 3; level >= 1; level--) {
    u64 *at = entry_at(table, address, level);
    entry = READ_ONCE(*at);
    if (unlikely(!entry)) entry = table_install(cpu, mm, at);
    table = table_of(entry);
  }
  return entry;
}

static inline u64 leaf_of(struct mm *mm, u64 address) {
  u64 entry = READ_ONCE(*entry_at(mm->pgd, address, 3));
  if (!entry) return 0;
  entry = READ_ONCE(*entry_at(table_of(entry), address, 2));
  if (!entry) return 0;
  return READ_ONCE(*entry_at(table_of(entry), address, 1));
}

static u64 next_leaf(struct mm *mm, u64 address, u64 end) {
  while (address < end) {
    u32 level = 3;
    u64 entry = READ_ONCE(*entry_at(mm->pgd, address, 3));
    while (entry && level > 1) entry = READ_ONCE(*entry_at(table_of(entry), address, --level));
    if (entry) return address;
    u64 span = PAGE_SIZE << (9 * level);
    address = (address & ~(span - 1)) + span;
  }
  return end;
}

static void tables_free(struct cpu *cpu, struct mm *mm, u64 *table, u32 level, u64 base, u64 start, u64 end, u64 floor, u64 ceiling) {
  u64 span = PAGE_SIZE << (9 * level);
  for (u64 i = start > base ? (start - base) / span : 0; i < 512; i++) {
    u64 low = base + i * span;
    if (low >= end) return;
    u64 entry = table[i];
    if (!entry) continue;
    if (level > 1) tables_free(cpu, mm, table_of(entry), level - 1, low, start, end, floor, ceiling);
    if (low < floor || low + span > ceiling) continue;
    smp_store_release(&table[i], 0);
    spin_lock(&mm->page_table_lock);
    mm->tables--;
    spin_unlock(&mm->page_table_lock);
    table_free(cpu, table_page(entry));
  }
}
