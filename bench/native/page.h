/* struct page, the buddy allocator, the per-CPU page lists, and pages that wait for a grace period. */
#pragma once
#include "base.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ull

#define PG_LOCKED 1u
#define PG_LRU 4u
#define PG_ACTIVE 8u
#define PG_REFERENCED 0x10u
#define PG_DIRTY 0x20u
#define PG_SWAPBACKED 0x40u
#define PG_EXCLUSIVE 0x80u
#define PG_BUDDY 0x200u
#define PG_TABLE 0x800u
#define PG_UPTODATE 0x1000u
#define PG_SWAPCACHE 0x2000u
#define PG_UNEVICTABLE 0x4000u
#define PG_LRUVEC_SHIFT 24
#define PG_LRUVEC_MASK 0x3fu
#define PIN_BIAS (1u << 20)

#define MAPPING_ANON 1ul

/* One cache line, as in Linux. */
struct page {
  u32 flags;
  u32 refcount;
  u32 mapcount;
  u32 order;
  uintptr_t mapping; /* anon_vma | MAPPING_ANON */
  u64 index;
  struct page *next, *prev;
  u64 priv; /* swap slot; of a page table: its lock */
  u64 pad;
} __attribute__((aligned(64)));

#define MAX_ORDER 10
#define PCP_BATCH_ORDER 5
#define PCP_BATCH 32u
#define PCP_HIGH 1024u

struct zone {
  u32 lock;
  u32 pcp_high;
  struct page *base;
  u64 count, free;
  struct page *list[MAX_ORDER + 1];
} __attribute__((aligned(64)));

static struct zone frames, arena;
static struct page *mem_map, *arena_map; /* frame 0 is the shared zero page */
static u64 *content;                     /* one word of content a frame */
static char *arena_base;

static inline struct page *pfn_to_page(u64 pfn) { return mem_map + pfn; }
static inline u64 page_to_pfn(const struct page *page) { return (u64)(page - mem_map); }
static inline u64 *content_of(const struct page *page) { return content + page_to_pfn(page); }

static void push_free(struct zone *zone, struct page *page, u32 order) {
  page->flags = PG_BUDDY;
  page->order = order;
  page->prev = NULL;
  page->next = zone->list[order];
  if (page->next) page->next->prev = page;
  zone->list[order] = page;
  zone->free += 1ull << order;
}

static void take_free(struct zone *zone, struct page *page, u32 order) {
  if (page->prev) page->prev->next = page->next;
  else zone->list[order] = page->next;
  if (page->next) page->next->prev = page->prev;
  page->flags = 0;
  page->next = page->prev = NULL;
  zone->free -= 1ull << order;
}

static struct page *buddy_alloc(struct zone *zone, u32 order) {
  u32 at = order;
  while (at <= MAX_ORDER && !zone->list[at]) at++;
  if (at > MAX_ORDER) return NULL;
  struct page *page = zone->list[at];
  take_free(zone, page, at);
  while (at > order) {
    at--;
    push_free(zone, page + (1u << at), at);
  }
  return page;
}

static void buddy_free(struct zone *zone, struct page *page, u32 order) {
  u64 index = (u64)(page - zone->base);
  while (order < MAX_ORDER) {
    u64 other = index ^ (1u << order);
    if (other + (1u << order) > zone->count) break;
    struct page *buddy = zone->base + other;
    if (!(buddy->flags & PG_BUDDY) || buddy->order != order) break;
    take_free(zone, buddy, order);
    index &= ~(u64)(1u << order);
    order++;
  }
  push_free(zone, zone->base + index, order);
}

static void zone_init(struct zone *zone, struct page *base, u64 count) {
  zone->base = base;
  zone->count = count;
  zone->pcp_high = PCP_HIGH;
  for (u64 index = 0; index < count;) {
    u32 order = MAX_ORDER;
    while ((index & ((1u << order) - 1)) || index + (1u << order) > count) order--;
    push_free(zone, base + index, order);
    index += 1u << order;
  }
}

