/* Swap area and swap cache; reclaim: isolation, referenced, unmapping. */
#pragma once
#include "rmap.h"

#define SWAP_CLUSTER 32u
#define SWAP_FREE 0x80000000u

static struct {
  u32 lock;
  u32 first_free; /* plus one */
  u32 slots, free;
  u32 *map; /* entries that name the slot, or SWAP_FREE | the next free one plus one */
  struct page **cached;
  u64 *content;
} swap __attribute__((aligned(64)));

static void swap_init(u32 slots) {
  swap.slots = swap.free = slots;
  swap.map = calloc(slots, sizeof *swap.map);
  swap.cached = calloc(slots, sizeof *swap.cached);
  swap.content = calloc(slots, sizeof *swap.content);
  for (u32 slot = 0; slot < slots; slot++) swap.map[slot] = SWAP_FREE | (slot + 1 < slots ? slot + 2 : 0);
  swap.first_free = 1;
}

static void swap_give_locked(u64 slot) {
  swap.map[slot] = SWAP_FREE | swap.first_free;
  swap.first_free = (u32)slot + 1;
  swap.free++;
}

static void swap_attach_locked(struct page *page, u64 slot) {
  atomic_add(&page->refcount, 1);
  page->priv = slot;
  atomic_or(&page->flags, PG_SWAPCACHE);
  swap.cached[slot] = page;
}

static void swap_detach_locked(struct page *page) {
  swap.cached[page->priv] = NULL;
  if (swap.map[page->priv] == 0) swap_give_locked(page->priv);
  atomic_and(&page->flags, ~PG_SWAPCACHE);
}

static bool swap_cache_add(struct page *page) {
  spin_lock(&swap.lock);
  u32 first = swap.first_free;
  if (first) {
    swap.first_free = swap.map[first - 1] & ~SWAP_FREE;
    swap.map[first - 1] = 0;
    swap.free--;
    swap_attach_locked(page, first - 1);
  }
  spin_unlock(&swap.lock);
  return first != 0;
}

static void swap_dup(u64 slot) {
  spin_lock(&swap.lock);
  swap.map[slot]++;
  spin_unlock(&swap.lock);
}

/* One entry less names the slot of a locked page. */
static void swap_put_of_page(struct cpu *cpu, struct page *page) {
  spin_lock(&swap.lock);
  bool last = --swap.map[page->priv] == 0;
  if (last) swap_detach_locked(page);
  spin_unlock(&swap.lock);
  if (!last) return;
  atomic_or(&page->flags, PG_DIRTY);
  put_page(cpu, page);
}

static void swap_try_remove(struct cpu *cpu, struct page *page) {
  spin_lock(&swap.lock);
  bool unused = swap.map[page->priv] == 0;
  if (unused) swap_detach_locked(page);
  spin_unlock(&swap.lock);
  if (!unused) return;
  atomic_or(&page->flags, PG_DIRTY);
  put_page(cpu, page);
}

/* An entry that named the slot is gone. */
static void swap_put(struct cpu *cpu, u64 slot) {
  spin_lock(&swap.lock);
  struct page *page = NULL;
  if (--swap.map[slot] == 0) {
    page = swap.cached[slot];
    if (page) atomic_add(&page->refcount, 1);
    else swap_give_locked(slot);
  }
  spin_unlock(&swap.lock);
  if (!page) return;
  if (page_trylock(page)) {
    if ((page->flags & PG_SWAPCACHE) && page->priv == slot) swap_try_remove(cpu, page);
    page_unlock(page);
  }
  put_page(cpu, page);
}

/* The slot's page from the cache, with a reference, or NULL and `fresh`, if any, is in the cache now. */
static struct page *swap_cache_get_or(u64 slot, struct page *fresh) {
  spin_lock(&swap.lock);
  struct page *found = swap.cached[slot];
  if (found) atomic_add(&found->refcount, 1);
  else if (fresh) swap_attach_locked(fresh, slot);
  spin_unlock(&swap.lock);
  return found;
}

