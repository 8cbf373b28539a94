/**
 * Makes up programs. Each draws a few kinds of operations and uses mostly those, so that two rare ones meet; and it
 * stays within a few pages, so that operands collide.
 */

import type { Advice, Operation, Prot } from "../ops/operation.js";
import { CPUS } from "./checked-machine.js";
import { type Dice, sumOf } from "./dice.js";
import { ALL_KINDS, companiesOf, KINDS, type Kind } from "./kinds.js";
import type { Page } from "./page.js";
import type { Values } from "./values.js";

/** Pages of the window in which mappings meet. */
const MOST_PAGES = 8;
/** Where pages are moved to, and stacks begin: each far from the others. */
const AWAY = 16;
const STACKS = [600, 1200] as const;
/** The heap's beginning. */
const HEAP = 40;
/** Processes of a program. */
const MOST_PROCESSES = 8;
/** Kinds that a program is about, at most. */
const FAVOURITES = 4;
/** How much more often a favourite comes. */
const FAVOUR = 8;
/** Allocations after which one is refused, at most: mostly, and once in four times. */
const LATEST_REFUSAL = 8;
const LATE_REFUSAL = 32;
/** Chances in percent that a program about some kinds refuses allocations, and that one about merging has few values. */
const REFUSES = 15;
const ALIKE = 80;

const LENGTHS = [1, 1, 1, 2, 2, 3] as const;
const PROTS: readonly Prot[] = ["rw", "rw", "rw", "r", "r", "none"];
const FORK_ADVICES: readonly Advice[] = ["dontfork", "dofork", "wipeonfork", "keeponfork"];

/** By kind: its place among all. */
const PLACES: ReadonlyMap<Kind, number> = new Map(ALL_KINDS.map((kind, at) => [kind, at]));

/** How often each kind is drawn, and the sum of that. */
interface Weights {
  /** By what is liked, how much of it is in the weights: nothing leaves it. */
  readonly liked: number;
  readonly weights: readonly number[];
  readonly sum: number;
}

/** The weights for what somebody likes: each program asks, and mostly nothing has changed. */
const knownWeights = new WeakMap<ReadonlyMap<Kind, number>, Weights>();

function likedWeights(liking: ReadonlyMap<Kind, number>): Weights {
  const known = knownWeights.get(liking);
  if (known?.liked === liking.size) return known;
  const weights = ALL_KINDS.map((kind) => KINDS[kind] * (liking.get(kind) ?? 1));
  const made = { liked: liking.size, weights, sum: sumOf(weights) };
  knownWeights.set(liking, made);
  return made;
}

/** Makes the operations of one program, one after the other. Each depends on the answers so far. */
export class Generator {
  readonly #dice: Dice;
  readonly #values: Values;
  readonly #weights: readonly number[];
  /** Of the weights. */
  readonly #sum: number;
  readonly #pages: number;
  /** The page that this program returns to. */
  readonly #focus: number;
  readonly #few: boolean;
  /** The program is about merged pages. */
  readonly #merges: boolean;
  #processes = 1;
  #stacks = 0;
  #heap = false;
  #nextValue = 1n;
  readonly #cpus: number[] = [0];

  /** `liking`: how many times as often as usual each kind is drawn; kinds that are not in it are drawn as usual. */
  constructor(dice: Dice, values: Values, liking: ReadonlyMap<Kind, number> = new Map(), focus?: number) {
    this.#dice = dice;
    this.#values = values;
    this.#pages = Math.max(1 + dice.below(MOST_PAGES), ((focus ?? 0) % MOST_PAGES) + 1);
    this.#focus = focus ?? dice.below(this.#pages);
    const { weights, sum } = likedWeights(liking);
    const favourites = new Set<number>();
    const first = dice.weighted(weights, sum);
    const companies = dice.once(2) ? companiesOf(ALL_KINDS[first] as Kind) : [];
    favourites.add(first);
    if (companies.length > 0) {
      const company = dice.pick(companies);
      for (let left = 1 + dice.below(FAVOURITES); left > 0; left--)
        favourites.add(PLACES.get(dice.pick(company)) as number);
    } else
      for (let left = dice.below(FAVOURITES); left > 0; left--) favourites.add(dice.weighted(weights, sum));
    if (dice.percent(REFUSES)) favourites.add(PLACES.get("fail") as number);
    this.#merges = favourites.has(PLACES.get("ksm") as number);
    this.#few = this.#merges ? dice.percent(ALIKE) : dice.once(3);
    const own = weights.slice();
    let ownSum = sum;
    for (const index of favourites) {
      const weight = weights[index] as number;
      own[index] = (weight + 2) * FAVOUR;
      ownSum += (weight + 2) * FAVOUR - weight;
    }
    this.#weights = own;
    this.#sum = ownSum;
  }

