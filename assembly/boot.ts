/** Laying the engine out in a fresh memory: once, by the host. */

import { storeRelease32 } from "./arch/access";
import { cpuOf, ctl, setThisCpu } from "./arch/cpu";
import {
  ARENA_PAGE_STRIDE,
  CACHE_LINE,
  CONTENT_FULL,
  CONTENT_NONE,
  CONTENT_WORD,
  CPU_STRIDE,
  CTL,
  EINVAL,
  ENOMEM,
  EPOCH_FIRST,
  MAGIC,
  MAX_CPUS,
  PAGE_SHIFT,
  PAGE_SIZE,
  PG_RESERVED,
  PIN_SLOTS,
  SLAB_ANON_VMA,
  SLAB_AVC,
  SLAB_CACHES,
  SLAB_FILE,
  SLAB_KSM,
  SLAB_KSM_NODE,
  SLAB_KSM_ROOT,
  SLAB_MM,
  SLAB_RADIX,
  SLAB_VMA,
  ZONE_ARENA,
  ZONE_FRAMES,
} from "./layout";
import { blocksInit } from "./file/blocks";
import { pcpInit } from "./mem/pcp";
import { slabInit } from "./mem/slab";
import { zoneInit, zoneOf } from "./mem/zone";
import { AnonVma } from "./obj/anon_vma";
import { AnonVmaChain } from "./obj/avc";
import { AddressSpace } from "./obj/file";
import { KsmItem, KsmNode, KsmRoot } from "./obj/ksm";
import { Lruvec } from "./obj/lruvec";
import { Mm } from "./obj/mm";
import { Page } from "./obj/page";
import { PinSlot } from "./obj/pin_slot";
import { RADIX_NODE_BYTES } from "./obj/radix";
import { OpRecord } from "./obj/record";
import { SlabCache } from "./obj/slab";
import { Vma } from "./obj/vma";
import { Zone } from "./obj/zone";
import { swapInit } from "./swap/area";

@inline
function align(value: u64, to: u64): u64 {
  return (value + to - 1) & ~(to - 1);
}

/** Bytes of content per frame. */
@inline
function contentBytes(content: u32): u64 {
  return content == CONTENT_NONE ? 0 : content == CONTENT_WORD ? 8 : PAGE_SIZE;
}

/**
 * Where the struct pages begin: after the control block, the CPUs, the rings and the tables. The zero page's struct
 * page comes first. Those of the frames follow it and begin on a cache line, and so does each batch of them.
 */
function pagesStart(cpus: u32, spaces: u32, files: u32, queueRecords: u32): u64 {
  const all: u64 = cpus + 1;
  let at: u64 = CTL + 1024;
  at = align(at, PAGE_SIZE) + all * CPU_STRIDE;
  at += all * queueRecords * offsetof<OpRecord>();
  at += <u64>spaces * 4 + <u64>files * 4;
  at = align(at, 128) + all * offsetof<Lruvec>() + 2 * offsetof<Zone>() + SLAB_CACHES * offsetof<SlabCache>();
  at = align(at, 8) + PIN_SLOTS * offsetof<PinSlot>();
  return align(at + offsetof<Page>(), CACHE_LINE) - offsetof<Page>();
}

/** Bytes of the swap area: two words and a page's content a slot. */
function swapBytes(slots: u32, content: u32): u64 {
  return align(<u64>slots * (8 + contentBytes(content)), PAGE_SIZE);
}

/** Bytes of the store behind the page cache: a word and a page's content a block. */
function storeBytes(blocks: u32, content: u32): u64 {
  return align(<u64>blocks * (4 + contentBytes(content)), PAGE_SIZE);
}

/**
 * Bytes of memory that `boot` needs when the arena is to hold `metadataBytes` of page tables and objects. 0 means that
 * it is more than 2^32 - 1.
 */
export function bootBytes(
  frames: u32,
  cpus: u32,
  spaces: u32,
  files: u32,
  content: u32,
  queueRecords: u32,
  swapSlots: u32,
  blocks: u32,
  metadataBytes: u32,
): u32 {
  const kpages: u64 = (metadataBytes >> PAGE_SHIFT) + 1;
  let bytes = pagesStart(cpus, spaces, files, queueRecords);
  bytes = align(bytes + (<u64>frames + 1) * offsetof<Page>(), CACHE_LINE) + kpages * ARENA_PAGE_STRIDE;
  bytes = align(bytes, PAGE_SIZE) + (<u64>frames + 2) * contentBytes(content);
  bytes += swapBytes(swapSlots, content) + storeBytes(blocks, content);
  bytes = align(align(bytes, PAGE_SIZE) + kpages * PAGE_SIZE, 65536);
  return bytes >> 32 != 0 ? 0 : <u32>bytes;
}

/**
 * Lays out `bytes` of zeroed memory: `frames` page frames, `cpus` worker CPUs and one host CPU, `swapSlots` slots of
 * swap, and `blocks` blocks behind the page cache. The rest becomes the arena of page tables and objects. Returns 0,
 * -EINVAL or -ENOMEM.
 */