static struct page *swap_page_get(struct cpu *cpu, u64 slot) {
  struct page *found = swap_cache_get_or(slot, NULL);
  if (found) return found;
  struct page *page = frame_alloc(cpu, 2);
  if (!page) return NULL;
  page->flags = PG_SWAPBACKED | PG_UPTODATE | PG_LOCKED;
  found = swap_cache_get_or(slot, page);
  if (found) {
    page->flags = 0;
    if (atomic_sub(&page->refcount, 2) == 2) frame_free(cpu, page);
    return found;
  }
  *content_of(page) = swap.content[slot];
  page_unlock(page);
  lru_add(cpu, page);
  cpu->stat_swap_in++;
  return page;
}

/* ---- reclaim ---------------------------------------------------------------------------------------------- */
/* Takes pages off the cold end of a list into the gather list, each with a reference. */
static u32 isolate_pages(struct cpu *cpu, struct lruvec *lruvec, u32 which) {
  struct list *list = &lruvec->lists[which];
  u32 taken = 0;
  spin_lock(&lruvec->lock);
  for (u32 looked = 0; looked < 2 * SWAP_CLUSTER && taken < SWAP_CLUSTER && list->tail; looked++) {
    struct page *page = list->tail;
    list_del(list, page);
    if (inc_not_zero(&page->refcount)) {
      atomic_and(&page->flags, ~(PG_LRU | PG_LRUVEC_MASK << PG_LRUVEC_SHIFT));
      cpu->gather[taken++] = page;
    } else {
      list_add(list, page);
    }
  }
  spin_unlock(&lruvec->lock);
  return taken;
}

static void putback_page(struct cpu *cpu, struct lruvec *lruvec, struct page *page) {
  spin_lock(&lruvec->lock);
  lru_add_locked(lruvec, page);
  spin_unlock(&lruvec->lock);
  put_page(cpu, page);
}

#define LOCKED_IN_MEMORY ~0u

static inline bool referenced_one(struct cpu *cpu, struct page *page, struct vma *vma, u64 address) {
  u64 leaf = lock_if_mapped(page, vma, address);
  if (!leaf) return true;
  if (unlikely(vma->flags & VM_LOCKED)) {
    spin_unlock(ptl_of(leaf));
    cpu->referenced = LOCKED_IN_MEMORY;
    return false;
  }
  u64 *pte = pte_at(leaf, address);
  if (*pte & PTE_ACCESSED) {
    WRITE_ONCE(*pte, *pte & ~PTE_ACCESSED);
    cpu->referenced++;
  }
  spin_unlock(ptl_of(leaf));
  cpu->stat_found++;
  return true;
}

static u32 page_referenced(struct cpu *cpu, struct page *page) {
  cpu->referenced = 0;
  rmap_walk(cpu, page, referenced_one);
  return cpu->referenced;
}

static inline bool unmap_one(struct cpu *cpu, struct page *page, struct vma *vma, u64 address) {
  u64 leaf = lock_if_mapped(page, vma, address);
  if (!leaf) return true;
  if (unlikely(vma->flags & VM_LOCKED)) {
    spin_unlock(ptl_of(leaf));
    return false;
  }
  u64 *at = pte_at(leaf, address), pte = *at;
  if (pte & PTE_DIRTY) atomic_or(&page->flags, PG_DIRTY);
  bool exclusive = READ_ONCE(page->flags) & PG_EXCLUSIVE;
  if (exclusive) {
    /* The exchange is a full barrier: the count is read after the entry is gone. */
    __atomic_exchange_n(at, 0, __ATOMIC_SEQ_CST);
    if (READ_ONCE(page->refcount) >= PIN_BIAS) {
      WRITE_ONCE(*at, pte);
      spin_unlock(ptl_of(leaf));
      return false;
    }
    atomic_and(&page->flags, ~PG_EXCLUSIVE);
  }
  swap_dup(page->priv);
  WRITE_ONCE(*at, page->priv << PAGE_SHIFT | PTE_SWAP | (exclusive ? PTE_SWP_EXCLUSIVE : 0));
  atomic_sub(&page->mapcount, 1);
  spin_unlock(ptl_of(leaf));
  cpu->stat_found++;
  put_page(cpu, page);
  return true;
}

