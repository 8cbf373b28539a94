/* What is measured: each row prepares, and then runs rounds of which only the middle part is timed. */
#pragma once
#include "calls.h"
#include "runs.h"

#define AT 0x100000000000ull
#define PAGES 512ull

/* What one CPU works on. */
struct place {
  struct cpu *cpu;
  struct mm *mm;
  u64 at;
  struct mm *child;
  struct page **pages;
  struct mm **others;
  u64 count; /* of `others`, or of mappings found */
};

struct row {
  const char *name;
  bool shared; /* all CPUs in one address space */
  u64 argument;
  void (*prepare)(struct place *, u64 argument);
  void (*before)(struct place *, u64 argument);
  u64 (*timed)(struct place *, u64 argument); /* how many operations */
  void (*after)(struct place *, u64 argument);
  void (*finish)(struct place *, u64 argument);
};

static void map_region(struct place *p, u64 pages) { mmap_at(p->cpu, p->mm, p->at, (pages ? pages : PAGES) * PAGE_SIZE); }
static void map_and_touch(struct place *p, u64 pages) {
  map_region(p, pages);
  touch(p->cpu, p->mm, p->at, pages ? pages : PAGES, true);
}

/* ---- faults -------------------------------------------------------------------------------------------- */
static u64 fault_unmap(struct place *p, u64 argument) {
  for (u32 i = 0; i < 16; i++) {
    touch(p->cpu, p->mm, p->at, PAGES, true);
    madvise_dontneed(p->cpu, p->mm, p->at, PAGES * PAGE_SIZE);
  }
  return 16 * PAGES;
}
static u64 fault_unmap_runs(struct place *p, u64 argument) {
  for (u32 i = 0; i < 16; i++) {
    touch_in_runs(p->cpu, p->mm, p->at, PAGES, true);
    madvise_dontneed(p->cpu, p->mm, p->at, PAGES * PAGE_SIZE);
  }
  return 16 * PAGES;
}
static u64 touch_all(struct place *p, u64 write) {
  touch(p->cpu, p->mm, p->at, PAGES, write);
  return PAGES;
}
static void unmap_all(struct place *p, u64 argument) { madvise_dontneed(p->cpu, p->mm, p->at, PAGES * PAGE_SIZE); }
static void map_512(struct place *p, u64 argument) { map_region(p, 0); }
static void touch_512(struct place *p, u64 argument) { map_and_touch(p, 0); }
static void fork_child(struct place *p, u64 argument) { p->child = fork_mm(p->cpu, p->mm); }
static void exit_child(struct place *p, u64 argument) { exit_mm(p->cpu, p->child); }
static void fork_and_exit(struct place *p, u64 argument) { exit_mm(p->cpu, fork_mm(p->cpu, p->mm)); }

/* ---- fork and exit --------------------------------------------------------------------------------------- */
static u64 fork_timed(struct place *p, u64 argument) {
  p->child = fork_mm(p->cpu, p->mm);
  return 1;
}
static void exit_before(struct place *p, u64 pages) {
  p->child = mm_alloc(p->cpu);
  mmap_at(p->cpu, p->child, AT, pages * PAGE_SIZE);
  touch(p->cpu, p->child, AT, pages, true);
}
static u64 exit_timed(struct place *p, u64 argument) {
  exit_mm(p->cpu, p->child);
  return 1;
}

/* ---- mappings, lookups ------------------------------------------------------------------------------------ */
static u64 split_merge(struct place *p, u64 argument) {
  for (u32 i = 0; i < 64; i++) {
    protect(p->cpu, p->mm, p->at + 8 * PAGE_SIZE, PAGE_SIZE, 1);
    protect(p->cpu, p->mm, p->at + 8 * PAGE_SIZE, PAGE_SIZE, 3);
  }
  return 64;
}

static u64 prepare_fast(struct place *p, u64 argument) {
  struct vma *vma = find_vma(p->mm, p->at);
  for (u32 i = 0; i < 65536; i++)
    if (unlikely(!READ_ONCE(vma->anon_vma))) anon_vma_prepare_slow(p->cpu, vma);
  return 65536;
}

/* As the hardware, and Linux's gup_fast: no lock, since tables wait for a grace period before they go. */
static inline bool walk_lockless(struct mm *mm, u64 address, u64 need) {
  u64 leaf = leaf_of(mm, address);
  if (unlikely(!leaf)) return false;
  return (READ_ONCE(*pte_at(leaf, address)) & need) == need;
}
static u64 pt_lookup(struct place *p, u64 pages) {
  u64 address = p->at;
  for (u64 i = 0; i < pages; i++, address += PAGE_SIZE) {
    if (address >= TASK_SIZE) die("an address is too high");
    if (unlikely(!walk_lockless(p->mm, address, PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)) &&
        access_page(p->cpu, p->mm, address, true) != 0)
      die("an access failed");
  }
  quiescent(p->cpu);
  return pages;
}
/* The same with everything that a fault on a present page does: the VMA's lock, the table's lock. */
static u64 access_present(struct place *p, u64 pages) {
  touch(p->cpu, p->mm, p->at, pages, true);
  return pages;
}

