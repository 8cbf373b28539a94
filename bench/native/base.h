/* Words, atomics with Linux's names, locks, and what each CPU owns. */
#pragma once
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define min_u64(a, b) ((a) < (b) ? (a) : (b))

static inline void cpu_relax(u32 turn) {
  if (turn < 256) __builtin_ia32_pause();
  else sched_yield();
}

/* ---- counters: the value that was there before ------------------------------------------------------ */
static inline u32 atomic_add(u32 *p, u32 v) { return __atomic_fetch_add(p, v, __ATOMIC_ACQ_REL); }
static inline u32 atomic_sub(u32 *p, u32 v) { return __atomic_fetch_sub(p, v, __ATOMIC_ACQ_REL); }
static inline u32 atomic_or(u32 *p, u32 v) { return __atomic_fetch_or(p, v, __ATOMIC_ACQ_REL); }
static inline u32 atomic_and(u32 *p, u32 v) { return __atomic_fetch_and(p, v, __ATOMIC_ACQ_REL); }
static inline bool try_cmpxchg(u32 *p, u32 *old, u32 new) {
  return __atomic_compare_exchange_n(p, old, new, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
static inline bool inc_not_zero(u32 *p) {
  u32 seen = READ_ONCE(*p);
  do
    if (seen == 0) return false;
  while (!try_cmpxchg(p, &seen, seen + 1));
  return true;
}

/* ---- spin lock: one locked instruction to take, a plain store to give ------------------------------- */
static inline void spin_lock(u32 *lock) {
  u32 old = 0;
  if (likely(__atomic_compare_exchange_n(lock, &old, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) return;
  for (u32 turn = 0;; turn++) {
    old = 0;
    if (READ_ONCE(*lock) == 0 && __atomic_compare_exchange_n(lock, &old, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    cpu_relax(turn);
  }
}
static inline void spin_unlock(u32 *lock) { smp_store_release(lock, 0); }

/* ---- read-write semaphore: bit 31 a writer, below it the readers ------------------------------------- */
#define RW_WRITER 0x80000000u
static inline void down_read(u32 *sem) {
  for (u32 turn = 0;; turn++) {
    if (likely(!(__atomic_fetch_add(sem, 1, __ATOMIC_ACQUIRE) & RW_WRITER))) return;
    __atomic_fetch_sub(sem, 1, __ATOMIC_RELAXED);
    while (READ_ONCE(*sem) & RW_WRITER) cpu_relax(turn++);
  }
}
static inline bool down_read_trylock(u32 *sem) {
  u32 seen = READ_ONCE(*sem);
  do
    if (seen & RW_WRITER) return false;
  while (!__atomic_compare_exchange_n(sem, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  return true;
}
static inline void up_read(u32 *sem) { __atomic_fetch_sub(sem, 1, __ATOMIC_RELEASE); }
static inline void down_write(u32 *sem) {
  for (u32 turn = 0;; turn++) {
    u32 old = 0;
    if (likely(__atomic_compare_exchange_n(sem, &old, RW_WRITER, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))) return;
    cpu_relax(turn);
  }
}
static inline void up_write(u32 *sem) { __atomic_fetch_sub(sem, RW_WRITER, __ATOMIC_RELEASE); }

/* ---- CPUs ---------------------------------------------------------------------------------------------- */
#define MAX_CPUS 64
#define LRU_BATCH 31
#define GATHER 1024
#define SLAB_CACHES 4

struct page;
struct object {
  struct object *next;
};

/* What one CPU owns; only `epoch` is read by others. */
struct cpu {
  u32 number;
  u32 lru_count;
  u64 access_value;
  struct page *pcp;
  u32 pcp_count;
  u32 kpcp_count;
  struct page *kpcp;
  struct page *rcu_head, *rcu_tail;
  struct object *slab[SLAB_CACHES];
  u32 slab_count[SLAB_CACHES];
  i64 anon_delta;
  u64 stat_ops, stat_faults, stat_anon, stat_zero, stat_cow, stat_reuse, stat_vma_locked, stat_walks, stat_found,
      stat_visited, stat_reclaimed, stat_swap_out, stat_swap_in;
  i64 stat_frames, stat_tables, stat_objects[SLAB_CACHES];
  u32 referenced;
  u32 pad;
  struct page *batch[LRU_BATCH];
  struct page *gather[GATHER];
  u32 epoch __attribute__((aligned(64)));
} __attribute__((aligned(128)));

static struct cpu cpus[MAX_CPUS];
static u32 cpu_count = 1;
static u32 rcu_epoch __attribute__((aligned(64))) = 1;

static inline u64 now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "native: %s\n", what);
  exit(1);
}
