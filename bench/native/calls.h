/* System calls: mmap at an address, munmap, madvise(DONTNEED), mprotect with split and merge, fork, exit. */
#pragma once
#include "fault.h"

static void zap_range(struct cpu *cpu, struct mm *mm, u64 start, u64 end) {
  u32 gathered = 0;
  for (u64 address = next_leaf(mm, start, end); address < end; address = next_leaf(mm, address, end)) {
    u64 stop = min_u64(leaf_end(address), end), leaf = leaf_of(mm, address);
    u32 *ptl = ptl_of(leaf);
    spin_lock(ptl);
    for (u64 *at = pte_at(leaf, address); address < stop; address += PAGE_SIZE, at++) {
      u64 pte = *at;
      if (!pte) continue;
      WRITE_ONCE(*at, 0);
      if (unlikely(pte_is_swap(pte))) {
        cpu->anon_delta--;
        swap_put(cpu, pte_slot(pte));
        continue;
      }
      if (unlikely(!(pte & PTE_PRESENT)) || (pte & PTE_ZERO)) continue;
      struct page *page = pte_page(pte);
      if (page_anon(page)) cpu->anon_delta--;
      else if (pte & PTE_DIRTY) atomic_or(&page->flags, PG_DIRTY);
      atomic_sub(&page->mapcount, 1);
      cpu->gather[gathered++] = page;
    }
    spin_unlock(ptl);
    if (gathered + 512 > GATHER) {
      release_gathered(cpu, gathered);
      gathered = 0;
    }
  }
  release_gathered(cpu, gathered);
}

static void madvise_dontneed(struct cpu *cpu, struct mm *mm, u64 start, u64 length) {
  u64 end = start + length;
  down_read(&mm->mmap_lock);
  for (struct vma *vma = find_vma(mm, start); vma && vma->start < end; vma = vma->next) {
    if (vma->flags & VM_LOCKED) break;
    zap_range(cpu, mm, vma->start > start ? vma->start : start, min_u64(vma->end, end));
  }
  up_read(&mm->mmap_lock);
  quiescent(cpu);
}

/* Maps private anonymous memory at a free, page-aligned place. */
static void mmap_at(struct cpu *cpu, struct mm *mm, u64 start, u64 length) {
  mmap_write_lock(mm);
  struct vma *vma = vma_alloc(cpu, mm);
  vma->start = start;
  vma->end = start + length;
  vma->pgoff = start >> PAGE_SHIFT;
  vma->flags = 3;
  vma_insert(mm, vma);
  mmap_write_unlock(mm);
  quiescent(cpu);
}

static struct mm *mm_alloc(struct cpu *cpu) {
  struct mm *mm = slab_alloc(cpu, SLAB_MM);
  mm->pgd = arena_address(table_alloc(cpu));
  mm->mmap_lock = mm->page_table_lock = mm->lock_seq = 0;
  mm->root = NULL;
  mm->first = NULL;
  mm->map_count = 0;
  mm->tables = 1;
  return mm;
}

static void exit_mm(struct cpu *cpu, struct mm *mm) {
  mmap_write_lock(mm);
  struct vma *first = mm->first;
  if (first) {
    u64 start = first->start, end = 0;
    for (struct vma *vma = first; vma; vma = vma->next) {
      vma_start_write(vma);
      rb_erase(&mm->root, &vma->node, gap_update);
      vma_mark_detached(vma);
      end = vma->end;
    }
    for (struct vma *vma = first; vma; vma = vma->next) zap_range(cpu, mm, vma->start, vma->end);
    for (struct vma *vma = first, *next; vma; vma = next) {
      next = vma->next;
      unlink_anon_vmas(cpu, vma);
      slab_free(cpu, SLAB_VMA, vma);
    }
    tables_free(cpu, mm, mm->pgd, 3, 0, start, end, 0, ~0ull);
  }
  mmap_write_unlock(mm);
  table_free(cpu, arena_map + (((char *)mm->pgd - arena_base) >> PAGE_SHIFT));
  slab_free(cpu, SLAB_MM, mm);
  quiescent(cpu);
}