  /** The first operations: memory to work on. */
  begin(): Operation[] {
    const dice = this.#dice;
    const first: Operation[] = [this.#map(0, 0, this.#pages, "rw")];
    if (this.#pages > 2 && dice.once(2)) {
      // Two mappings that could be one, or three.
      const at = 1 + dice.below(this.#pages - 1);
      first.push({ kind: "mprotect", process: 0, page: at, pages: this.#pages - at, prot: "r" });
    }
    if (this.#merges && dice.once(2)) first.push(this.#merge(0, "mergeable"));
    return first;
  }

  /** Goes on from a program: its processes, stacks and CPUs are known. Before the first operation. */
  goOn(operations: readonly Operation[]): void {
    for (const operation of operations) {
      if (operation.kind === "fork") {
        this.#processes = Math.max(this.#processes, operation.child + 1);
        this.#cpus[operation.child] ??= 0;
      } else if (operation.kind === "cpu") this.#cpus[operation.process] = operation.cpu;
      else if (operation.kind === "heap") this.#heap = true;
      else if (operation.kind === "mmap" && operation.stack)
        this.#stacks = Math.min(this.#stacks + 1, STACKS.length);
    }
  }

  /** The next operations: one, or a refusal with the operation that it is for. */
  next(): Operation[] {
    for (let attempts = 0; attempts < 20; attempts++) {
      const kind = ALL_KINDS[this.#dice.weighted(this.#weights, this.#sum)] as Kind;
      const made = this.#make(kind);
      if (made !== undefined) return made;
    }
    return [{ kind: "read", process: 0, page: this.#focus }];
  }

  /** An operation of a kind; undefined where there is nothing that it could be about. */
  of(kind: Kind): Operation[] | undefined {
    return this.#make(kind);
  }

  #make(kind: Kind): Operation[] | undefined {
    const dice = this.#dice;
    const process = this.#process();
    if (process === undefined) return undefined;
    const [page, pages] = this.#range();
    switch (kind) {
      case "mmap":
        return [this.#map(process, page, pages, dice.pick(PROTS))];
      case "mapFile":
      case "mapShared": {
        const isFile = kind === "mapFile";
        const shared = !isFile || dice.once(2);
        const backing = isFile ? (dice.once(2) ? page : dice.below(8)) : "anon";
        const prot = dice.once(4) ? "r" : "rw";
        return [{ kind: "mmap", process, page, pages, prot, shared, backing, stack: false }];
      }
      case "mapStack": {
        if (this.#stacks === STACKS.length) return undefined;
        const at = STACKS[this.#stacks++] as number;
        return [
          {
            kind: "mmap",
            process,
            page: at,
            pages: 1,
            prot: "rw",
            shared: false,
            backing: "anon",
            stack: true,
          },
        ];
      }
      case "growStack": {
        if (this.#stacks === 0) return undefined;
        const at = (STACKS[dice.below(this.#stacks)] as number) - dice.below(4);
        return [{ kind: "write", process, page: at, value: this.#value() }];
      }
      case "munmap":
      case "migrate":
      case "mlock":
      case "munlock":
        return [{ kind, process, page, pages }];
      case "mprotect":
        return [{ kind, process, page, pages, prot: dice.pick(PROTS) }];
      case "mremap":
        return [this.#remap(process, page, pages)];
      case "write":
        return [{ kind, process, page: this.#page(process), value: this.#value() }];
      case "read":
        return [{ kind, process, page: this.#page(process) }];
      case "touch":
        return [{ kind, process, page, pages, write: dice.once(2) }];
      case "dontneed":
      case "free":
      case "cold":
      case "pageout":
        return [{ kind: "madvise", process, page, pages, advice: kind }];
      case "merge": {
        return [this.#merge(process, dice.percent(80) ? "mergeable" : "unmergeable")];
      }
      case "forkAdvice":
        return [{ kind: "madvise", process, page, pages, advice: dice.pick(FORK_ADVICES) }];
      case "pin":
        return [{ kind, process, page, pages: Math.min(pages, 2), write: dice.once(2) }];
      case "unpin": {
        if (this.#values.pinned.length === 0) return undefined;
        const { process: owner, page: at } = dice.pick(this.#values.pinned);
        return [{ kind, process: owner, page: at, pages: 1 }];
      }
      case "hold": {
        const cpu = this.#cpus[process];
        for (const holder of this.#values.held.keys()) if (this.#cpus[holder] === cpu) return undefined;
        return [{ kind, process, page: this.#page(process), write: !dice.once(3) }];
      }
      case "device":
      case "release": {
        const holders = [...this.#values.held.keys()];
        if (holders.length === 0) return undefined;
        const holder = dice.pick(holders);
        if (kind === "device" && this.#values.held.get(holder)?.write !== true) return undefined;
        return [
          kind === "device" ? { kind, process: holder, value: this.#value() } : { kind, process: holder },
        ];
      }
      case "fork":
        return this.#fork(process);
      case "exit":
        // The last one stays: what is left is looked at in it.
        return this.#values.processes.size > 1 ? [{ kind, process }] : undefined;
      case "ksm":
        return [{ kind }];
      case "reclaim":
      case "writeback":
      case "compact":
        return [{ kind, pages: 1 + dice.below(dice.once(2) ? 3 : 12) }];
      case "swapoff":
        return [{ kind }];
      case "scan":
        return [{ kind, rounds: 1, hold: "locked" }];
      case "fail":
        return this.#refused();
      case "cpu": {
        if (this.#values.held.has(process)) return undefined;
        const cpu = dice.below(CPUS);
        if (this.#cpus[process] === cpu) return undefined;
        this.#cpus[process] = cpu;
        return [{ kind, process, cpu }];
      }
      case "brk":
        return this.#brk();
    }
  }

  #map(process: number, page: number, pages: number, prot: Prot): Operation {
    return { kind: "mmap", process, page, pages, prot, shared: false, backing: "anon", stack: false };
  }

  #merge(process: number, advice: "mergeable" | "unmergeable"): Operation {
    return { kind: "madvise", process, page: 0, pages: this.#pages, advice };
  }

  /** Mostly away, or back to where the pages came from: they may merge there. */
  #remap(process: number, page: number, pages: number): Operation {
    const dice = this.#dice;
    const away: number[] = [];
    for (const [at, { home }] of this.#values.pagesOf(process) ?? []) if (at !== home) away.push(at);
    if (away.length > 0 && dice.percent(50)) {
      const at = dice.pick(away);
      const to = this.#values.pagesOf(process)?.get(at)?.home ?? at;
      return { kind: "mremap", process, page: at, pages: 1, newPages: 1, to, keep: false };
    }
    if (dice.once(4)) {
      const newPages = Math.max(1, pages + dice.pick([-1, 1, 2]));
      return { kind: "mremap", process, page, pages, newPages, to: "stay", keep: false };
    }
    const to = dice.percent(60) ? AWAY + page : dice.below(2 * AWAY);
    const meets = to < page + pages && page < to + pages;
    const keep = !meets && dice.once(6);
    return { kind: "mremap", process, page, pages, newPages: pages, to: meets ? AWAY + page : to, keep };
  }

  #fork(process: number): Operation[] | undefined {
    if (this.#processes >= MOST_PROCESSES) return undefined;
    const child = this.#processes++;
    this.#cpus[child] = this.#cpus[process] ?? 0;
    return [{ kind: "fork", process, child }];
  }

  /** An operation during which an allocation is refused. */
  #refused(): Operation[] | undefined {
    const kind = ALL_KINDS[this.#dice.weighted(this.#weights, this.#sum)] as Kind;
    if (kind === "fail" || kind === "cpu") return undefined;
    const made = this.#make(kind);
    const [first] = made ?? [];
    // Refusals belong to a CPU: that of process 0 is the first.
    if (made === undefined || first === undefined) return undefined;
    if ("process" in first && this.#cpus[first.process] !== 0) return made;
    return [
      { kind: "fail", after: 1 + this.#dice.below(this.#dice.once(4) ? LATE_REFUSAL : LATEST_REFUSAL) },
      ...made,
      { kind: "fail", after: 0 },
    ];
  }

  #brk(): Operation[] {
    const to = HEAP + this.#dice.below(5);
    if (this.#heap) return [{ kind: "brk", process: 0, page: to }];
    this.#heap = true;
    return [{ kind: "heap", process: 0, page: HEAP }];
  }

  /** One that lives. */
  #process(): number | undefined {
    const { processes } = this.#values;
    let skip = this.#dice.below(processes.size);
    for (const process of processes.keys()) if (skip-- === 0) return process;
    return undefined;
  }

  #range(): [page: number, pages: number] {
    const dice = this.#dice;
    if (dice.once(4)) return [0, this.#pages];
    const page = dice.percent(60) ? this.#focus : dice.below(this.#pages);
    return [page, Math.max(1, Math.min(dice.pick(LENGTHS), Math.max(this.#pages, page + 2) - page))];
  }

  /** Mostly the focus, or a page that is mapped. */
  #page(process: number): number {
    const dice = this.#dice;
    if (dice.percent(50)) return this.#focus;
    const mapped: readonly number[] = [...(this.#values.pagesOf(process) ?? new Map<number, Page>()).keys()];
    return mapped.length > 0 ? dice.pick(mapped) : this.#focus;
  }

  /** A new value; where merging is likely, one of a few. */
  #value(): bigint {
    return this.#few ? BigInt(1 + this.#dice.below(2)) : this.#nextValue++;
  }
}
