/** The written form of each operation, for messages and help. */

/** Words that follow a process. */
export const PROCESS_WORDS = [
  "mmap",
  "munmap",
  "mprotect",
  "mremap",
  "read",
  "write",
  "touch",
  "madvise",
  "mlock",
  "munlock",
  "migrate",
  "pin",
  "unpin",
  "heap",
  "brk",
  "hold",
  "release",
  "expect",
  "device",
  "seen",
  "fork",
  "exit",
] as const;

/** Words without a process. */
export const GLOBAL_WORDS = [
  "dump",
  "ksm",
  "reclaim",
  "writeback",
  "swapoff",
  "scan",
  "fail",
  "cpu",
  "sync",
  "check",
] as const;

/** The form of each operation by its word. */
export const FORMS: Readonly<Record<string, string>> &
  Readonly<Record<(typeof GLOBAL_WORDS)[number], string>> = {
  mmap: "P mmap PAGE|any N rw|r|none private|shared anon [stack] | file OFF",
  munmap: "P munmap PAGE N",
  mprotect: "P mprotect PAGE N rw|r|none",
  mremap: "P mremap PAGE N NEWN [NEWPAGE [keep] | any]",
  read: "P read PAGE",
  write: "P write PAGE VALUE",
  touch: "P touch PAGE N r|w",
  madvise:
    "P madvise PAGE N dontneed|free|mergeable|unmergeable|dontfork|dofork|wipeonfork|keeponfork|cold|pageout",
  mlock: "P mlock PAGE N",
  munlock: "P munlock PAGE N",
  migrate: "P migrate PAGE N",
  pin: "P pin PAGE N r|w",
  unpin: "P unpin PAGE N",
  heap: "P heap PAGE",
  brk: "P brk PAGE",
  hold: "P hold PAGE r|w",
  release: "P release [VALUE]",
  expect: "P expect PAGE VALUE [VALUE]",
  device: "P device VALUE",
  seen: "P seen A VA B VB",
  fork: "P fork Q",
  exit: "P exit",
  dump: "dump",
  ksm: "ksm",
  reclaim: "reclaim N",
  writeback: "writeback N",
  swapoff: "swapoff",
  scan: "scan N [unheld|unlocked]",
  fail: "fail N",
  cpu: "cpu P C",
  sync: "sync",
  check: "check",
};