/* ---- fork ------------------------------------------------------------------------------------------------- */
static void copy_entries(struct cpu *cpu, u64 to_leaf, u64 from_leaf, u64 address, u64 stop, bool is_private) {
  u64 *from = pte_at(from_leaf, address), *to = pte_at(to_leaf, address);
  i64 anon = 0;
  spin_lock(ptl_of(to_leaf));
  spin_lock(ptl_of(from_leaf));
  for (; address < stop; address += PAGE_SIZE, from++, to++) {
    u64 pte = *from;
    if (unlikely(pte_is_swap(pte))) {
      pte &= ~PTE_SWP_EXCLUSIVE;
      swap_dup(pte_slot(pte));
      WRITE_ONCE(*from, pte);
      WRITE_ONCE(*to, pte);
      anon++;
      continue;
    }
    if (!(pte & PTE_PRESENT)) continue;
    if (!(pte & PTE_ZERO)) {
      struct page *page = pte_page(pte);
      if (unlikely(page_anon(page) && READ_ONCE(page->refcount) >= PIN_BIAS && (READ_ONCE(page->flags) & PG_EXCLUSIVE))) die("no pins here");
      if (is_private && (pte & PTE_WRITE)) {
        pte &= ~PTE_WRITE;
        WRITE_ONCE(*from, pte);
      }
      atomic_add(&page->refcount, 1);
      if (page_anon(page)) {
        if (READ_ONCE(page->flags) & PG_EXCLUSIVE) atomic_and(&page->flags, ~PG_EXCLUSIVE);
        anon++;
      }
      atomic_add(&page->mapcount, 1);
    }
    WRITE_ONCE(*to, pte & ~(PTE_ACCESSED | (is_private ? 0 : PTE_DIRTY)));
  }
  cpu->anon_delta += anon;
  spin_unlock(ptl_of(from_leaf));
  spin_unlock(ptl_of(to_leaf));
}

static struct mm *fork_mm(struct cpu *cpu, struct mm *parent) {
  struct mm *child = mm_alloc(cpu);
  mmap_write_lock(parent);
  mmap_write_lock(child);
  for (struct vma *vma = parent->first; vma; vma = vma->next) {
    if (vma->flags & VM_DONTCOPY) continue;
    vma_start_write(vma);
    struct vma *copy = vma_dup(cpu, child, vma);
    copy->flags &= ~VM_LOCKED;
    bool wipe = vma->flags & VM_WIPEONFORK;
    if (wipe) copy->anon_vma = NULL;
    else anon_vma_fork(cpu, copy, vma);
    vma_insert(child, copy);
    if (!vma->anon_vma || wipe) continue;
    for (u64 address = next_leaf(parent, vma->start, vma->end); address < vma->end;) {
      u64 stop = min_u64(leaf_end(address), vma->end);
      copy_entries(cpu, leaf_alloc(cpu, child, address), leaf_of(parent, address), address, stop, !(vma->flags & VM_SHARED));
      address = next_leaf(parent, stop, vma->end);
    }
  }
  mmap_write_unlock(child);
  mmap_write_unlock(parent);
  quiescent(cpu);
  return child;
}

/* ---- mprotect ----------------------------------------------------------------------------------------------- */
static void chain_out(struct vma *vma) {
  for (struct avc *avc = vma->avc_first; avc; avc = avc->next) avc_untree(avc);
}
static void chain_in(struct vma *vma) {
  for (struct avc *avc = vma->avc_first; avc; avc = avc->next) avc_tree_insert(avc->anon_vma, avc);
}
static void vma_set_range(struct vma *vma, u64 start, u64 end, u64 pgoff) {
  WRITE_ONCE(vma->start, start);
  WRITE_ONCE(vma->end, end);
  vma->pgoff = pgoff;
  gap_below_changed(vma);
  gap_below_changed(vma->next);
}
static void vma_adjust(struct vma *vma, u64 start, u64 end, u64 pgoff) {
  u32 *lock = vma->anon_vma ? &vma->anon_vma->root->rwsem : NULL;
  if (lock) down_write(lock);
  chain_out(vma);
  vma_set_range(vma, start, end, pgoff);
  chain_in(vma);
  if (lock) up_write(lock);
}

