/** What must be true of words when a made-up race has ended: as operations of its `finish`. */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Page } from "./page.js";
import type { Values } from "./values.js";

/** Advice after which a page may be empty. */
const DROPS: ReadonlySet<string> = new Set(["dontneed", "free"]);

/** Operations that change whether others may store to a page, or drop it. */
const RIGHTS: ReadonlySet<Operation["kind"]> = new Set(["mprotect", "mlock", "munlock"]);

/** Words that a page may hold; more than two are none that can be told. */
type Words = readonly bigint[];

/** Stores, and advice that drops pages, by how they end for a CPU that has nobody beside it. */
export interface Fates {
  readonly done: ReadonlySet<Operation>;
  /** Those that had no right to. */
  readonly refused: ReadonlySet<Operation>;
}

/**
 * The `expect` operations of a race's finish. `values` is what its setup left. Says nothing about a page with more than
 * two possible words.
 */
export function finishOf(
  values: Values,
  cpus: readonly (readonly Operation[])[],
  fates?: Fates,
): Operation[] {
  const all = cpus.flat();
  const ended = new Set(all.flatMap((operation) => (operation.kind === "exit" ? [operation.process] : [])));
  const storesShared = all.some(({ kind }) => kind === "write" || kind === "device" || kind === "hold");
  const finish: Operation[] = [];
  for (const [process, pages] of values.processes) {
    if (ended.has(process)) continue;
    for (const [page, of] of pages) {
      if (of.shared !== undefined && !of.isPrivate) {
        // What a device stores sharedWordsOf knows.
        const isHidden = all.some(
          (one) => one.kind !== "device" && concerns(one, process) && hides(one, page),
        );
        const shared = isHidden ? undefined : sharedWordsOf(of, values, all);
        if (shared !== undefined) finish.push(expect(process, page, shared));
        continue;
      }
      if (of.shared !== undefined && (storesShared || !of.own)) continue;
      const words = wordsOf(process, page, of, all);
      const last = fates && of.shared === undefined ? lastWordsOf(process, page, of, cpus, fates) : words;
      if (last !== undefined) finish.push(expect(process, page, last));
      // A child may have any word that the page had meanwhile.
      if (words === undefined) continue;
      for (const child of childrenOf(process, all))
        if (!of.skipped && !of.wiped && of.forksKnown && !all.some((operation) => concerns(operation, child)))
          finish.push(expect(child, page, words));
    }
  }
  return finish;
}

function expect(process: number, page: number, words: Words): Operation {
  const [value, other = value] = words as [bigint, bigint?];
  return { kind: "expect", process, page, value, other };
}

function concerns(operation: Operation, process: number): boolean {
  return isProcessOperation(operation) && operation.process === process;
}

function childrenOf(process: number, all: readonly Operation[]): number[] {
  return all.flatMap((operation) =>
    operation.kind === "fork" && operation.process === process ? [operation.child] : [],
  );
}

/** Operations of others after which nobody can tell what an operation of a CPU has done. */
const UNSURE: ReadonlySet<Operation["kind"]> = new Set([
  "mmap",
  "munmap",
  "mremap",
  "mprotect",
  "mlock",
  "munlock",
  "brk",
  "heap",
  "hold",
  "device",
  "pin",
  "exit",
]);

/** Whether an operation of another CPU may take a page from its process, or store to it. */
export function takesAway(operation: Operation, process: number, page: number): boolean {
  if (!concerns(operation, process)) return false;
  if (operation.kind === "write") return operation.page === page;
  return UNSURE.has(operation.kind) || (operation.kind === "madvise" && DROPS.has(operation.advice));
}

/** Operations that may change the word of a page before it moves. */
const CHANGES: ReadonlySet<Operation["kind"]> = new Set(["write", "madvise"]);

/**
 * What a CPU must see at a page when it has done its operations, as an `expect`. `alone` is what they left with nobody
 * beside them, and `others` is what the other CPUs do. Undefined: nobody can tell, or there are more than two words.
 */
export function lookAt(
  process: number,
  page: number,
  alone: Values,
  own: readonly Operation[],
  others: readonly Operation[],
): Operation | undefined {
  const of = alone.pagesOf(process)?.get(page);
  if (of === undefined || of.shared !== undefined || of.word === null) return undefined;
  if (own.some(({ kind }) => kind === "fail" || kind === "hold" || kind === "exit")) return undefined;
  const words = new Set([of.word]);
  if (of.other !== undefined) words.add(of.other);
  // The page may come from elsewhere, with a word that another CPU has stored there.
  const moves = own.some(({ kind }) => kind === "mremap");
  for (const operation of others) {
    if (!concerns(operation, process)) continue;
    if (UNSURE.has(operation.kind) || (moves && CHANGES.has(operation.kind))) return undefined;
    if (operation.kind === "write" && operation.page === page) words.add(operation.value);
    if (operation.kind === "madvise" && /^(dontneed|free)$/.test(operation.advice)) words.add(0n);
  }
  return words.size <= 2 ? expect(process, page, [...words]) : undefined;
}

