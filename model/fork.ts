/** fork: which mappings and which entries the child gets. */
import { forkAnonVma } from "./anon-vma.js";
import { Page } from "./page.js";
import { Process } from "./process.js";
import { DONTCOPY, LOCKED, MISSING, Vma, WIPEONFORK } from "./vma.js";

/**
 * Makes the child. A mapping with DONTCOPY is left out; one with WIPEONFORK is copied empty, without an anon_vma, and
 * keeps the flag. Locks and the supply of missing pages are not inherited. Entries (anonymous, zero page, page cache) are copied only for a mapping
 * whose parent has an anon_vma: everything else a fault brings back. A pinned anonymous page is copied.
 */
export function fork(parent: Process, id: number): Process {
  const child = new Process(id);
  child.heapStart = parent.heapStart;
  child.heapEnd = parent.heapEnd;
  for (const from of parent.vmas.all) {
    if (from.has(DONTCOPY)) continue;
    const to = new Vma(from.start, from.end, from.flags & ~(LOCKED | MISSING), from.pgoff, from.object);
    child.vmas.insert(to);
    if (from.has(WIPEONFORK)) continue;
    forkAnonVma(to, from);
    if (from.anonVma === null) continue;
    for (const [at, page] of parent.table.present(from.start, from.end)) {
      // A pinned page stays the parent's alone: the child gets its copy at once.
      child.table.set(at, page.pins > 0 && page.kind === "anon" ? new Page("anon", page.value) : page);
    }
  }
  return child;
}
