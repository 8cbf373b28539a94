/** madvise, advice by advice. */
import type { Advice } from "../src/ops/operation.js";
import type { Outcome } from "../src/ops/outcome.js";
import { breakKsm, type KsmList } from "./ksm.js";
import { modifyRange } from "./merge.js";
import { ZERO } from "./page.js";
import type { Process } from "./process.js";
import { DONTCOPY, LOCKED, MERGEABLE, MISSING, SHARED, type Vma, WIPEONFORK } from "./vma.js";

/** Whether absent pages are missing. It is no advice, but it works on a range as one does. */
type Registration = "register" | "unregister";

/**
 * Goes through the mappings of the range. Holes are stepped over and give ENOMEM at the end; the first mapping that
 * refuses stops at once with its own error.
 */
export function madvise(
  process: Process,
  page: number,
  pages: number,
  advice: Advice | Registration,
  ksm: KsmList,
): Outcome {
  const end = page + pages;
  let hole = false;
  let at = page;
  while (at < end) {
    const vma = process.vmas.find(at);
    if (vma === null || vma.start >= end) {
      hole = true;
      break;
    }
    if (vma.start > at) hole = true;
    const from = Math.max(at, vma.start);
    const to = Math.min(vma.end, end);
    const wrong = adviseOne(process, vma, from, to, advice, ksm);
    if (wrong !== 0) return wrong;
    at = to;
  }
  return hole ? "ENOMEM" : 0;
}

function adviseOne(
  process: Process,
  vma: Vma,
  from: number,
  to: number,
  advice: Advice | Registration,
  ksm: KsmList,
): Outcome {
  const set = (flags: number): Outcome => {
    if (flags !== vma.flags) modifyRange(process.vmas, vma, from, to, flags);
    return 0;
  };
  switch (advice) {
    case "dontneed":
      if (vma.has(LOCKED)) return "EINVAL";
      process.table.zap(from, to);
      return 0;
    case "free":
      // Pages may be dropped under memory pressure; without it nothing can be seen.
      return vma.isAnonymous && !vma.has(LOCKED) ? 0 : "EINVAL";
    case "cold":
      return vma.has(LOCKED) ? "EINVAL" : 0;
    case "pageout":
      if (vma.has(LOCKED)) return "EINVAL";
      pageOut(process, vma, from, to);
      return 0;
    case "dontfork":
      return set(vma.flags | DONTCOPY);
    case "dofork":
      return set(vma.flags & ~DONTCOPY);
    case "wipeonfork":
      return vma.isAnonymous ? set(vma.flags | WIPEONFORK) : "EINVAL";
    case "keeponfork":
      return set(vma.flags & ~WIPEONFORK);
    case "mergeable":
      if (vma.has(SHARED | MERGEABLE)) return 0;
      ksm.enter(process);
      return set(vma.flags | MERGEABLE);
    case "register":
      return vma.isAnonymous ? set(vma.flags | MISSING) : "EINVAL";
    case "unregister":
      return set(vma.flags & ~MISSING);
    case "unmergeable":
      if (!vma.has(MERGEABLE)) return 0;
      breakKsm(process, vma, from, to);
      return set(vma.flags & ~MERGEABLE);
  }
}

/**
 * Without swap anonymous pages stay. A page of the cache that only this entry maps loses the entry, and leaves the
 * cache too when it was never written. (The kernel also spares pages that still wait in a CPU's LRU batch, which
 * differs from run to run: generated scripts leave this advice out.)
 */
function pageOut(process: Process, vma: Vma, from: number, to: number): void {
  for (const [at, page] of [...process.table.present(from, to)]) {
    if (page.kind !== "file" || page === ZERO || page.mapcount !== 1) continue;
    process.table.clear(at);
    if (!page.dirty) vma.object?.cache.delete(vma.pgoff + (at - vma.start));
  }
}
