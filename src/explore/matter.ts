/** Selects the accesses of an execution that its story needs: those by which one CPU can have changed another one's course. */

import type { Step } from "./steps.js";

/** Structures that every operation uses and no protocol is about: allocators, statistics. */
const DULL: ReadonlySet<string> = new Set([
  "Zone",
  "SlabCache",
  "Lruvec",
  "Cpu",
  "Ctl",
  "Blocks",
  "Vmf",
  "Vmg",
]);
/** Code of allocators and of the engine's own checks. */
const DULL_CODE = /^[^/]+\/(mem|check|lru)\//;

/** Whether a structure is one that a protocol may be about. */
export function mayMatterIn(struct: string): boolean {
  return struct !== "" && !DULL.has(struct);
}

/** Whether a step may matter; `struct` is the structure around its word. */
export function mayMatter({ where, operation }: Step, struct: string): boolean {
  return operation >= 0 && mayMatterIn(struct) && !DULL_CODE.test(where.line);
}

/** What is known of one word so far. */
interface WordHistory {
  /** The last store, and who made it. */
  write: { readonly cpu: number; readonly index: number } | undefined;
  /** By CPU: its last load since that store. */
  readonly reads: Map<number, number>;
}

/**
 * The numbers of the steps that conflict with a step of another CPU: a store and the next access to the word by
 * somebody else, a load and the next store by somebody else. `steps` has those that may matter, by number.
 */
export function conflicting(steps: ReadonlyMap<number, Step>): Set<number> {
  const words = new Map<number, WordHistory>();
  const kept = new Set<number>();
  for (const [index, { cpu, at, bits, write }] of steps) {
    for (let word = at & ~3; word < at + bits / 8; word += 4) {
      const history = words.get(word) ?? { write: undefined, reads: new Map<number, number>() };
      words.set(word, history);
      const { write: last, reads } = history;
      if (last !== undefined && last.cpu !== cpu && !reads.has(cpu)) kept.add(last.index).add(index);
      if (!write) {
        reads.set(cpu, index);
        continue;
      }
      for (const [reader, at] of reads) if (reader !== cpu) kept.add(at).add(index);
      reads.clear();
      history.write = { cpu, index };
    }
  }
  return kept;
}

/** The kinds of access that are locks. */
const LOCKS: ReadonlySet<Step["kind"]> = new Set(["lock", "trylock", "unlock"]);

/** Whether a kind of access takes a lock or lets it go. */
export function isLock(kind: Step["kind"]): boolean {
  return LOCKS.has(kind);
}

/**
 * What a story tells of `conflicts`: the accesses to data, and the locks that their CPUs held around them. A lock under
 * which nothing of interest happened is none of it; one that nobody else wanted is: a reader asks for it.
 */
export function withLocks(steps: ReadonlyMap<number, Step>, conflicts: ReadonlySet<number>): Set<number> {
  const told = new Set<number>();
  const held = new Map<string, { readonly index: number; used: boolean }>();
  for (const [index, { cpu, at, kind, write }] of steps) {
    const key = `${cpu} ${at}`;
    if (!LOCKS.has(kind)) {
      if (!conflicts.has(index)) continue;
      told.add(index);
      for (const [of, lock] of held) if (of.startsWith(`${cpu} `)) lock.used = true;
    } else if (kind === "unlock") {
      const lock = held.get(key);
      if (lock?.used) told.add(lock.index).add(index);
      held.delete(key);
    } else if (write) held.set(key, { index, used: false });
    else if (conflicts.has(index)) told.add(index);
  }
  for (const { index, used } of held.values()) if (used) told.add(index);
  return told;
}
