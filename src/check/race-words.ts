/** What must be true of words when a made-up race has ended: as operations of its `finish`. */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Page } from "./page.js";
import type { Values } from "./values.js";

/** Words that a page may hold; more than two are none that can be told. */
type Words = readonly bigint[];

/**
 * The `expect` operations of a race's finish. `values` is what its setup left. Says nothing about a page with more than
 * two possible words.
 */
export function finishOf(values: Values, cpus: readonly (readonly Operation[])[]): Operation[] {
  const all = cpus.flat();
  const ended = new Set(all.flatMap((operation) => (operation.kind === "exit" ? [operation.process] : [])));
  const storesShared = all.some(({ kind }) => kind === "write" || kind === "device" || kind === "hold");
  const finish: Operation[] = [];
  for (const [process, pages] of values.processes) {
    if (ended.has(process)) continue;
    for (const [page, of] of pages) {
      if (of.shared !== undefined && (storesShared || !of.own)) continue;
      const words = wordsOf(process, page, of, all);
      if (words === undefined) continue;
      finish.push(expect(process, page, words));
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
  for (const operation of others) {
    if (!concerns(operation, process)) continue;
    if (UNSURE.has(operation.kind)) return undefined;
    if (operation.kind === "write" && operation.page === page) words.add(operation.value);
    if (operation.kind === "madvise" && /^(dontneed|free)$/.test(operation.advice)) words.add(0n);
  }
  return words.size <= 2 ? expect(process, page, [...words]) : undefined;
}

/** The words that a page may hold in the end; undefined: more than two, or nobody knows. */
function wordsOf(process: number, page: number, of: Page, all: readonly Operation[]): Words | undefined {
  const before = of.word;
  if (before === null) return undefined;
  const words = new Set([before]);
  if (of.other !== undefined) words.add(of.other);
  for (const operation of all) {
    if (!concerns(operation, process)) continue;
    switch (operation.kind) {
      case "write":
        if (operation.page === page) words.add(operation.value);
        break;
      case "madvise":
        if (covers(operation, page) && (operation.advice === "dontneed" || operation.advice === "free"))
          words.add(0n);
        if (/fork$/.test(operation.advice)) return undefined;
        break;
      case "mmap":
      case "munmap":
        if (operation.page === "any" || covers(operation, page)) return undefined;
        break;
      case "mremap":
      case "brk":
      case "heap":
      case "hold":
      case "pin":
        return undefined;
    }
  }
  return words.size <= 2 ? [...words] : undefined;
}

function covers({ page: first, pages }: { page: number | "any"; pages: number }, page: number): boolean {
  return first !== "any" && page >= first && page < first + pages;
}
