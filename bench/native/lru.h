/* LRU lists: a set with a lock for each CPU, filled in batches; and the release of pages. */
#pragma once
#include "mm.h"

struct list {
  struct page *head, *tail;
  u64 count;
};

enum { INACTIVE_ANON, ACTIVE_ANON, INACTIVE_FILE, ACTIVE_FILE, UNEVICTABLE, LISTS };

static struct lruvec {
  u32 lock;
  u32 number;
  struct list lists[LISTS];
} __attribute__((aligned(128))) lruvecs[MAX_CPUS];

static inline u32 list_of(u32 flags) {
  if (flags & PG_UNEVICTABLE) return UNEVICTABLE;
  return (flags & PG_SWAPBACKED ? 0 : 2) + (flags & PG_ACTIVE ? 1 : 0);
}
static inline struct lruvec *lruvec_of(u32 flags) { return &lruvecs[(flags >> PG_LRUVEC_SHIFT) & PG_LRUVEC_MASK]; }

static inline void list_add(struct list *list, struct page *page) {
  page->prev = NULL;
  page->next = list->head;
  if (list->head) list->head->prev = page;
  else list->tail = page;
  list->head = page;
  list->count++;
}

static inline void list_del(struct list *list, struct page *page) {
  if (page->prev) page->prev->next = page->next;
  else list->head = page->next;
  if (page->next) page->next->prev = page->prev;
  else list->tail = page->prev;
  page->next = page->prev = NULL;
  list->count--;
}

static inline void lru_add_locked(struct lruvec *lruvec, struct page *page) {
  atomic_or(&page->flags, PG_LRU | lruvec->number << PG_LRUVEC_SHIFT);
  list_add(&lruvec->lists[list_of(page->flags)], page);
}

/* For a page without references: nobody else changes its flags, as in Linux's __folio_clear_lru_flags. */
static inline void lru_del_free_locked(struct lruvec *lruvec, struct page *page) {
  list_del(&lruvec->lists[list_of(page->flags)], page);
  page->flags &= ~(PG_LRU | PG_LRUVEC_MASK << PG_LRUVEC_SHIFT);
}

static inline void free_page_off_lru(struct cpu *cpu, struct page *page) {
  if (READ_ONCE(page->flags) & PG_LRU) {
    struct lruvec *lruvec = lruvec_of(page->flags);
    spin_lock(&lruvec->lock);
    lru_del_free_locked(lruvec, page);
    spin_unlock(&lruvec->lock);
  }
  frame_free(cpu, page);
}

static inline void put_page(struct cpu *cpu, struct page *page) {
  if (atomic_sub(&page->refcount, 1) == 1) free_page_off_lru(cpu, page);
}

static __attribute__((noinline)) void lru_drain(struct cpu *cpu) {
  u32 count = cpu->lru_count;
  struct lruvec *lruvec = &lruvecs[cpu->number];
  bool locked = false;
  cpu->lru_count = 0;
  for (u32 i = 0; i < count; i++) {
    struct page *page = cpu->batch[i];
    if (READ_ONCE(page->refcount) == 1) continue; /* unmapped meanwhile: it needs no list */
    if (!locked) spin_lock(&lruvec->lock);
    locked = true;
    lru_add_locked(lruvec, page);
  }
  if (locked) spin_unlock(&lruvec->lock);
  for (u32 i = 0; i < count; i++) put_page(cpu, cpu->batch[i]);
}

/* Hands one reference to the batch. */
static inline void lru_add(struct cpu *cpu, struct page *page) {
  if (unlikely(cpu->lru_count == LRU_BATCH)) lru_drain(cpu);
  cpu->batch[cpu->lru_count++] = page;
}

static void release_gathered(struct cpu *cpu, u32 count) {
  struct lruvec *locked = NULL;
  for (u32 i = 0; i < count; i++) {
    struct page *page = cpu->gather[i];
    if (atomic_sub(&page->refcount, 1) != 1) continue;
    if (READ_ONCE(page->flags) & PG_LRU) {
      struct lruvec *lruvec = lruvec_of(page->flags);
      if (locked != lruvec) {
        if (locked) spin_unlock(&locked->lock);
        spin_lock(&lruvec->lock);
        locked = lruvec;
      }
      lru_del_free_locked(lruvec, page);
    }
    frame_free(cpu, page);
  }
  if (locked) spin_unlock(&locked->lock);
}
