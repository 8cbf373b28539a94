/* Page faults, in the shape of Linux's handle_mm_fault: first touch, copy on write, reuse, swap-in. */
#pragma once
#include "swap.h"

enum { DONE, RETRY, OOM, SEGV, NEEDS_MMAP };

struct fault {
  struct mm *mm;
  struct vma *vma;
  u64 address, orig, *pte;
  u32 *ptl;
  bool write, vma_locked, counted;
};

static inline void count_fault(struct cpu *cpu, struct fault *f) {
  if (f->counted) return;
  f->counted = true;
  cpu->stat_faults++;
}

static __attribute__((noinline)) int prepare_slow(struct cpu *cpu, struct fault *f) {
  if (f->vma_locked && !down_read_trylock(&f->mm->mmap_lock)) return NEEDS_MMAP;
  anon_vma_prepare_slow(cpu, f->vma);
  if (f->vma_locked) up_read(&f->mm->mmap_lock);
  return DONE;
}

static inline int anon_prepare(struct cpu *cpu, struct fault *f) {
  return likely(f->vma->anon_vma) ? DONE : prepare_slow(cpu, f);
}

static inline int do_anonymous_page(struct cpu *cpu, struct fault *f) {
  count_fault(cpu, f);
  if (!f->write) {
    spin_lock(f->ptl);
    bool free = *f->pte == 0;
    if (free) {
      WRITE_ONCE(*f->pte, mk_pte(mem_map, PTE_ZERO));
      cpu->access_value = 0;
      cpu->stat_zero++;
    }
    spin_unlock(f->ptl);
    return free ? DONE : RETRY;
  }
  int prepared = anon_prepare(cpu, f);
  if (unlikely(prepared != DONE)) return prepared;
  struct page *page = frame_alloc(cpu, 2); /* the entry's reference and the batch's */
  if (unlikely(!page)) return OOM;
  *content_of(page) = 0;
  spin_lock(f->ptl);
  if (unlikely(*f->pte != 0)) {
    spin_unlock(f->ptl);
    if (atomic_sub(&page->refcount, 2) == 2) frame_free(cpu, page);
    return RETRY;
  }
  add_new_anon_rmap(cpu, page, f->vma, f->address);
  WRITE_ONCE(*f->pte, mk_pte(page, PTE_WRITE | PTE_DIRTY));
  spin_unlock(f->ptl);
  lru_add(cpu, page);
  cpu->stat_anon++;
  return DONE;
}

/* Whether this entry holds the only reference: then the page is this VMA's from now on. */
static bool become_exclusive(struct cpu *cpu, struct page *page, struct vma *vma) {
  if (READ_ONCE(page->refcount) > 3) return false;
  if (!(READ_ONCE(page->flags) & PG_LRU)) lru_drain(cpu);
  if (READ_ONCE(page->refcount) > (READ_ONCE(page->flags) & PG_SWAPCACHE ? 2u : 1u)) return false;
  if (!page_trylock(page)) return false;
  if (READ_ONCE(page->flags) & PG_SWAPCACHE) swap_try_remove(cpu, page);
  bool alone = READ_ONCE(page->refcount) == 1;
  if (alone) {
    WRITE_ONCE(page->mapping, (uintptr_t)vma->anon_vma | MAPPING_ANON);
    atomic_or(&page->flags, PG_EXCLUSIVE);
  }
  page_unlock(page);
  return alone;
}

/* Comes with the table's lock held and the entry checked. */
static __attribute__((noinline)) int do_wp_page(struct cpu *cpu, struct fault *f) {
  count_fault(cpu, f);
  struct page *old = f->orig & PTE_ZERO ? NULL : pte_page(f->orig);
  if (old && page_anon(old) && ((READ_ONCE(old->flags) & PG_EXCLUSIVE) || become_exclusive(cpu, old, f->vma))) {
    cpu->stat_cow++;
    cpu->stat_reuse++;
    WRITE_ONCE(*f->pte, f->orig | PTE_WRITE | PTE_DIRTY | PTE_ACCESSED);
    spin_unlock(f->ptl);
    return DONE;
  }
  if (old) atomic_add(&old->refcount, 1); /* it may be unmapped while the lock is dropped */
  spin_unlock(f->ptl);
  int result = anon_prepare(cpu, f);
  struct page *page = result == DONE ? frame_alloc(cpu, 2) : NULL;
  if (page) {
    *content_of(page) = old ? READ_ONCE(*content_of(old)) : 0;
    spin_lock(f->ptl);
    if (*f->pte != f->orig) {
      spin_unlock(f->ptl);
      if (atomic_sub(&page->refcount, 2) == 2) frame_free(cpu, page);
      result = RETRY;
    } else {
      add_new_anon_rmap(cpu, page, f->vma, f->address);
      WRITE_ONCE(*f->pte, mk_pte(page, PTE_WRITE | PTE_DIRTY));
      if (old) {
        if (page_anon(old)) cpu->anon_delta--;
        atomic_sub(&old->mapcount, 1);
      }
      spin_unlock(f->ptl);
      lru_add(cpu, page);
      cpu->stat_cow++;
    }
  } else if (result == DONE) {
    result = OOM;
  }
  /* Linux drops both at once; so does this. */
  if (old && atomic_sub(&old->refcount, result == DONE ? 2 : 1) == (result == DONE ? 2u : 1u)) free_page_off_lru(cpu, old);
  return result;
}