/* ---- LRU lists --------------------------------------------------------------------------------------------- */
static void collect_pages(struct place *p, u64 argument) {
  map_and_touch(p, 0);
  lru_drain(p->cpu);
  p->pages = malloc(PAGES * sizeof *p->pages);
  for (u64 i = 0; i < PAGES; i++) p->pages[i] = pte_page(*pte_at(leaf_of(p->mm, p->at), p->at + i * PAGE_SIZE));
}
static void take_off(struct place *p, u64 argument) {
  for (u64 i = 0; i < PAGES; i++) {
    struct page *page = p->pages[i];
    struct lruvec *lruvec = lruvec_of(page->flags);
    spin_lock(&lruvec->lock);
    list_del(&lruvec->lists[list_of(page->flags)], page);
    atomic_and(&page->flags, ~(PG_LRU | PG_LRUVEC_MASK << PG_LRUVEC_SHIFT));
    spin_unlock(&lruvec->lock);
    atomic_add(&page->refcount, 1);
  }
}
static u64 lru_add_timed(struct place *p, u64 argument) {
  for (u64 i = 0; i < PAGES; i++) lru_add(p->cpu, p->pages[i]);
  lru_drain(p->cpu);
  return PAGES;
}
static u64 lru_isolate(struct place *p, u64 argument) {
  struct lruvec *lruvec = &lruvecs[p->cpu->number];
  u64 done = 0;
  while (done < PAGES) {
    u32 taken = isolate_pages(p->cpu, lruvec, INACTIVE_ANON);
    for (u32 i = 0; i < taken; i++) putback_page(p->cpu, lruvec, p->cpu->gather[i]);
    done += taken;
  }
  return done;
}
static u64 referenced_timed(struct place *p, u64 argument) {
  for (u64 i = 0; i < PAGES; i++) {
    page_lock(p->pages[i]);
    page_referenced(p->cpu, p->pages[i]);
    page_unlock(p->pages[i]);
  }
  return PAGES;
}
static u64 swap_cycle(struct place *p, u64 argument) {
  u64 before = p->cpu->stat_swap_in;
  reclaim(p->cpu, PAGES);
  touch(p->cpu, p->mm, p->at, PAGES, true);
  return p->cpu->stat_swap_in - before;
}

/* ---- reclaim of what a family shares: page by page, as Linux looks at pages and unmaps them ---------------- */
static void reclaim_family(struct place *p, u64 spaces) {
  map_and_touch(p, 0);
  p->others = malloc(spaces * sizeof *p->others);
  for (u64 i = 0; i + 1 < spaces; i++) p->others[i] = fork_mm(p->cpu, p->mm);
  p->count = spaces;
}
static void read_back(struct place *p, u64 spaces) {
  touch(p->cpu, p->mm, p->at, PAGES, false);
  for (u64 i = 0; i + 1 < spaces; i++) touch(p->cpu, p->others[i], p->at, PAGES, false);
}
static u64 reclaim_timed(struct place *p, u64 argument) {
  u64 before = p->cpu->stat_reclaimed;
  reclaim(p->cpu, PAGES);
  return p->cpu->stat_reclaimed - before;
}

/* ---- reverse-map walks --------------------------------------------------------------------------------------- */
static inline bool collect_one(struct cpu *cpu, struct page *page, struct vma *vma, u64 address) {
  u64 leaf = lock_if_mapped(page, vma, address);
  if (!leaf) return true;
  spin_unlock(ptl_of(leaf));
  cpu->stat_found++;
  return true;
}
/* Who maps the page at an address: as the engine's operation `rmap`. */
static void find_mappings(struct cpu *cpu, struct mm *mm, u64 address) {
  down_read(&mm->mmap_lock);
  u64 leaf = leaf_of(mm, address);
  spin_lock(ptl_of(leaf));
  struct page *page = pte_page(*pte_at(leaf, address));
  atomic_add(&page->refcount, 1);
  spin_unlock(ptl_of(leaf));
  up_read(&mm->mmap_lock);
  page_lock(page);
  rmap_walk(cpu, page, collect_one);
  page_unlock(page);
  put_page(cpu, page);
  quiescent(cpu);
}
static u64 walk_timed(struct place *p, u64 argument) {
  u64 before = p->cpu->stat_found;
  u64 walks = 1 + 4096 / p->count;
  for (u64 i = 0; i < walks; i++) find_mappings(p->cpu, p->mm, p->at);
  if (p->cpu->stat_found - before != walks * p->count) die("a walk did not find what it must");
  return walks * p->count;
}
static void family(struct place *p, u64 mappings) {
  map_and_touch(p, 1);
  p->others = malloc(mappings * sizeof *p->others);
  for (u64 i = 0; i + 1 < mappings; i++) p->others[i] = fork_mm(p->cpu, p->mm);
  p->count = mappings;
}
static void unrelated(struct place *p, u64 others) {
  map_region(p, others + 1);
  touch(p->cpu, p->mm, p->at, 1, true);
  for (u64 page = 1; page <= others; page += 2) protect(p->cpu, p->mm, p->at + page * PAGE_SIZE, PAGE_SIZE, 1);
  p->count = 1;
}
static void children_2010(struct place *p, u64 children) {
  map_and_touch(p, 1001);
  p->others = malloc((children + 1) * sizeof *p->others);
  for (u64 i = 0; i < children; i++) {
    p->others[i] = fork_mm(p->cpu, p->mm);
    touch(p->cpu, p->others[i], p->at + PAGE_SIZE, 1000, true);
  }
  p->count = children + 1;
}
static void end_family(struct place *p, u64 argument) {
  for (u64 i = 0; i + 1 < p->count; i++) exit_mm(p->cpu, p->others[i]);
}

