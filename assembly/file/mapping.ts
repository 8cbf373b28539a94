/**
 * Files and shared anonymous objects, and the tree of VMAs that map them. Linux's address_space and its i_mmap tree.
 */

import { readOnce32, storeRelease32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { cmpxchg32 } from "../arch/rmw";
import { LOCK_I_MMAP, LOCK_I_PAGES, SLAB_FILE } from "../layout";
import { intervalInsert, intervalUpdate } from "../lib/interval";
import { rbErase, rbPropagate } from "../lib/rbtree";
import { slabAlloc, slabFree } from "../mem/slab";
import { AddressSpace } from "../obj/file";
import { Vma } from "../obj/vma";
import { refDecAndTest, refInc, refIncNotZero } from "../sync/refcount";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { fileTruncate } from "./cache";

/** The key of a file's tree of mappings: the page offset in the file. */
@unmanaged
export class FileKey {

  @inline private vma(node: u32): Vma {
    return changetype<Vma>(node - <u32>offsetof<Vma>("sharedParent"));
  }

  @inline start(node: u32): u64 {
    return this.vma(node).pgoff;
  }

  @inline last(node: u32): u64 {
    const vma = this.vma(node);
    return vma.pgoff + vma.pages - 1;
  }

  @inline subtreeLast(node: u32): u64 {
    return this.vma(node).sharedLast;
  }

  @inline setSubtreeLast(node: u32, last: u64): void {
    this.vma(node).sharedLast = last;
  }
  update(node: u32): bool {
    return intervalUpdate<FileKey>(node);
  }
}

/** The VMA that a node of a file's tree belongs to. */
@inline
export function vmaOfSharedNode(node: u32): Vma {
  return changetype<Vma>(node - <u32>offsetof<Vma>("sharedParent"));
}

/** A new object of `pages` pages with one reference, or 0 without memory. */
export function fileAlloc(pages: u64, shmem: bool): u32 {
  const at = slabAlloc(SLAB_FILE);
  if (at == 0) return 0;
  const file = changetype<AddressSpace>(at);
  file.iMmap = 0;
  file.radixRoot = 0;
  file.slot = 0;
  file.pages = pages;
  file.cached = 0;
  file.shmem = shmem ? 1 : 0;
  // Release: a stale reader of the reused object sees the fields above. Pairs with refIncNotZero in fileOfSlotGet, in
  // file/mapping.ts.
  storeRelease32(file.refcountAt, 1);
  return at;
}

/** Adds a user. The caller holds a reference. */
@inline
export function fileGet(file: AddressSpace): void {
  refInc(file.refcountAt);
}

/** Drops a user. The last one frees the pages and the object. Nobody maps it then. */
export function filePut(file: AddressSpace): void {
  if (!refDecAndTest(file.refcountAt)) return;
  fileTruncate(file);
  slabFree(SLAB_FILE, changetype<u32>(file));
}

/** The file in a slot of the file table with a reference for the caller, or 0. */
export function fileOfSlotGet(slot: u32): u32 {
  if (slot >= ctl().files) return 0;
  const at = readOnce32(ctl().fileBase + (slot << 2));
  // RACE: another CPU may drop the file now. The reference is taken only from a count above 0, and then the object
  // stays what it is.
  return at != 0 && refIncNotZero(changetype<AddressSpace>(at).refcountAt) ? at : 0;
}

/**
 * Makes a file of `pages` pages in a slot. If the slot has a file already, that file grows to `pages`; files never
 * shrink. False: no memory.
 */
export function fileOpenSlot(slot: u32, pages: u64): bool {
  const at = ctl().fileBase + (slot << 2);
  while (true) {
    const there = fileOfSlotGet(slot);
    if (there != 0) {
      const file = changetype<AddressSpace>(there);
      spinLock(file.iPagesAt, LOCK_I_PAGES);
      if (pages > file.pages) file.pages = pages;
      spinUnlock(file.iPagesAt);
      filePut(file);
      return true;
    }
    const fresh = fileAlloc(pages, false);
    if (fresh == 0) return false;
    changetype<AddressSpace>(fresh).slot = slot;
    // Publishes the file. Pairs with readOnce32 in fileOfSlotGet, in file/mapping.ts.
    if (cmpxchg32(at, 0, fresh) == 0) return true;
    // Another CPU filled the slot first, and may have dropped its file since.
    filePut(changetype<AddressSpace>(fresh));
  }
}

/** Drops the file in a slot. Mappings keep it alive until they end. False: the slot has none. */
export function fileDropSlot(slot: u32): bool {
  const at = ctl().fileBase + (slot << 2);
  const file = readOnce32(at);
  if (file == 0 || cmpxchg32(at, file, 0) != file) return false;
  filePut(changetype<AddressSpace>(file));
  return true;
}

/** Puts a VMA into its file's tree. The VMA's range is set. */
export function fileLink(vma: Vma): void {
  const file = changetype<AddressSpace>(vma.file);
  writeLock(file.iMmapLockAt, LOCK_I_MMAP);
  fileLinkLocked(vma);
  writeUnlock(file.iMmapLockAt);
}

/** Tells the file's tree that a VMA's end moved, and its start did not. iMmapLock is held for writing. */
export function fileEndMoved(vma: Vma): void {
  rbPropagate<FileKey>(<u32>vma.sharedAt);
}

/** As fileLink with iMmapLock held for writing. */
export function fileLinkLocked(vma: Vma): void {
  vma.sharedLast = 0;
  intervalInsert<FileKey>(changetype<AddressSpace>(vma.file).iMmapAt, <u32>vma.sharedAt);
}

/** Takes a VMA out of its file's tree. */
export function fileUnlink(vma: Vma): void {
  const file = changetype<AddressSpace>(vma.file);
  writeLock(file.iMmapLockAt, LOCK_I_MMAP);
  fileUnlinkLocked(vma);
  writeUnlock(file.iMmapLockAt);
}

/** As fileUnlink with iMmapLock held for writing. */
export function fileUnlinkLocked(vma: Vma): void {
  rbErase<FileKey>(changetype<AddressSpace>(vma.file).iMmapAt, <u32>vma.sharedAt);
}
