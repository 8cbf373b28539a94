/**
 * Checks on the life of objects, in the checked build only: here they do nothing. Protocol variants call these at the
 * same places as the engine's own files do.
 *
 *   mustBeAnonVma      before memory is touched as an anon_vma that may be stale: its page must still hold anon_vmas
 *   mustBeLive         an anon_vma is used for what it is now: it must be allocated and made
 *   mustBeLiveFor      the same if this CPU holds the page's lock; otherwise the anon_vma may legally be stale
 *   mustBeFile         before memory is touched as a file
 *   mustBeOwned        an entry is stored: from here on who takes no lock finds its page, so the page has an owner
 *   mustNotBeInTlb     a frame is being freed: no CPU may remember an entry of it
 *   mustNotBeWritable  a file's page was cleaned and is about to be written: no CPU may store to it through its TLB
 *   anonVmaMaking, anonVmaMade      before and after a constructor
 *   anonVmaPublished   before the store that lets others find the anon_vma
 *   treeChangeBegin, treeChangeEnd  before and after a change of an anon_vma's tree; `lock`: the rwsem that protects it
 *   treeWalk           before a walk of the tree
 *   listChangeBegin, listWalk       the same where a spinlock protects it (treeChangeEnd ends both)
 */

import { Page } from "../obj/page";

@inline
export function mustBeAnonVma(at: u32): void {}

@inline
export function mustBeLive(at: u32): void {}

@inline
export function mustBeLiveFor(page: Page, at: u32): void {}

@inline
export function mustBeFile(at: u32): void {}

@inline
export function mustBeOwned(pte: u64): void {}

@inline
export function mustNotBeInTlb(page: Page): void {}

@inline
export function mustNotBeWritable(page: Page): void {}

@inline
export function anonVmaMaking(at: u32): void {}

@inline
export function anonVmaMade(at: u32): void {}

@inline
export function anonVmaPublished(at: u32): void {}

@inline
export function treeChangeBegin(anonVma: u32, lock: usize): void {}

@inline
export function treeChangeEnd(anonVma: u32, lock: usize): void {}

@inline
export function treeWalk(anonVma: u32, lock: usize): void {}

@inline
export function listChangeBegin(anonVma: u32, lock: usize): void {}

@inline
export function listWalk(anonVma: u32, lock: usize): void {}