export function boot(
  bytes: u32,
  frames: u32,
  cpus: u32,
  spaces: u32,
  files: u32,
  content: u32,
  queueRecords: u32,
  swapSlots: u32,
  blocks: u32,
): i32 {
  if (cpus == 0 || cpus >= MAX_CPUS || content > CONTENT_FULL) return -EINVAL;
  if (queueRecords == 0 || (queueRecords & (queueRecords - 1)) != 0) return -EINVAL;
  if (frames == 0 || spaces == 0 || spaces > 65536) return -EINVAL;
  const minimum = bootBytes(frames, cpus, spaces, files, content, queueRecords, swapSlots, blocks, PAGE_SIZE * 16);
  if (minimum == 0 || bytes < minimum) return -ENOMEM;
  const all: u32 = cpus + 1;
  const c = ctl();
  c.cpus = cpus;
  c.cpuBase = <u32>align(CTL + 1024, PAGE_SIZE);
  c.cpuStride = CPU_STRIDE;
  let at = c.cpuBase + all * CPU_STRIDE;
  for (let i: u32 = 0; i < all; i++) {
    const cpu = cpuOf(i);
    cpu.number = i;
    cpu.queueBase = at;
    cpu.queueMask = queueRecords - 1;
    at += queueRecords * <u32>offsetof<OpRecord>();
  }
  c.spaceBase = at;
  c.spaces = spaces;
  c.fileBase = at + spaces * 4;
  c.files = files;
  c.lruvecBase = <u32>align(c.fileBase + files * 4, 128);
  for (let i: u32 = 0; i < all; i++) changetype<Lruvec>(c.lruvecBase + i * offsetof<Lruvec>()).number = i;
  c.zoneBase = c.lruvecBase + all * <u32>offsetof<Lruvec>();
  c.slabBase = c.zoneBase + 2 * <u32>offsetof<Zone>();
  c.pinBase = <u32>align(c.slabBase + SLAB_CACHES * <u32>offsetof<SlabCache>(), 8);
  c.pageBase = <u32>pagesStart(cpus, spaces, files, queueRecords);
  c.frames = frames;
  c.content = content;
  c.kpageBase = <u32>align(<u64>c.pageBase + (<u64>frames + 1) * offsetof<Page>(), CACHE_LINE);

  // Each arena page costs a struct page as well. The two pages that are taken off cover the two alignments.
  // Behind the frames' content the host puts that of a page which it supplies.
  const frameContent = align((<u64>frames + 2) * contentBytes(content), 8);
  const contentAll = frameContent + swapBytes(swapSlots, content) + storeBytes(blocks, content);
  c.kpages = <u32>((<u64>bytes - c.kpageBase - contentAll - 2 * PAGE_SIZE) / (PAGE_SIZE + ARENA_PAGE_STRIDE));
  c.contentBase = <u32>align(<u64>c.kpageBase + <u64>c.kpages * ARENA_PAGE_STRIDE, PAGE_SIZE);
  c.kmemBase = <u32>align(<u64>c.contentBase + contentAll, PAGE_SIZE);
  // The content comes first, because the start is aligned for it.
  const swapContent = c.contentBase + <u32>frameContent;
  const swapMap = swapContent + swapSlots * <u32>contentBytes(content);
  swapInit(swapSlots, swapMap, swapMap + swapSlots * 4, swapContent);
  const blockContent = swapContent + <u32>swapBytes(swapSlots, content);
  blocksInit(blocks, blockContent + blocks * <u32>contentBytes(content), blockContent);
  c.bootBytes = bytes;
  c.epoch = EPOCH_FIRST;
  c.supplied = 1;

  changetype<Page>(c.pageBase).flags = PG_RESERVED;
  changetype<Page>(c.pageBase).refcount = 1;
  initZone(ZONE_FRAMES, c.pageBase + <u32>offsetof<Page>(), frames, <u32>offsetof<Page>());
  initZone(ZONE_ARENA, c.kpageBase, c.kpages, ARENA_PAGE_STRIDE);
  // An object with a lock in it gets cache lines of its own.
  slabInit(SLAB_MM, <u32>offsetof<Mm>(), CACHE_LINE);
  slabInit(SLAB_VMA, <u32>offsetof<Vma>(), CACHE_LINE);
  slabInit(SLAB_ANON_VMA, <u32>offsetof<AnonVma>(), CACHE_LINE);
  slabInit(SLAB_AVC, <u32>offsetof<AnonVmaChain>(), 8);
  slabInit(SLAB_FILE, <u32>offsetof<AddressSpace>(), CACHE_LINE);
  slabInit(SLAB_RADIX, RADIX_NODE_BYTES, 8);
  slabInit(SLAB_KSM, <u32>offsetof<KsmItem>(), 8);
  slabInit(SLAB_KSM_NODE, <u32>offsetof<KsmNode>(), 8);
  slabInit(SLAB_KSM_ROOT, <u32>offsetof<KsmRoot>(), 8);
  setThisCpu(cpus);
  // Last: everything above is stored before the magic number. Pairs with no load in assembly/: the host starts the CPUs
  // after boot returns.
  storeRelease32(changetype<usize>(c), MAGIC);
  return 0;
}

function initZone(number: u32, base: u32, count: u32, stride: u32): void {
  const zone = zoneOf(number);
  zone.number = number;
  zone.base = base;
  zone.count = count;
  zone.stride = stride;
  pcpInit(zone, ctl().cpus + 1);
  zoneInit(zone);
}
