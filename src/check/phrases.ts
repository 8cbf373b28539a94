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
  /** A fork into a process that there never was; nothing where there are too many. */
  readonly fork: () => Operation[];
  /** The process goes to the other CPU; nothing where it must stay. */
  readonly cpu: () => Operation[];
  /** Where a stack may be. */
  readonly stack: number;
}

/** Allocations after which one is refused, at most. */
const LATEST_REFUSAL = 3;
/** Allocations of one operation that are refused one after the other. */
const SWEEP = 4;
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
  /** A page has several mappings, of which a locked one keeps it when it goes to swap: it has a slot, and is mapped. */
  (words, dice) => {
    const { process, page } = words;
    const span = { process, ...spanOf(words) };
    const out: Operation = { kind: "madvise", ...span, advice: "pageout" };
    const share: Operation[] = dice.once(2)
      ? [...twoEqual(words), { kind: "ksm" }]
      : [...words.fork(), { kind: "read", process, page }];
    return [
      ...share,
      { kind: "mprotect", ...span, prot: "r" },
      { kind: "mlock", process, page, pages: 1 },
      out,
      ...(dice.once(2) ? [{ kind: "munlock", ...span } as const] : []),
      dice.pick<Operation>([
        out,
        { kind: "madvise", ...span, advice: "free" },
        { kind: "read", process, page: words.other },
        { kind: "migrate", ...span },
        { kind: "ksm" },
        { kind: "mprotect", ...span, prot: "rw" },
      ]),
      ...(dice.once(2) ? [out] : []),
    ];
  },
  /** Two processes have a page in swap, one of them reads it: it is in memory and in swap, and the other may come, too. */
  (words, dice) => {
    const { process, page, pages } = words;
    return [
      { kind: "write", process, page, value: words.value() },
      { kind: "madvise", process, page, pages, advice: "pageout" },
      ...words.fork(),
      { kind: "read", process, page },
      dice.pick<Operation>([
        { kind: "migrate", process, page, pages },
        { kind: "compact", pages: 8 },
        { kind: "madvise", process, page, pages, advice: "pageout" },
        { kind: "madvise", process, page, pages, advice: "free" },
        { kind: "write", process, page, value: words.value() },
        { kind: "hold", process, page, write: dice.once(2) },
        { kind: "swapoff" },
        { kind: "munmap", process, page, pages },
        { kind: "reclaim", pages: 8 },
      ]),
    ];
  },
  /** Two groups of equal pages become two merged ones; then one of them goes, or gets another owner. */
  (words, dice) => {
    const { process, page, other } = words;
    const [one, two] = [words.value(), words.value() + 1n];
    const write = (at: number, value: bigint): Operation => ({ kind: "write", process, page: at, value });
    const first = Math.min(page, other);
    const pages = Math.max(4, spanOf(words).pages + 2);
    const words4 = dice.shuffled([one, one, two, two]);
    return [
      { kind: "madvise", process, page: first, pages, advice: "mergeable" },
      ...words4.map((word, at) => write(first + at, word)),
      { kind: "ksm" },
      dice.pick<Operation>([
        write(first, words4[1] as bigint),
        { kind: "munmap", process, page: first, pages: 2 },
        { kind: "madvise", process, page: first, pages: 2, advice: "pageout" },
        { kind: "madvise", process, page: first + 1, pages: 1, advice: "dontneed" },
      ]),
      { kind: "ksm" },
    ];
  },
  /** A page of a file has two places in a process, and somebody works on both. */
  ({ process, page, value }, dice) => {
    const offset = dice.below(3);
    const map = (at: number): Operation => ({
      ...({ kind: "mmap", process, page: at, pages: 1, prot: "rw", shared: true, stack: false } as const),
      backing: offset,
    });
    return [
      ...[map(page), map(page + 1), { kind: "write", process, page, value: value() } as const],
      { kind: "read", process, page: page + 1 },
      dice.pick<Operation>([
        { kind: "migrate", process, page, pages: 2 },
        { kind: "madvise", process, page, pages: 2, advice: "pageout" },
        { kind: "madvise", process, page, pages: 2, advice: "cold" },
        { kind: "mlock", process, page: page + 1, pages: 1 },
        { kind: "writeback", pages: 2 },
      ]),
      dice.once(2) ? { kind: "munmap", process, page, pages: 1 } : { kind: "reclaim", pages: 4 },
    ];
  },
  /** A device has two pages, or one, and forks find no memory for their copies: the one less far than the other. */
  (words, dice) => {
    const { process, page, other, value, fails } = words;
    if (!fails) return words.fork();
    const first = 1 + dice.below(3 * SWEEP);
    const pin = (at: number): Operation => ({ kind: "pin", process, page: at, pages: 1, write: true });
    return [
      ...[page, other].map((at): Operation => ({ kind: "write", process, page: at, value: value() })),
      pin(page),
      ...(dice.once(3) ? [] : [pin(other)]),
      ...Array.from({ length: SWEEP }, (_, at) => refused(first + at, words.fork())).flat(),
    ];
  },
  /** One of two neighbours has an anon_vma, or both have. They become one, and find no memory for that at first. */
  (words, dice) => {
    const { process, page, value, fails } = words;
    const map = (at: number, prot: "r" | "rw"): Operation => ({
      ...({ kind: "mmap", process, page: at, pages: 1, prot, shared: false } as const),
      ...({ backing: "anon", stack: false } as const),
    });
    const left = dice.once(2);
    const used = page + (left ? 0 : 1);
    const empty = page + (left ? 1 : 0);
    const join: Operation = dice.once(2)
      ? { kind: "mprotect", process, page: empty, pages: 1, prot: "rw" }
      : { kind: "mprotect", process, page: used, pages: 1, prot: "r" };
    const first = 1 + dice.below(2);
    const tries = Array.from({ length: SWEEP - 1 }, (_, at) => refused(first + at, [join])).flat();
    return [
      ...[map(used, "rw"), { kind: "write", process, page: used, value: value() } as const],
      ...(dice.once(3) ? words.fork() : []),
      ...[map(empty, "r"), ...(fails ? tries : [])],
      // What a refusal has left must not matter to one that cannot become one with the other.
      dice.once(2) ? join : { kind: "mprotect", process, page: used, pages: 1, prot: "none" },
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
  /** The same, while they are in the batch of another CPU, which the process has left. */
  (words, dice) => {
    const { process, page, pages, value } = words;
    const [there, back] = [words.cpu(), words.cpu()];
    return [
      { kind: "write", process, page, value: value() },
      ...(dice.once(2) ? [{ kind: "madvise", process, page, pages, advice: "pageout" } as const] : []),
      ...[...there, { kind: "write", process, page, value: value() } as const, ...back],
      dice.pick<Operation>([
        ...(["free", "free", "pageout", "cold", "dontneed"] as const).map(
          (advice) => ({ kind: "madvise", process, page, pages, advice }) as const,
        ),
        ...(["migrate", "mlock", "munlock"] as const).map((kind) => ({ kind, process, page, pages })),
        { kind: "ksm" },
      ]),
      ...(dice.once(2) ? words.cpu() : []),
      { kind: "madvise", process, page, pages, advice: "pageout" },
      { kind: "read", process, page },
    ];
  },
  /** A family has a stack, and one or the other of them makes it grow, in whatever order they came. */
  (words, dice) => {
    const { process, value } = words;
    const top = words.stack;
    const map: Operation = {
      ...({ kind: "mmap", process, page: top, pages: 1, prot: "rw" } as const),
      ...({ shared: false, backing: "anon", stack: true } as const),
    };
    const children = [...words.fork(), ...(dice.once(2) ? words.fork() : [])];
    const family = [process, ...children.map((one) => (one.kind === "fork" ? one.child : process))];
    const grow = (): Operation => ({
      ...({ kind: "write", process: dice.pick(family), value: value() } as const),
      page: top - 1 - dice.below(3),
    });
    return [
      ...[map, { kind: "write", process, page: top, value: value() } as const, ...children],
      ...[grow(), grow(), ...(dice.once(2) ? [grow()] : [])],
      dice.pick<Operation>([
        { kind: "scan", rounds: 1, hold: "locked" },
        { kind: "compact", pages: 8 },
        { kind: "exit", process: dice.pick(family) },
        { kind: "mremap", process, page: top, pages: 1, newPages: 1, to: top - 40, keep: dice.once(2) },
      ]),
    ];
  },
  /** A child does not get a mapping, or an empty one, and uses what is there. */
  (words, dice) => {
    const { process, page, pages, other, value } = words;
    const children = words.fork();
    const advice = dice.pick(["wipeonfork", "wipeonfork", "dontfork"] as const);
    const use = children.flatMap((one): Operation[] => {
      if (one.kind !== "fork") return [];
      const write: Operation = { kind: "write", process: one.child, page, value: value() };
      return [write, { kind: "read", process: one.child, page: other }];
    });
    return [
      { kind: "write", process, page, value: value() },
      ...[{ kind: "madvise", process, page, pages, advice } as const, ...children, ...use],
      ...(dice.once(2) ? [{ kind: "write", process, page, value: value() } as const] : []),
    ];
  },
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

/** Operations whose n-th allocation is refused. */
export function refused(after: number, operations: readonly Operation[]): Operation[] {
  if (operations.length === 0) return [];
  return [{ kind: "fail", after }, ...operations, { kind: "fail", after: 0 }];
}

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
