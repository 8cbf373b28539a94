/* Caches of equal objects: a list at each CPU, a shared one behind it. Objects are reused at once. */
#pragma once
#include "page.h"

enum { SLAB_MM, SLAB_VMA, SLAB_ANON_VMA, SLAB_AVC };
#define SLAB_BATCH 16u

struct slab_cache {
  u32 lock;
  u32 size;
  struct object *free;
} __attribute__((aligned(64)));

static struct slab_cache slab_caches[SLAB_CACHES];

static void slab_init(u32 number, u32 size) { slab_caches[number].size = (size + 63) & ~63u; }

static __attribute__((noinline)) void slab_refill(struct cpu *cpu, u32 number) {
  struct slab_cache *cache = &slab_caches[number];
  spin_lock(&cache->lock);
  for (u32 i = 0; i < SLAB_BATCH; i++) {
    if (!cache->free) {
      char *chunk = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (chunk == MAP_FAILED) die("out of memory");
      for (u32 at = 0; at + cache->size <= 1 << 20; at += cache->size) {
        struct object *object = (struct object *)(chunk + at);
        object->next = cache->free;
        cache->free = object;
      }
    }
    struct object *object = cache->free;
    cache->free = object->next;
    object->next = cpu->slab[number];
    cpu->slab[number] = object;
  }
  spin_unlock(&cache->lock);
  cpu->slab_count[number] += SLAB_BATCH;
}

static __attribute__((noinline)) void slab_flush(struct cpu *cpu, u32 number) {
  struct slab_cache *cache = &slab_caches[number];
  spin_lock(&cache->lock);
  for (u32 i = 0; i < SLAB_BATCH; i++) {
    struct object *object = cpu->slab[number];
    cpu->slab[number] = object->next;
    object->next = cache->free;
    cache->free = object;
  }
  spin_unlock(&cache->lock);
  cpu->slab_count[number] -= SLAB_BATCH;
}

static inline void *slab_alloc(struct cpu *cpu, u32 number) {
  if (unlikely(!cpu->slab[number])) slab_refill(cpu, number);
  struct object *object = cpu->slab[number];
  cpu->slab[number] = object->next;
  cpu->slab_count[number]--;
  cpu->stat_objects[number]++;
  return object;
}

static inline void slab_free(struct cpu *cpu, u32 number, void *at) {
  struct object *object = at;
  cpu->stat_objects[number]--;
  object->next = cpu->slab[number];
  cpu->slab[number] = object;
  if (unlikely(++cpu->slab_count[number] > 2 * SLAB_BATCH)) slab_flush(cpu, number);
}