static __attribute__((noinline)) struct page *pcp_refill(struct zone *zone, u32 *count) {
  struct page *first = NULL, *last = NULL;
  u32 have = 0;
  spin_lock(&zone->lock);
  struct page *block = buddy_alloc(zone, PCP_BATCH_ORDER);
  for (; have < PCP_BATCH; have++) {
    struct page *page = block ? block + have : buddy_alloc(zone, 0);
    if (!page) break;
    page->next = NULL;
    if (last) last->next = page;
    else first = page;
    last = page;
  }
  spin_unlock(&zone->lock);
  *count = have;
  return first;
}

static __attribute__((noinline)) void pcp_drain(struct zone *zone, struct page **head, u32 *count, u32 keep) {
  spin_lock(&zone->lock);
  while (*count > keep) {
    struct page *page = *head;
    *head = page->next;
    buddy_free(zone, page, 0);
    --*count;
  }
  spin_unlock(&zone->lock);
}

/* A CPU takes and gives single pages without a lock. */
static inline struct page *pcp_alloc(struct zone *zone, struct page **head, u32 *count) {
  struct page *page = *head;
  if (unlikely(!page)) {
    page = pcp_refill(zone, count);
    if (!page) return NULL;
  }
  *head = page->next;
  --*count;
  return page;
}

static inline void pcp_free(struct zone *zone, struct page **head, u32 *count, struct page *page) {
  page->next = *head;
  *head = page;
  if (unlikely(++*count > zone->pcp_high)) pcp_drain(zone, head, count, zone->pcp_high * 3 / 4);
}

static inline struct page *frame_alloc(struct cpu *cpu, u32 references) {
  struct page *page = pcp_alloc(&frames, &cpu->pcp, &cpu->pcp_count);
  if (unlikely(!page)) return NULL;
  page->mapcount = 0;
  page->mapping = 0;
  page->next = page->prev = NULL;
  cpu->stat_frames++;
  smp_store_release(&page->refcount, references);
  return page;
}

static inline void frame_free(struct cpu *cpu, struct page *page) {
  page->flags = 0;
  page->mapping = 0;
  cpu->stat_frames--;
  pcp_free(&frames, &cpu->pcp, &cpu->pcp_count, page);
}

/* ---- pages of the arena, for page tables: freed after a grace period ----------------------------------- */
static inline void *arena_address(const struct page *page) { return arena_base + ((u64)(page - arena_map) << PAGE_SHIFT); }

static struct page *table_alloc(struct cpu *cpu) {
  struct page *page = pcp_alloc(&arena, &cpu->kpcp, &cpu->kpcp_count);
  if (!page) return NULL;
  memset(arena_address(page), 0, PAGE_SIZE);
  page->flags = PG_TABLE;
  page->priv = 0;
  cpu->stat_tables++;
  return page;
}

static void table_free(struct cpu *cpu, struct page *page) {
  cpu->stat_tables--;
  page->index = READ_ONCE(rcu_epoch);
  page->next = NULL;
  if (cpu->rcu_head) cpu->rcu_tail->next = page;
  else cpu->rcu_head = page;
  cpu->rcu_tail = page;
}

static void rcu_advance(struct cpu *cpu) {
  u32 epoch = READ_ONCE(rcu_epoch), i = 0;
  for (; i < cpu_count; i++) {
    u32 seen = smp_load_acquire(&cpus[i].epoch);
    if (seen != epoch && seen != 0) break;
  }
  if (i == cpu_count) {
    u32 old = epoch;
    try_cmpxchg(&rcu_epoch, &old, epoch + 2);
  }
  epoch = READ_ONCE(rcu_epoch);
  while (cpu->rcu_head && epoch - (u32)cpu->rcu_head->index >= 4) {
    struct page *page = cpu->rcu_head;
    cpu->rcu_head = page->next;
    page->flags = 0;
    page->index = 0;
    pcp_free(&arena, &cpu->kpcp, &cpu->kpcp_count, page);
  }
}

/* The end of an operation. */
static inline void quiescent(struct cpu *cpu) {
  u32 epoch = READ_ONCE(rcu_epoch);
  cpu->stat_ops++;
  if (cpu->epoch != epoch) smp_store_release(&cpu->epoch, epoch);
  if (cpu->rcu_head) rcu_advance(cpu);
}
