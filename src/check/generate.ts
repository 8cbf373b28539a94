/**
 * Makes up programs. Each draws a few kinds of operations and uses mostly those, so that two rare ones meet; and it
 * stays within a few pages, so that operands collide.
 */

import { type Advice, FILE_PAGES, type Operation, type Prot } from "../ops/operation.js";
import { CPUS } from "./checked-machine.js";
import { type Dice, sumOf } from "./dice.js";
import { ALL_KINDS, companiesOf, KINDS, type Kind } from "./kinds.js";
import type { Page } from "./page.js";
import { phrase, refused } from "./phrases.js";
import type { Values } from "./values.js";
import { Window } from "./window.js";

/** Pages of the window in which mappings meet. */
const MOST_PAGES = 8;
/** How far pages are moved. */
const AWAY = 16;
/** The heap's beginning. */
const HEAP = 40;
/** Stacks of a program. */
const MOST_STACKS = 2;
/** Processes of a program. */
const MOST_PROCESSES = 8;
/** Kinds that a program is about, at most. */
const FAVOURITES = 4;
/** How much more often a favourite comes. */
const FAVOUR = 8;
/** One in so many programs has phrases, and one in so many of its steps is one. */
const PHRASED = 3;
const PHRASES = 6;
/** Allocations after which one is refused, at most: mostly, and once in four times. */
const LATEST_REFUSAL = 8;
const LATE_REFUSAL = 32;
/** One in so many refusals goes on to the next allocations of the operation, so many in all. */
const SWEPT = 3;
const SWEEP = 4;
/** Chances in percent that a program about some kinds refuses allocations, and that one about merging has few values. */
const REFUSES = 15;
const ALIKE = 80;

