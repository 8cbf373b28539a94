/**
 * What is known of objects besides what stands in them: only in the checked build, here it is nothing. Protocol variants
 * call these at the same places as the engine's own files do.
 *
 *   mustBeAnonVma      before memory is touched as an anon_vma that may be a stale one: its page must still be of that type
 *   mustBeLive         an anon_vma is used for what it stands for now: it must be allocated, and made
 *   mustBeLiveFor      the same if this CPU holds the page's lock; otherwise what was found may be stale, which is legal
 *   mustBeFile         before memory is touched as a file
 *   mustNotBeInTlb     a frame is being freed: no CPU may remember an entry of it
 *   mustNotBeWritable  a file's page was cleaned and is about to be written: no CPU may store to it through its TLB
 *   anonVmaMaking, anonVmaMade      around what a constructor does
 *   anonVmaPublished   before the store that lets others find it
 *   treeChangeBegin, treeChangeEnd  around a change of an anon_vma's tree, `lock` being the rwsem that protects it
 *   treeWalk           before a walk of it
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