/* `vma` keeps the upper part if `new_below`, else the lower one. */
static void vma_split(struct cpu *cpu, struct mm *mm, struct vma *vma, u64 address, bool new_below) {
  struct vma *other = vma_dup(cpu, mm, vma);
  u64 pgoff = vma->pgoff + ((address - vma->start) >> PAGE_SHIFT);
  if (new_below) {
    other->end = address;
  } else {
    other->start = address;
    other->pgoff = pgoff;
  }
  anon_vma_clone(cpu, other, vma);
  vma_start_write(vma);
  if (new_below) vma_adjust(vma, address, vma->end, pgoff);
  else vma_adjust(vma, vma->start, address, vma->pgoff);
  vma_insert(mm, other);
}

static bool can_merge(const struct vma *a, const struct vma *b, u32 flags_a, u32 flags_b) {
  return a && b && a->end == b->start && flags_a == flags_b && a->file == b->file && a->pgoff + vma_pages(a) == b->pgoff &&
         a->anon_vma == b->anon_vma;
}

static void remove_merged(struct cpu *cpu, struct vma *vma) {
  unlink_anon_vmas(cpu, vma);
  slab_free(cpu, SLAB_VMA, vma);
}

/* Gives [start, end) of `vma` the flags: merges a whole VMA with both its neighbours if it can, else splits. */
static void vma_modify_flags(struct cpu *cpu, struct mm *mm, struct vma *vma, u64 start, u64 end, u32 flags) {
  if (start == vma->start && end == vma->end) {
    struct vma *prev = vma->prev, *next = vma->next;
    bool left = prev && can_merge(prev, vma, prev->flags, flags), right = next && can_merge(vma, next, flags, next->flags);
    if (left || right) {
      struct vma *target = left ? prev : next;
      u64 from = target->start, to = right ? next->end : vma->end, pgoff = target->pgoff;
      if (!left) from = vma->start, pgoff = vma->pgoff;
      vma_start_write(vma);
      vma_start_write(target);
      if (left && right) vma_start_write(next);
      vma_tree_remove(mm, vma);
      vma_mark_detached(vma);
      if (left && right) {
        vma_tree_remove(mm, next);
        vma_mark_detached(next);
      }
      vma_adjust(target, from, to, pgoff);
      remove_merged(cpu, vma);
      if (left && right) remove_merged(cpu, next);
      return;
    }
  }
  if (start > vma->start) vma_split(cpu, mm, vma, start, true);
  if (end < vma->end) vma_split(cpu, mm, vma, end, false);
  vma_start_write(vma);
  WRITE_ONCE(vma->flags, flags);
}

static void protect(struct cpu *cpu, struct mm *mm, u64 start, u64 length, u32 prot) {
  u64 end = start + length;
  mmap_write_lock(mm);
  struct vma *vma = find_vma(mm, start);
  u32 flags = (vma->flags & ~VM_ACCESS) | prot;
  if (flags != vma->flags) {
    vma_modify_flags(cpu, mm, vma, start, min_u64(vma->end, end), flags);
    if (!(flags & VM_WRITE)) {
      for (u64 address = next_leaf(mm, start, end); address < end; address = next_leaf(mm, address, end)) {
        u64 stop = min_u64(leaf_end(address), end), leaf = leaf_of(mm, address);
        spin_lock(ptl_of(leaf));
        for (u64 *at = pte_at(leaf, address); address < stop; address += PAGE_SIZE, at++)
          if ((*at & (PTE_PRESENT | PTE_WRITE)) == (PTE_PRESENT | PTE_WRITE)) WRITE_ONCE(*at, *at & ~PTE_WRITE);
        spin_unlock(ptl_of(leaf));
      }
    }
  }
  mmap_write_unlock(mm);
  quiescent(cpu);
}