/* ---- the machine itself ---------------------------------------------------------------------------------------- */
static u32 calibration_words[MAX_CPUS * 64];
static u64 calibrate(struct place *p, u64 argument) {
  u32 *word = &calibration_words[p->cpu->number * 64];
  for (u32 i = 0; i < 65536; i++) __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
  return 65536;
}
static void nothing(struct place *p, u64 argument) {}

static const struct row rows[] = {
    {"calibrate", false, 0, nothing, nothing, calibrate, nothing, nothing},
    {"fault", false, 1, map_512, nothing, touch_all, unmap_all, nothing},
    {"fault-shared", true, 1, map_512, nothing, touch_all, unmap_all, nothing},
    {"fault-zero", false, 0, map_512, nothing, touch_all, unmap_all, nothing},
    {"fault-zero-shared", true, 0, map_512, nothing, touch_all, unmap_all, nothing},
    {"fault-unmap", false, 0, map_512, nothing, fault_unmap, nothing, nothing},
    {"fault-unmap-shared", true, 0, map_512, nothing, fault_unmap, nothing, nothing},
    {"fault-unmap-runs", false, 0, map_512, nothing, fault_unmap_runs, nothing, nothing},
    {"cow-break", false, 1, touch_512, fork_child, touch_all, exit_child, nothing},
    {"cow-reuse", false, 1, touch_512, fork_and_exit, touch_all, nothing, nothing},
    {"fork-1m", false, 256, map_and_touch, nothing, fork_timed, exit_child, nothing},
    {"fork-10m", false, 2560, map_and_touch, nothing, fork_timed, exit_child, nothing},
    {"fork-100m", false, 25600, map_and_touch, nothing, fork_timed, exit_child, nothing},
    {"exit", false, 2560, nothing, exit_before, exit_timed, nothing, nothing},
    {"mprotect-split-merge", false, 16, map_and_touch, nothing, split_merge, nothing, nothing},
    {"anon-vma-prepare", false, 16, map_and_touch, nothing, prepare_fast, nothing, nothing},
    {"pt-lookup", false, 4096, map_and_touch, nothing, pt_lookup, nothing, nothing},
    {"access-present", false, 4096, map_and_touch, nothing, access_present, nothing, nothing},
    {"lru-add", false, 0, collect_pages, take_off, lru_add_timed, nothing, nothing},
    {"lru-isolate", false, 0, collect_pages, nothing, lru_isolate, nothing, nothing},
    {"page-referenced", false, 0, collect_pages, nothing, referenced_timed, nothing, nothing},
    {"swap-cycle", false, 0, touch_512, nothing, swap_cycle, nothing, nothing},
    {"reclaim-batch-1", false, 1, reclaim_family, read_back, reclaim_timed, nothing, end_family},
    {"reclaim-batch-10", false, 10, reclaim_family, read_back, reclaim_timed, nothing, end_family},
    {"reclaim-batch-100", false, 100, reclaim_family, read_back, reclaim_timed, nothing, end_family},
    {"rmap-walk-1", false, 1, family, nothing, walk_timed, nothing, end_family},
    {"rmap-walk-10", false, 10, family, nothing, walk_timed, nothing, end_family},
    {"rmap-walk-1000", false, 1000, family, nothing, walk_timed, nothing, end_family},
    {"rmap-walk-unrelated-10", false, 10, unrelated, nothing, walk_timed, nothing, nothing},
    {"rmap-walk-unrelated-100", false, 100, unrelated, nothing, walk_timed, nothing, nothing},
    {"rmap-walk-unrelated-1000", false, 1000, unrelated, nothing, walk_timed, nothing, nothing},
    {"rmap-walk-unrelated-10000", false, 10000, unrelated, nothing, walk_timed, nothing, nothing},
    {"rmap-walk-2010", false, 1000, children_2010, nothing, walk_timed, nothing, end_family},
};