const LENGTHS = [1, 1, 1, 2, 2, 3] as const;
const PROTS: readonly Prot[] = ["rw", "rw", "rw", "r", "r", "none"];
/** How the scan keeps what it looks at from changing: while nobody else runs it needs to do nothing. */
const HOLDS = ["locked", "locked", "unlocked", "unheld"] as const;
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
  #window: Window;
  /** The page that this program returns to. */
  #focus: number;
  readonly #isGiven: boolean;
  readonly #phrased: boolean;
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
    const pages = Math.max(1 + dice.below(MOST_PAGES), ((focus ?? 0) % MOST_PAGES) + 1);
    this.#window = focus === undefined ? Window.draw(dice, pages) : new Window(0, pages);
    this.#isGiven = focus !== undefined;
    this.#phrased = dice.once(PHRASED);
    this.#focus = focus ?? this.#window.at(dice.below(pages));
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
    const { first: begin, pages, all } = this.#window;
    const first: Operation[] = [this.#map(0, begin, all, "rw")];
    if (pages > 2 && dice.once(2)) {
      // Two mappings that could be one, or three.
      const at = this.#window.at(1 + dice.below(pages - 1));
      first.push({ kind: "mprotect", process: 0, page: at, pages: begin + all - at, prot: "r" });
    }
    if (this.#merges && dice.once(2)) first.push(this.#merge(0, "mergeable"));
    return first;
  }

  /** Goes on from a program: its processes, stacks and CPUs are known. Before the first operation. */
  goOn(operations: readonly Operation[]): void {
    const window = Window.of(operations);
    if (window !== undefined) {
      if (!this.#isGiven) this.#focus = window.at(this.#window.placeOf(this.#focus) % window.pages);
      this.#window = window;
    }
    for (const operation of operations) {
      if (operation.kind === "fork") {
        this.#processes = Math.max(this.#processes, operation.child + 1);
        this.#cpus[operation.child] ??= 0;
      } else if (operation.kind === "cpu") this.#cpus[operation.process] = operation.cpu;
      else if (operation.kind === "heap") this.#heap = true;
      else if (operation.kind === "mmap" && operation.stack)
        this.#stacks = Math.min(this.#stacks + 1, MOST_STACKS);
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

  /** The next operations of a program: as `next`, and now and then a few that bring something rare about. */
  some(): Operation[] {
    const process = this.#phrased && this.#dice.once(PHRASES) ? this.#process() : undefined;
    if (process === undefined) return this.next();
    const [page, pages] = this.#range();
    const window = this.#window;
    const other = window.at(this.#dice.below(window.pages));
    const fails = this.#cpus[process] === 0;
    return phrase(this.#dice, {
      process,
      page,
      pages: window.near(pages),
      other,
      fails,
      value: () => this.#value(),
      fork: () => this.#fork(process) ?? [],
      cpu: () => this.#move(process, (this.#cpus[process] ?? 0) + 1) ?? [],
      stack: window.stacks[0] as number,
    });
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
        const backing = isFile ? (dice.once(2) ? this.#place(page) : dice.below(8)) : "anon";
        const prot = dice.once(4) ? "r" : "rw";
        return [{ kind: "mmap", process, page, pages, prot, shared, backing, stack: false }];
      }
      case "mapStack": {
        if (this.#stacks === MOST_STACKS) return undefined;
        const at = this.#window.stacks[this.#stacks++] as number;
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
        const at = (this.#window.stacks[dice.below(this.#stacks)] as number) - dice.below(4);
        return [{ kind: "write", process, page: at, value: this.#value() }];
      }
      case "mlock":
        return [{ kind, process, page, pages: this.#window.near(pages) }];
      case "munmap":
      case "migrate":
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
        return [{ kind, process, page, pages: this.#window.near(pages), write: dice.once(2) }];
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
        return [{ kind, rounds: 1, hold: dice.pick(HOLDS) }];
      case "fail":
        return this.#refused();
      case "cpu":
        return this.#move(process);
      case "brk":
        return this.#brk();
      case "register":
        return [{ kind: dice.once(3) ? "unregister" : kind, process, page, pages }];
      case "supply": {
        const at = { kind, process, page } as const;
        return [dice.once(4) ? at : { ...at, value: this.#value() }];
      }
    }
  }

  /** To a CPU; undefined where the process is there already. A pin belongs to the CPU that took it. */
  #move(process: number, to = this.#dice.below(CPUS)): Operation[] | undefined {
    if (this.#values.held.has(process)) return undefined;
    const cpu = to % CPUS;
    if (this.#cpus[process] === cpu) return undefined;
    this.#cpus[process] = cpu;
    return [{ kind: "cpu", process, cpu }];
  }

  #map(process: number, page: number, pages: number, prot: Prot): Operation {
    return { kind: "mmap", process, page, pages, prot, shared: false, backing: "anon", stack: false };
  }

  #merge(process: number, advice: "mergeable" | "unmergeable"): Operation {
    return { kind: "madvise", process, page: this.#window.first, pages: this.#window.all, advice };
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
    const to = dice.percent(60) ? AWAY + page : this.#window.first + dice.below(2 * AWAY);
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
    const after = 1 + this.#dice.below(this.#dice.once(4) ? LATE_REFUSAL : LATEST_REFUSAL);
    const swept = [...refused(after, made)];
    if (!this.#dice.once(SWEPT)) return swept;
    // The same once more, one allocation further each time: what was refused has changed nothing, or what it may.
    for (let at = 1; at < SWEEP; at++)
      swept.push(...refused(after + at, kind === "fork" ? (this.#make(kind) ?? []) : made));
    return swept;
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
    const window = this.#window;
    if (dice.once(4)) return [window.first, window.all];
    const page = dice.percent(60) ? this.#focus : window.at(dice.below(window.pages));
    const place = window.placeOf(page);
    const count = Math.max(1, Math.min(dice.pick(LENGTHS), Math.max(window.pages, place + 2) - place));
    return [page, window.span(page, count)];
  }

  /** A page of the file. */
  #place(page: number): number {
    return Math.max(0, this.#window.placeOf(page)) % FILE_PAGES;
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
