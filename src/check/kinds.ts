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
} as const;

export type Kind = keyof typeof KINDS;

/** All kinds, in a fixed order. */
export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];
