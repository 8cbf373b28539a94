/** The kinds of operations that programs are made of. */

/** A kind, with how often a program has it when nothing speaks for another one. */
export const KINDS = {
  mmap: 6,
  mapFile: 2,
  mapShared: 2,
  mapStack: 2,
  growStack: 2,
  munmap: 3,
  mprotect: 6,
  mremap: 6,
  write: 14,
  read: 6,
  touch: 3,
  dontneed: 3,
  free: 3,
  merge: 2,
  ksm: 2,
  forkAdvice: 1,
  cold: 1,
  pageout: 3,
  mlock: 2,
  munlock: 2,
  migrate: 2,
  pin: 2,
  unpin: 2,
  hold: 3,
  device: 2,
  release: 2,
  fork: 5,
  exit: 2,
  reclaim: 3,
  writeback: 1,
  compact: 1,
  swapoff: 1,
  scan: 1,
  fail: 3,
  cpu: 2,
  brk: 1,
  register: 1,
  supply: 1,
} as const;

export type Kind = keyof typeof KINDS;

/** All kinds, in a fixed order. */
export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];

/** Kinds that work on the same state. Only together they show what is wrong with it. */
const COMPANIES: readonly (readonly Kind[])[] = [
  // Which list a page is on, and whether reclaim may take it.
  ["mlock", "munlock", "reclaim", "pageout", "cold", "free", "touch", "write"],
  // Which mappings may have a page, and how a walk finds them.
  ["fork", "exit", "munmap", "mremap", "mmap", "dontneed", "write", "scan", "migrate", "compact", "reclaim"],
  ["mprotect", "mremap", "mmap", "munmap", "fork", "write", "exit", "scan", "reclaim"],
  // They move pages to swap and back, or change who shares them.
  ["reclaim", "pageout", "swapoff", "fork", "exit", "read", "write", "free", "munmap"],
  ["pageout", "reclaim", "swapoff", "migrate", "compact", "mlock", "read", "touch", "mremap", "merge", "ksm"],
  // Merged pages.
  ["merge", "ksm", "write", "fork", "exit", "munmap", "reclaim", "migrate"],
  ["merge", "ksm", "write", "mlock", "munlock", "pin", "mremap", "dontneed", "fail"],
  // Pages that a device has.
  [
    "hold",
    "device",
    "release",
    "pin",
    "unpin",
    "fork",
    "write",
    "reclaim",
    "dontneed",
    "free",
    "munmap",
    "migrate",
  ],
  // Pages of a file.
  ["mapFile", "mapShared", "write", "read", "writeback", "reclaim", "dontneed", "munmap", "mremap", "fork"],
  // Pages of a file that somebody else has as well, and that may outlive it.
  [
    ...(["mapFile", "mapShared", "write", "touch", "pin", "unpin", "hold", "release", "device"] as const),
    ...(["munmap", "exit", "writeback", "migrate", "compact", "mlock", "merge", "fail"] as const),
  ],
  // Pages that somebody supplies.
  [
    ...(["register", "supply", "read", "write", "touch", "dontneed", "pin", "hold", "release"] as const),
    ...(["fork", "mremap", "mlock", "munmap", "migrate", "pageout", "reclaim", "fail"] as const),
  ],
  // Which page a CPU remembers.
  ["read", "write", "dontneed", "mprotect", "mremap", "reclaim", "munmap", "writeback", "fork"],
];

const NO_COMPANY: readonly (readonly Kind[])[] = [];
const BY_KIND = new Map(ALL_KINDS.map((kind) => [kind, COMPANIES.filter((one) => one.includes(kind))]));

/** The groups of kinds that work on the same state as this one, and that it is in; empty: it is in none. */
export function companiesOf(kind: Kind): readonly (readonly Kind[])[] {
  return BY_KIND.get(kind) ?? NO_COMPANY;
}
