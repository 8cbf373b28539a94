/*
 * Accesses of many pages with the locks held for runs of them, as the engine's operation `touch`: not how Linux faults,
 * which comes back from each fault. For the row fault-unmap-runs, which tells what the protocol costs from what the
 * language does.
 */
#pragma once
#include "fault.h"

/* Entries under one hold of a table's lock, as in the engine. */
#define RUN 32

/* First touches and looks at present pages of one leaf, under its lock; the address that it stopped at. */
static u64 touch_entries(struct cpu *cpu, struct vma *vma, u64 leaf, u64 address, u64 stop) {
  const u64 enough = PTE_PRESENT | PTE_WRITE | PTE_DIRTY | PTE_ACCESSED;
  u32 *ptl = ptl_of(leaf);
  u32 faults = 0;
  spin_lock(ptl);
  for (u64 *at = pte_at(leaf, address); address < stop; address += PAGE_SIZE, at++) {
    u64 pte = *at;
    if ((pte & enough) == enough) continue;
    if (pte != 0) break;
    struct page *page = frame_alloc(cpu, 2); /* the entry's reference and the batch's */
    if (unlikely(!page)) break;
    *content_of(page) = 0;
    add_new_anon_rmap(cpu, page, vma, address);
    WRITE_ONCE(*at, mk_pte(page, PTE_WRITE | PTE_DIRTY));
    lru_add(cpu, page);
    faults++;
  }
  spin_unlock(ptl);
  cpu->stat_faults += faults;
  cpu->stat_anon += faults;
  cpu->stat_vma_locked += faults;
  return address;
}

/* Writes to pages from `address` on in one VMA, under its lock; the address that it stopped at. */
static u64 touch_run(struct cpu *cpu, struct mm *mm, u64 address, u64 end) {
  struct vma *vma = lock_vma_under_rcu(mm, address);
  if (!vma) return address;
  if ((vma->flags & VM_WRITE) && vma->anon_vma && !vma->file) {
    u64 last = min_u64(end, vma->end);
    while (address < last && READ_ONCE(vma->refcnt) < VMA_LOCK_OFFSET) {
      u64 stop = min_u64(min_u64(leaf_end(address), last), address + RUN * PAGE_SIZE);
      address = touch_entries(cpu, vma, leaf_alloc(cpu, mm, address), address, stop);
      if (address < stop) break;
    }
  }
  vma_end_read(vma);
  return address;
}

static void touch_in_runs(struct cpu *cpu, struct mm *mm, u64 address, u64 pages, bool write) {
  for (u64 end = address + pages * PAGE_SIZE; address < end; address += PAGE_SIZE) {
    if (write) address = touch_run(cpu, mm, address, end);
    if (address < end && access_page(cpu, mm, address, write) != 0) die("an access failed");
  }
  quiescent(cpu);
}
