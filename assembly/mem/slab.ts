/**
 * Slabs: equal objects in arena pages, with a small stack of free ones (a magazine) at each CPU.
 *
 *   allocate: the CPU's magazine -> a page with free objects -> a new page
 *   free:     the CPU's magazine -> half of it goes back to the pages; an empty page goes back by RCU
 *
 * A freed object keeps its fields and is reused at once (type-safe by RCU). A new page is all zero, and zero is the
 * constructed state of every object: locks are free, counts are 0.
 */

import { smpMb } from "../arch/barrier";
import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl, cpuOf, thisCpu } from "../arch/cpu";
import { bugUnless, CHECKED, SHADOW_BYTES } from "../arch/check";
import { failAllocation, giveBack } from "../arch/inject";
import { atomicSub32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import {
  CPU_MAGAZINES,
  EVENT_ALLOC,
  EVENT_FREE,
  LOCK_SLAB,
  MAGAZINE,
  PAGE_SIZE,
  PANIC_DOUBLE_FREE,
  PANIC_USE_AFTER_FREE,
  PG_SLAB,
  REFUSED_OBJECT,
  SLAB_CACHES,
} from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { SlabCache } from "../obj/slab";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { arenaAddress, arenaAlloc, arenaPageOf, arenaZero } from "./arena";
import { countMost } from "./most";
import { rcuFreePage } from "./rcu";

@inline
export function slabCache(number: u32): SlabCache {
  return changetype<SlabCache>(ctl().slabBase + number * offsetof<SlabCache>());
}

/** Sets a cache up for objects of `size` bytes, each at a multiple of `alignment`. Boot only. */
export function slabInit(number: u32, size: u32, alignment: u32): void {
  const cache = slabCache(number);
  cache.number = number;
  cache.size = (size + 7) & ~7;
  cache.stride = (cache.size + 8 + SHADOW_BYTES + alignment - 1) & ~(alignment - 1);
  cache.perPage = PAGE_SIZE / cache.stride;
}

@inline
function magazineAt(cpu: Cpu, number: u32): usize {
  return changetype<usize>(cpu) + CPU_MAGAZINES + number * (MAGAZINE * 4 + 8);
}

@inline
function nextAt(cache: SlabCache, object: u32): usize {
  return object + cache.size;
}

/** Twice the number of times that the object was allocated, plus one while it lives. */
@inline
export function slabState(number: u32, object: u32): u32 {
  return readOnce32(object + slabCache(number).size + 4);
}

/** Whether `at` is a live object of the cache. For checks: `at` may be any number. */
export function slabIsLive(number: u32, at: u32): bool {
  const c = ctl();
  if (at < c.kmemBase || at - c.kmemBase >= c.kpages * PAGE_SIZE) return false;
  const page = arenaPageOf(at);
  if ((readOnce32(page.flagsAt) & PG_SLAB) == 0 || readOnce32(page.kindAt) != number) return false;
  return (at & (PAGE_SIZE - 1)) % slabCache(number).stride == 0 && (slabState(number, at) & 1) == 1;
}

@inline
function setState(cache: SlabCache, object: u32, state: u32): void {
  // RACE: the checks ask for the state of objects of others, maybe stale ones.
  writeOnce32(object + cache.size + 4, state);
}

@inline
function count(cpu: Cpu, number: u32, by: i64): void {
  const at = changetype<usize>(cpu) + offsetof<Cpu>("statObjects0") + (number << 3);
  store<i64>(at, load<i64>(at) + by);
}

/** An object of the cache, or 0 without memory. Its fields are as the last user left them, zero at first. */
export function slabAlloc(number: u32): u32 {
  if (failAllocation()) return 0;
  const cpu = thisCpu();
  const magazine = magazineAt(cpu, number);
  let have = load<u32>(magazine);
  if (have == 0) {
    have = refill(cpu, slabCache(number), magazine);
    if (have == 0) return 0;
  }
  have--;
  store<u32>(magazine, have);
  const object = load<u32>(magazine + 8 + (have << 2));
  const cache = slabCache(number);
  const state = load<u32>(object + cache.size, 4);
  bugUnless((state & 1) == 0, PANIC_USE_AFTER_FREE, object, number);
  setState(cache, object, state + 3);
  if (CHECKED) writeOnce32(object + cache.size + 8, 0);
  trace(EVENT_ALLOC, object, number);
  count(cpu, number, 1);
  return object;
}

/** Gives an object back. */
export function slabFree(number: u32, object: u32): void {
  const cpu = thisCpu();
  const cache = slabCache(number);
  const state = load<u32>(object + cache.size, 4);
  bugUnless((state & 1) == 1, PANIC_DOUBLE_FREE, object, number);
  trace(EVENT_FREE, object, number);
  setState(cache, object, state - 1);
  count(cpu, number, -1);
  const magazine = magazineAt(cpu, number);
  let have = load<u32>(magazine);
  if (have == MAGAZINE) {
    flush(cache, magazine, MAGAZINE / 2);
    have = load<u32>(magazine);
  }
  store<u32>(magazine + 8 + (have << 2), object);
  store<u32>(magazine, have + 1);
  if (giveBack()) flush(cache, magazine, 0, true);
}

/** Fills half of the magazine. Returns how many objects it has then. */
function refill(cpu: Cpu, cache: SlabCache, magazine: usize): u32 {
  let have: u32 = 0;
  spinLock(cache.lockAt, LOCK_SLAB);
  while (have < MAGAZINE / 2) {
    if (cache.partial == 0) {
      if (have != 0) break;
      if (!grow(cache)) break;
    }
    const page = changetype<Page>(cache.partial);
    const object = page.priv;
    page.priv = load<u32>(nextAt(cache, object));
    page.mapcount++;
    if (page.priv == 0) takePartial(cache, page);
    store<u32>(magazine + 8 + (have << 2), object);
    have++;
  }
  spinUnlock(cache.lockAt);
  store<u32>(magazine, have);
  return have;
}

/** Returns the magazine's upper objects to their pages until `keep` are left. With `all` no empty page is kept. */
function flush(cache: SlabCache, magazine: usize, keep: u32, all: bool = false): void {
  let have = load<u32>(magazine);
  spinLock(cache.lockAt, LOCK_SLAB);
  while (have > keep) {
    have--;
    const object = load<u32>(magazine + 8 + (have << 2));
    const page = arenaPageOf(object);
    if (page.priv == 0) addPartial(cache, page);
    store<u32>(nextAt(cache, object), page.priv);
    page.priv = object;
    page.mapcount--;
    // The last page with free objects stays, so that a busy cache does not free and allocate it again and again.
    if (page.mapcount == 0 && (all || cache.partial != changetype<u32>(page) || page.next != 0)) {
      takePartial(cache, page);
      cache.pages--;
      atomicSub32(ctl().slabPagesAt, 1);
      rcuFreePage(page);
    }
  }
  spinUnlock(cache.lockAt);
  store<u32>(magazine, have);
}

/** Adds a page of free objects. False: no memory. The cache's lock is held. */
function grow(cache: SlabCache): bool {
  const at = arenaAlloc();
  if (at == 0) {
    if (thisCpu().refused != 0) thisCpu().refused = REFUSED_OBJECT;
    return false;
  }
  cache.pages++;
  countMost(ctl().slabPagesAt, ctl().slabPagesMostAt);
  arenaZero(at);
  const page = changetype<Page>(at);
  writeOnce32(page.flagsAt, PG_SLAB);
  writeOnce32(page.kindAt, cache.number);
  page.mapcount = 0;
  let next: u32 = 0;
  const base = arenaAddress(at);
  for (let i = cache.perPage; i > 0; i--) {
    const object = base + (i - 1) * cache.stride;
    store<u32>(nextAt(cache, object), next);
    next = object;
  }
  page.priv = next;
  constructed();
  addPartial(cache, page);
  return true;
}

/**
 * What the constructed objects hold (free locks, counts of 0) is visible before anyone can learn their addresses, by
 * however many steps: a page names its anon_vma without a release. Pairs with folioLockAnonVmaRead in rmap/lock.ts.
 */
function constructed(): void {
  smpMb();
}

function addPartial(cache: SlabCache, page: Page): void {
  page.prev = 0;
  page.next = cache.partial;
  if (cache.partial != 0) changetype<Page>(cache.partial).prev = changetype<u32>(page);
  cache.partial = changetype<u32>(page);
}

function takePartial(cache: SlabCache, page: Page): void {
  if (page.prev != 0) changetype<Page>(page.prev).next = page.next;
  else cache.partial = page.next;
  if (page.next != 0) changetype<Page>(page.next).prev = page.prev;
  page.next = 0;
  page.prev = 0;
}

/** Empties every CPU's magazines. All CPUs must stand still. */
export function slabDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    for (let number: u32 = 0; number < SLAB_CACHES; number++) {
      if (slabCache(number).perPage != 0) flush(slabCache(number), magazineAt(cpuOf(i), number), 0);
    }
  }
}