/** Operations after which a page of an object may be in another place, or may hold what a device stored. */
const DISPLACES: ReadonlySet<Operation["kind"]> = new Set([
  ...(["mmap", "mremap", "brk", "heap", "pin", "register", "supply"] as const),
]);

/** Whether a device may store to a page of an object: what it pins for storing is not surely private. */
function storesByPin(values: Values, all: readonly Operation[]): boolean {
  return all.some((one) => {
    if (one.kind !== "device") return false;
    const before = values.held.get(one.process)?.page;
    const pinned = all.flatMap((other) =>
      other.kind === "hold" && other.process === one.process ? [other.page] : [],
    );
    const pages = values.pagesOf(ancestorOf(one.process, values, all));
    return [...pinned, ...(before === undefined ? [] : [before])].some((page) => {
      const of = pages?.get(page);
      return of === undefined || (of.shared !== undefined && !of.isPrivate);
    });
  });
}

/** The words that a page of an object may hold in the end, where processes share it. Undefined as for wordsOf. */
function sharedWordsOf(of: Page, values: Values, all: readonly Operation[]): Words | undefined {
  if (of.word === null || all.some(({ kind }) => DISPLACES.has(kind)) || storesByPin(values, all))
    return undefined;
  const words = new Set([of.word]);
  for (const one of all) {
    if (one.kind !== "write") continue;
    const at = values.pagesOf(ancestorOf(one.process, values, all))?.get(one.page);
    if (at !== undefined && !at.isPrivate && at.shared === of.shared && at.offset === of.offset)
      words.add(one.value);
  }
  return words.size <= 2 ? [...words] : undefined;
}

/** The process of the setup that a process comes from: its mappings are in the same places. */
function ancestorOf(process: number, values: Values, all: readonly Operation[]): number {
  let at = process;
  while (!values.processes.has(at)) {
    const made = all.find((one) => one.kind === "fork" && one.child === at);
    if (made?.kind !== "fork") return at;
    at = made.process;
  }
  return at;
}

/** The words that a page may hold in the end; undefined: more than two, or nobody knows. */
function wordsOf(process: number, page: number, of: Page, all: readonly Operation[]): Words | undefined {
  const before = of.word;
  if (before === null) return undefined;
  const words = new Set([before]);
  if (of.other !== undefined) words.add(of.other);
  for (const operation of all) {
    if (!concerns(operation, process)) continue;
    if (hides(operation, page)) return undefined;
    const word = wordAfter(operation, page);
    if (word !== undefined) words.add(word);
  }
  return words.size <= 2 ? [...words] : undefined;
}

/**
 * The words that a private page may hold in the end, where a CPU's later stores take the place of its earlier ones.
 * Undefined as for wordsOf.
 */
function lastWordsOf(
  process: number,
  page: number,
  of: Page,
  cpus: readonly (readonly Operation[])[],
  { done, refused }: Fates,
): Words | undefined {
  if (of.word === null || cpus.flat().some((one) => concerns(one, process) && hides(one, page)))
    return undefined;
  const words = new Set<bigint>();
  let isReplaced = false;
  for (const own of cpus) {
    const isAlone = !cpus.some(
      (others) => others !== own && others.some((one) => concerns(one, process) && RIGHTS.has(one.kind)),
    );
    /** What this CPU leaves there, if it is the last one. */
    let last = new Set<bigint>();
    for (const one of own) {
      const word = concerns(one, process) ? wordAfter(one, page) : undefined;
      if (word === undefined || (isAlone && refused.has(one))) continue;
      // What may be dropped later may stay as well.
      const isSure = one.kind === "write" || (one.kind === "madvise" && one.advice === "dontneed");
      if (isSure && isAlone && done.has(one)) {
        last = new Set();
        isReplaced = true;
      }
      last.add(word);
    }
    for (const word of last) words.add(word);
  }
  if (!isReplaced) {
    words.add(of.word);
    if (of.other !== undefined) words.add(of.other);
  }
  return words.size >= 1 && words.size <= 2 ? [...words] : undefined;
}

/** The word that an operation leaves at a page; undefined: it does not touch it. */
function wordAfter(operation: Operation, page: number): bigint | undefined {
  if (operation.kind === "write") return operation.page === page ? operation.value : undefined;
  if (operation.kind !== "madvise" || !covers(operation, page)) return undefined;
  return DROPS.has(operation.advice) ? 0n : undefined;
}

/** Whether nobody can tell a page's word after an operation of its process. */
function hides(operation: Operation, page: number): boolean {
  switch (operation.kind) {
    case "madvise":
      return /fork$/.test(operation.advice);
    case "mmap":
    case "munmap":
      return operation.page === "any" || covers(operation, page);
    case "mremap":
    case "brk":
    case "heap":
    case "device":
    case "pin":
    case "register":
    case "unregister":
    case "supply":
      return true;
    default:
      return false;
  }
}

function covers({ page: first, pages }: { page: number | "any"; pages: number }, page: number): boolean {
  return first !== "any" && page >= first && page < first + pages;
}
