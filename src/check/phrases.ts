/**
 * Phrases: a few operations in a row that bring about what single ones rarely do, because each of them needs the one
 * before it. None knows what a folder changes.
 */

import type { Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";

/** What a phrase is made of. */
export interface Words {
  readonly process: number;
  /** A range, and one more page near it. */
  readonly page: number;
  readonly pages: number;
  readonly other: number;
  /** Whether the process's CPU may be refused memory. */
  readonly fails: boolean;
  readonly value: () => bigint;
}

/** Allocations after which one is refused, at most. */
const LATEST_REFUSAL = 3;
/** How far pages move: over all that a program has in one place. */
const AWAY = 32;

type Phrase = (words: Words, dice: Dice) => Operation[];

const PHRASES: readonly Phrase[] = [
  /** A page goes out to swap and comes back as it was: it is in memory and in swap. Then it may go out again. */
  ({ process, page, pages }, dice) => {
    const out: Operation = { kind: "madvise", process, page, pages, advice: "pageout" };
    const back: Operation = { kind: "read", process, page };
    return dice.once(2) ? [out, back] : [out, back, dice.once(2) ? out : { kind: "swapoff" }];
  },
  /** Two equal pages become one; then something happens to it. */
  (words, dice) => {
    const { process, page, pages } = words;
    return [
      ...twoEqual(words),
      // Their owner may not need them.
      ...(dice.once(4) ? [{ kind: "madvise", process, page, pages, advice: "free" } as const] : []),
      { kind: "ksm" },
      dice.pick<Operation>([
        { kind: "migrate", process, page, pages },
        { kind: "compact", pages: 8 },
        { kind: "madvise", process, page, pages, advice: "pageout" },
        { kind: "reclaim", pages: 8 },
        { kind: "scan", rounds: 1, hold: "locked" },
        { kind: "swapoff" },
      ]),
    ];
  },
  /** The same of pages that have come back from swap: nobody has stored to them since. */
  (words) => {
    const { process, page, other } = words;
    return [
      ...twoEqual(words),
      { kind: "madvise", process, ...spanOf(words), advice: "pageout" },
      { kind: "read", process, page },
      { kind: "read", process, page: other },
      { kind: "swapoff" },
      { kind: "ksm" },
    ];
  },
  /** Pages move away and come back, with something between: what is on both sides may become one with them. */
  ({ process, page, pages, other, value }, dice) => {
    const move = (from: number, to: number): Operation => {
      return { kind: "mremap", process, page: from, pages, newPages: pages, to, keep: false };
    };
    const away = page + AWAY;
    const between = dice.pick<readonly Operation[]>([
      [],
      [{ kind: "write", process, page: dice.once(2) ? away : other, value: value() }],
      [{ kind: "madvise", process, page: away, pages, advice: "dontneed" }],
    ]);
    return [move(page, away), ...between, move(away, page)];
  },
  /** A hole in a mapping is filled again, and what is on both sides may become one with it; or memory is short for that. */
  ({ process, page, fails }, dice) => {
    const at = page + (dice.once(2) ? 1 : 0);
    const map: Operation = {
      ...({ kind: "mmap", process, page: at, pages: 1, prot: "rw" } as const),
      ...({ shared: false, backing: "anon", stack: false } as const),
    };
    const begin: Operation = { kind: "munmap", process, page: at, pages: 1 };
    if (!fails || dice.once(2)) return [begin, map];
    return [begin, { kind: "fail", after: 1 + dice.below(LATEST_REFUSAL) }, map, { kind: "fail", after: 0 }];
  },
  /** A private mapping of a file has pages of both kinds, and a child gets them. */
  ({ process, page, pages, other, value }, dice) => {
    const map: Operation = {
      ...({ kind: "mmap", process, page, pages: Math.max(2, pages), prot: "rw" } as const),
      ...({ shared: false, backing: dice.below(4), stack: false } as const),
    };
    const inside = page + (other % Math.max(2, pages));
    return [
      map,
      { kind: "write", process, page: inside, value: value() },
      { kind: "touch", process, page, pages: Math.max(2, pages), write: false },
    ];
  },
  /** Pages are used, and the next operation meets them while they are in the CPU's batch. */
  ({ process, page, pages, value }, dice) => [
    { kind: "touch", process, page, pages, write: true },
    dice.pick<Operation>([
      ...(["migrate", "mlock", "munlock", "munmap"] as const).map((kind) => ({ kind, process, page, pages })),
      ...(["pageout", "cold", "free", "dontneed"] as const).map(
        (advice) => ({ kind: "madvise", process, page, pages, advice }) as const,
      ),
      { kind: "ksm" },
      { kind: "compact", pages: 8 },
      { kind: "reclaim", pages: 8 },
      { kind: "write", process, page, value: value() },
      { kind: "hold", process, page, write: true },
    ]),
  ],
  /** Somebody supplies pages: one that is asked for, and one that is there already, or was. */
  ({ process, page, pages, other, value }, dice) => [
    { kind: "register", process, page, pages },
    ...(dice.once(2) ? [{ kind: "madvise", process, page, pages, advice: "dontneed" } as const] : []),
    ...(dice.once(2) ? [{ kind: "read", process, page } as const] : []),
    { kind: "supply", process, page, ...(dice.once(4) ? {} : { value: value() }) },
    dice.once(2) ? { kind: "read", process, page } : { kind: "write", process, page, value: value() },
    { kind: "supply", process, page: dice.once(2) ? other : page, value: value() },
    ...(dice.once(2) ? [{ kind: "unregister", process, page, pages } as const] : []),
  ],
  /** Everything that a range has is dropped while a CPU remembers some of it. */
  ({ process, page, pages, other, value }, dice) => [
    dice.once(2) ? { kind: "read", process, page } : { kind: "write", process, page, value: value() },
    {
      ...{ kind: "madvise", process, page: Math.min(page, other), advice: "dontneed" },
      pages: Math.max(pages, Math.abs(page - other) + 1),
    } as Operation,
    { kind: "read", process, page },
  ],
];

/** The range from one page of a phrase to the other. */
function spanOf({ page, other }: Words): { readonly page: number; readonly pages: number } {
  return { page: Math.min(page, other), pages: Math.abs(page - other) + 1 };
}

/** Both pages may merge, and hold the same. */
function twoEqual(words: Words): Operation[] {
  const { process, page, other, value } = words;
  const word = value();
  return [
    { kind: "madvise", process, ...spanOf(words), advice: "mergeable" },
    { kind: "write", process, page, value: word },
    { kind: "write", process, page: other, value: word },
  ];
}

/** One of the phrases. */
export function phrase(dice: Dice, words: Words): Operation[] {
  return dice.pick(PHRASES)(words, dice);
}
