/**
 * anon_vmas as far as they decide merging: which mappings share one, which abandoned one a fork reuses, and whether a
 * mapping is a fork child. Locks and trees do not exist here: a count of links stands for the tree.
 */
import { ACCESS, type Vma } from "./vma.js";

/** The object that anonymous pages point to. */
export class AnonVma {
  /** anon_vmas whose parent this is; a root is its own child, so it never looks abandoned with a living child. */
  numChildren = 0;
  /** Mappings whose `anonVma` is this one. */
  numActive = 0;
  /** Mappings that are linked to it (entries of its tree). */
  links = 0;
  readonly parent: AnonVma;

  constructor(parent: AnonVma | null) {
    this.parent = parent ?? this;
    this.parent.numChildren++;
  }
}

/**
 * A mapping is a fork child when it has an anon_vma and is linked to more than one: its ancestors may hold pages of it
 * that were not copied yet. Others must not join it, or locks of unrelated processes would be shared for ever.
 */
export function isForkChild(vma: Vma | null): boolean {
  return vma !== null && vma.anonVma !== null && vma.chain.length !== 1;
}

/**
 * Links `to` to everything `from` is linked to, oldest first. When `to` has no anon_vma yet (fork), the oldest
 * abandoned one (fewer than two children, no mapping of its own) is taken over.
 */
export function cloneChain(to: Vma, from: Vma): void {
  for (const anonVma of from.chain.toReversed()) {
    to.chain.unshift(anonVma);
    anonVma.links++;
    const wanted = to.anonVma === null && from.anonVma !== null;
    if (wanted && anonVma.numChildren < 2 && anonVma.numActive === 0) to.anonVma = anonVma;
  }
  if (to.anonVma !== null) to.anonVma.numActive++;
}

/** Removes a mapping from all its anon_vmas; one that nobody is linked to any more stops counting as a child. */
export function unlinkChain(vma: Vma): void {
  for (const anonVma of vma.chain) {
    if (--anonVma.links === 0) anonVma.parent.numChildren--;
  }
  if (vma.anonVma !== null) vma.anonVma.numActive--;
  vma.chain = [];
  vma.anonVma = null;
}

/** Gives the child's mapping its own anon_vma below the parent's, or an abandoned one of the chain. */
export function forkAnonVma(child: Vma, parent: Vma): void {
  if (parent.anonVma === null) return;
  cloneChain(child, parent);
  if (child.anonVma !== null) return;
  attach(child, new AnonVma(parent.anonVma));
}

/** When `to` has no anon_vma and `from` has one, `to` takes the same with the whole chain. */
export function dupAnonVma(to: Vma, from: Vma): void {
  if (from.anonVma === null || to.anonVma !== null) return;
  to.anonVma = from.anonVma;
  cloneChain(to, from);
}

/**
 * Before the first anonymous page: takes the anon_vma of the next, else of the previous mapping, if the two could be
 * one mapping but for access rights and the neighbour's chain has one entry; else makes a new root.
 */
export function prepareAnonVma(vma: Vma, prev: Vma | null, next: Vma | null): void {
  if (vma.anonVma !== null) return;
  const found = reusable(next, vma, next) ?? reusable(prev, prev, vma);
  attach(vma, found ?? new AnonVma(null));
}

function attach(vma: Vma, anonVma: AnonVma): void {
  vma.anonVma = anonVma;
  vma.chain.unshift(anonVma);
  anonVma.links++;
  anonVma.numActive++;
}

function reusable(neighbour: Vma | null, a: Vma | null, b: Vma | null): AnonVma | null {
  if (neighbour === null || a === null || b === null) return null;
  const joined = a.end === b.start && b.pgoff === a.pgoff + a.pages;
  const alike = a.object === b.object && ((a.flags ^ b.flags) & ~ACCESS) === 0;
  return joined && alike && neighbour.chain.length === 1 ? neighbour.anonVma : null;
}