static __attribute__((noinline)) int do_swap_page(struct cpu *cpu, struct fault *f) {
  count_fault(cpu, f);
  int prepared = anon_prepare(cpu, f);
  if (prepared != DONE) return prepared;
  u64 slot = pte_slot(f->orig);
  struct page *page = swap_page_get(cpu, slot);
  if (!page) return OOM;
  page_lock(page);
  int result = RETRY;
  if ((READ_ONCE(page->flags) & PG_SWAPCACHE) && page->priv == slot) {
    spin_lock(f->ptl);
    if (*f->pte == f->orig) {
      bool exclusive = f->orig & PTE_SWP_EXCLUSIVE, writable = exclusive && f->write && (f->vma->flags & VM_WRITE);
      if (!page->mapping) {
        page->index = linear_index(f->vma, f->address);
        page->mapping = (uintptr_t)(exclusive ? f->vma->anon_vma : f->vma->anon_vma->root) | MAPPING_ANON;
      }
      atomic_add(&page->refcount, 1);
      atomic_add(&page->mapcount, 1);
      if (exclusive) atomic_or(&page->flags, PG_EXCLUSIVE);
      WRITE_ONCE(*f->pte, mk_pte(page, writable ? PTE_WRITE | PTE_DIRTY : PTE_DIRTY));
      swap_put_of_page(cpu, page);
      result = !f->write || writable ? DONE : RETRY;
    }
    spin_unlock(f->ptl);
  }
  page_unlock(page);
  put_page(cpu, page);
  return result;
}

static inline int handle_fault(struct cpu *cpu, struct fault *f) {
  u32 flags = f->vma->flags;
  if (f->write ? !(flags & VM_WRITE) : !(flags & VM_ACCESS)) return SEGV;
  u64 leaf = leaf_alloc(cpu, f->mm, f->address);
  f->pte = pte_at(leaf, f->address);
  f->ptl = ptl_of(leaf);
  f->orig = READ_ONCE(*f->pte); /* a peek: every branch looks again under the lock */
  if (!(f->orig & PTE_PRESENT)) {
    if (pte_is_swap(f->orig)) return do_swap_page(cpu, f);
    if (unlikely(f->vma->file)) die("no files here");
    return do_anonymous_page(cpu, f);
  }
  spin_lock(f->ptl);
  u64 pte = *f->pte;
  if (unlikely(pte != f->orig)) {
    spin_unlock(f->ptl);
    return RETRY;
  }
  if (f->write && !(pte & PTE_WRITE)) return do_wp_page(cpu, f);
  u64 young = pte | PTE_ACCESSED | (f->write ? PTE_DIRTY : 0);
  if (young != pte) WRITE_ONCE(*f->pte, young);
  if (!f->write) cpu->access_value = READ_ONCE(*content_of(pte_page(pte)));
  spin_unlock(f->ptl);
  return DONE;
}

/* One access: the VMA's lock first, the mmap lock where that does not do. */
static inline int access_page(struct cpu *cpu, struct mm *mm, u64 address, bool write) {
  if (address >= TASK_SIZE) return SEGV;
  struct fault f = {.mm = mm, .address = address, .write = write};
  for (;;) {
    int result = NEEDS_MMAP;
    struct vma *vma = lock_vma_under_rcu(mm, address);
    if (likely(vma)) {
      f.vma = vma;
      f.vma_locked = true;
      result = handle_fault(cpu, &f);
      vma_end_read(vma);
      if (likely(result == DONE)) {
        cpu->stat_vma_locked += f.counted;
        return 0;
      }
    }
    if (result == NEEDS_MMAP) {
      down_read(&mm->mmap_lock);
      f.vma = find_vma(mm, address);
      f.vma_locked = false;
      result = f.vma && f.vma->start <= address ? handle_fault(cpu, &f) : SEGV;
      up_read(&mm->mmap_lock);
      if (result == DONE) return 0;
    }
    if (result == OOM) die("out of frames");
    if (result == SEGV) return SEGV;
  }
}

/* Accesses pages in order, each by itself, as a program's loop over them does. */
static void touch(struct cpu *cpu, struct mm *mm, u64 address, u64 pages, bool write) {
  for (; pages; pages--, address += PAGE_SIZE)
    if (access_page(cpu, mm, address, write) != 0) die("an access failed");
  quiescent(cpu);
}