static void try_to_unmap(struct cpu *cpu, struct page *page) { rmap_walk(cpu, page, unmap_one); }

/* Frees one isolated anonymous page if nobody used it lately. */
static bool shrink_one(struct cpu *cpu, struct page *page) {
  if (!page_trylock(page)) return false;
  if (READ_ONCE(page->mapcount)) {
    u32 used = page_referenced(cpu, page);
    if (used) {
      if (used == LOCKED_IN_MEMORY) atomic_or(&page->flags, PG_UNEVICTABLE);
      else if (used > 1 || (READ_ONCE(page->flags) & PG_REFERENCED)) atomic_or(&page->flags, PG_ACTIVE);
      else atomic_or(&page->flags, PG_REFERENCED);
      page_unlock(page);
      return false;
    }
    atomic_and(&page->flags, ~PG_REFERENCED);
    if (!(READ_ONCE(page->flags) & PG_SWAPCACHE)) {
      if (!swap_cache_add(page)) {
        page_unlock(page);
        return false;
      }
      atomic_or(&page->flags, PG_DIRTY);
    }
    try_to_unmap(cpu, page);
  }
  bool gone = !READ_ONCE(page->mapcount);
  if (gone && (READ_ONCE(page->flags) & PG_DIRTY) && (READ_ONCE(page->flags) & PG_SWAPCACHE)) {
    atomic_and(&page->flags, ~PG_DIRTY);
    swap.content[page->priv] = *content_of(page);
    cpu->stat_swap_out++;
  }
  if (gone && (READ_ONCE(page->flags) & PG_SWAPCACHE)) {
    spin_lock(&swap.lock);
    u32 two = 2;
    gone = try_cmpxchg(&page->refcount, &two, 0);
    if (gone && (READ_ONCE(page->flags) & PG_DIRTY)) {
      WRITE_ONCE(page->refcount, 2);
      gone = false;
    }
    if (gone) swap_detach_locked(page);
    spin_unlock(&swap.lock);
  } else if (gone) {
    u32 one = 1;
    gone = try_cmpxchg(&page->refcount, &one, 0);
  }
  page_unlock(page);
  if (gone) frame_free(cpu, page);
  return gone;
}

static u32 shrink_active(struct cpu *cpu, struct lruvec *lruvec) {
  u32 taken = isolate_pages(cpu, lruvec, ACTIVE_ANON);
  for (u32 i = 0; i < taken; i++) {
    struct page *page = cpu->gather[i];
    if (page_trylock(page)) {
      if (READ_ONCE(page->mapcount) && page_referenced(cpu, page)) atomic_or(&page->flags, PG_REFERENCED);
      else atomic_and(&page->flags, ~PG_REFERENCED);
      page_unlock(page);
    }
    atomic_and(&page->flags, ~PG_ACTIVE);
    putback_page(cpu, lruvec, page);
  }
  return taken;
}

/* Tries to free `wanted` pages of this CPU's own set: a share of the lists first, then twice as much each round. */
static u32 reclaim(struct cpu *cpu, u32 wanted) {
  u32 freed = 0;
  lru_drain(cpu);
  for (int priority = 12; priority >= 0 && freed < wanted; priority--) {
    for (u32 n = 0; n < cpu_count && freed < wanted; n++) {
      struct lruvec *lruvec = &lruvecs[(cpu->number + 1 + n) % cpu_count];
      u64 to_scan = (lruvec->lists[INACTIVE_ANON].count + lruvec->lists[ACTIVE_ANON].count) >> priority;
      while (to_scan && freed < wanted) {
        if (lruvec->lists[INACTIVE_ANON].count < lruvec->lists[ACTIVE_ANON].count) shrink_active(cpu, lruvec);
        u32 taken = isolate_pages(cpu, lruvec, INACTIVE_ANON);
        for (u32 i = 0; i < taken; i++) {
          if (shrink_one(cpu, cpu->gather[i])) freed++;
          else putback_page(cpu, lruvec, cpu->gather[i]);
        }
        to_scan -= min_u64(to_scan, SWAP_CLUSTER);
      }
    }
  }
  cpu->stat_reclaimed += freed;
  quiescent(cpu);
  return freed;
}
