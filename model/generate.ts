/**
 * Random scripts: the same seed gives the same script. What a script reaches depends on its profile; mappings stay
 * within a small span, so that they meet, split and merge.
 */
import { ADVICES, type Advice, MAX_PROCESSES, type Operation, type Prot } from "../src/ops/operation.js";

/** What a script is about. */
export type Profile = "cow" | "vma" | "file" | "ksm" | "all" | "stack" | "heap" | "lock" | "pin";

type Kind =
  | "mmap"
  | "munmap"
  | "mprotect"
  | "mremap"
  | "read"
  | "write"
  | "fork"
  | "exit"
  | "madvise"
  | "file"
  | "ksm"
  | "touch"
  | "stack"
  | "brk"
  | "mlock"
  | "munlock"
  | "pin"
  | "unpin";
type Weights = Partial<Record<Kind, number>>;

const all: Weights = {
  mmap: 8,
  munmap: 4,
  mprotect: 6,
  mremap: 5,
  read: 8,
  write: 25,
  fork: 4,
  exit: 2,
  madvise: 4,
  file: 4,
  ksm: 0.5,
};

/** How often each operation comes, by profile. */
const WEIGHTS: Readonly<Record<Profile, Weights>> = {
  cow: { mmap: 3, munmap: 1, mprotect: 1, read: 8, write: 30, fork: 6, exit: 3, madvise: 1 },
  vma: {
    mmap: 12,
    munmap: 6,
    mprotect: 12,
    mremap: 8,
    read: 4,
    write: 20,
    fork: 2,
    exit: 1,
    madvise: 3,
    file: 1,
  },
  file: {
    mmap: 4,
    munmap: 2,
    mprotect: 3,
    mremap: 2,
    read: 12,
    write: 12,
    fork: 3,
    exit: 1,
    madvise: 1,
    file: 10,
  },
  ksm: {
    mmap: 3,
    munmap: 1,
    mprotect: 1,
    mremap: 1,
    read: 3,
    write: 25,
    fork: 3,
    exit: 1,
    madvise: 6,
    ksm: 2,
  },
  all,
  stack: { ...all, ksm: 0, stack: 8, touch: 6, read: 20 },
  heap: { ...all, ksm: 0, brk: 15, touch: 5 },
  lock: { ...all, ksm: 0, mlock: 8, munlock: 5, touch: 5, mprotect: 8 },
  pin: { ...all, ksm: 0, fork: 8, exit: 4, mprotect: 8, pin: 10, unpin: 8, touch: 3 },
};

/** Profiles whose scripts use nothing that the kernel's recorded language lacks. */
export const RECORDED_PROFILES: readonly Profile[] = ["cow", "vma", "file", "ksm", "all"];
export const PROFILES: readonly Profile[] = [...RECORDED_PROFILES, "stack", "heap", "lock", "pin"];

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Options of `generate`. */
export interface GenerateOptions {
  /** Operations, not counting dumps. Default 200. */
  readonly operations?: number;
  /** A dump after so many operations. Default 20. */
  readonly dumpEvery?: number;
  /** Pages in play. Default 96. */
  readonly span?: number;
  /** Never draws these, for a machine that lacks them. */
  readonly without?: readonly Kind[];
}

/** Makes a valid script. */
export function generate(seed: number, profile: Profile = "all", options: GenerateOptions = {}): Operation[] {
  return new Generator(seed, profile, options).script(options.operations ?? 200, options.dumpEvery ?? 20);
}

const PROTS: readonly Prot[] = ["rw", "rw", "rw", "rw", "r", "none"];
const LENGTHS = [1, 1, 2, 3, 4, 6, 8, 12];
/** Without pageout: what it drops depends on how far a page has come into the LRU lists. */
const PLAIN_ADVICES: readonly Advice[] = ADVICES.filter((a) => a !== "unmergeable" && a !== "pageout");
const KSM_ADVICES: readonly Advice[] = ["mergeable", "mergeable", "unmergeable"];
const HEAP_START = 32;

class Generator {
  private readonly next: () => number;
  private readonly span: number;
  private readonly weights: [Kind, number][];
  private readonly live = [0];
  /** Pins that were taken, whether they succeeded or not. */
  private readonly pins: { process: number; page: number; pages: number }[] = [];
  private forked = 1;
  /** Pages that are probably mapped, by process. */
  private readonly shadow = new Map<number, Set<number>>([[0, new Set()]]);
  private readonly ops: Operation[] = [];

  constructor(
    seed: number,
    private readonly profile: Profile,
    options: GenerateOptions,
  ) {
    this.next = random(seed * 31 + PROFILES.indexOf(profile));
    this.span = options.span ?? 96;
    this.weights = (Object.entries(WEIGHTS[profile]) as [Kind, number][]).filter(
      ([kind, weight]) => weight > 0 && !options.without?.includes(kind),
    );
  }

  script(count: number, dumpEvery: number): Operation[] {
    this.map(0, 0, 16, "rw", false, "anon");
    if (this.profile === "heap") this.ops.push({ kind: "heap", process: 0, page: HEAP_START });
    for (let done = 1; done < count; ) {
      if (!this.one()) continue;
      done++;
      if (done % dumpEvery === 0) this.ops.push({ kind: "dump" });
    }
    this.ops.push({ kind: "dump" });
    return this.ops;
  }

  /** Adds one operation; false when the draw does not fit the state. */
  private one(): boolean {
    const process = this.pick(this.live);
    const pages = this.pick(LENGTHS);
    const page = this.below(this.span - pages);
    const near = Math.min(this.page(process), this.span - pages);
    const kind = this.kind();
    switch (kind) {
      case "mmap":
        return this.map(process, page, pages, this.pick(PROTS), this.next() < 0.08, "anon");
      case "file": {
        const offset = this.next() < 0.9 ? this.below(64) : 248 + this.below(12);
        return this.map(process, page, pages, this.pick(PROTS), this.next() < 1 / 3, offset);
      }
      case "munmap":
        this.mark(process, page, pages, false);
        return this.add({ kind, process, page, pages });
      case "mprotect":
        return this.add({ kind, process, page: near, pages, prot: this.pick(PROTS) });
      case "mlock":
      case "munlock":
        return this.add({ kind, process, page: near, pages });
      case "pin":
        this.pins.push({ process, page: near, pages });
        return this.add({ kind, process, page: near, pages, write: this.next() < 0.6 });
      case "unpin": {
        // Mostly one that was taken, as a whole or its first page, by a process that may have exited.
        const taken = this.next() < 0.9 && this.pins.length > 0 ? this.pick(this.pins) : undefined;
        if (taken === undefined) return this.add({ kind, process, page: near, pages });
        return this.add({ kind, ...taken, pages: this.next() < 0.8 ? taken.pages : 1 });
      }
      case "mremap":
        return this.mremap(process, near, pages);
      case "read":
        return this.add({ kind, process, page: this.page(process) });
      case "write": {
        const few = this.profile === "ksm" || this.next() < 0.2;
        const value = BigInt(1 + this.below(few ? 3 : 999_999));
        return this.add({ kind, process, page: this.page(process), value });
      }
      case "touch":
        return this.add({ kind, process, page: near, pages, write: this.next() < 0.5 });
      case "madvise":
        if (this.profile === "ksm") {
          return this.add({ kind, process, page: 0, pages: this.span, advice: this.pick(KSM_ADVICES) });
        }
        return this.add({ kind, process, page: near, pages, advice: this.pick(PLAIN_ADVICES) });
      case "stack":
        return this.stack(process, pages);
      case "brk":
        return this.brk(process);
      case "fork":
        return this.fork(process);
      case "exit":
        if (this.live.length < 3) return false;
        this.live.splice(this.live.indexOf(process), 1);
        return this.add({ kind, process });
      case "ksm":
        return this.add({ kind });
    }
  }

  private map(
    process: number,
    page: number,
    pages: number,
    prot: Prot,
    shared: boolean,
    backing: "anon" | number,
  ): boolean {
    this.mark(process, page, pages, true);
    return this.add({ kind: "mmap", process, page, pages, prot, shared, backing, stack: false });
  }

  private mremap(process: number, page: number, pages: number): boolean {
    const draw = this.next();
    const newPages = draw < 0.35 ? Math.max(1, pages + this.pick([-2, -1, 1, 2])) : pages;
    if (draw < 0.25) {
      this.mark(process, page + pages, newPages - pages, true);
      this.mark(process, page + newPages, pages - newPages, false);
      return this.add({ kind: "mremap", process, page, pages, newPages, to: "stay", keep: false });
    }
    const to = this.below(this.span - newPages);
    if (to < page + pages && page < to + newPages) return false;
    const keep = this.profile === "lock" && newPages === pages && this.next() < 0.3;
    if (!keep) this.mark(process, page, pages, false);
    this.mark(process, to, newPages, true);
    return this.add({ kind: "mremap", process, page, pages, newPages, to, keep });
  }

  /** A new stack far away, or accesses below one, some of them too far. */
  private stack(process: number, pages: number): boolean {
    const far = 200 + this.below(1600);
    const kind = this.pick(["map", "map", "read", "write", "write", "touch"] as const);
    if (kind === "map") {
      const stack = this.next() < 0.8;
      const prot = this.pick(PROTS);
      return this.add({
        kind: "mmap",
        process,
        page: far,
        pages,
        prot,
        shared: false,
        backing: "anon",
        stack,
      });
    }
    if (kind === "read") return this.add({ kind, process, page: far });
    if (kind === "write") return this.add({ kind, process, page: far, value: BigInt(far) });
    return this.add({ kind, process, page: far, pages, write: this.next() < 0.5 });
  }

  private brk(process: number): boolean {
    const page = HEAP_START + this.below(24) - (this.next() < 0.1 ? 8 : 0);
    this.mark(process, HEAP_START, page - HEAP_START, true);
    return this.add({ kind: "brk", process, page });
  }

  private fork(process: number): boolean {
    if (this.live.length >= 8 || this.forked >= MAX_PROCESSES) return false;
    const child = this.forked++;
    this.live.push(child);
    this.shadow.set(child, new Set(this.shadow.get(process)));
    return this.add({ kind: "fork", process, child });
  }

  private add(op: Operation): true {
    this.ops.push(op);
    return true;
  }

  private mark(process: number, page: number, pages: number, mapped: boolean): void {
    const shadow = this.shadow.get(process);
    for (let at = page; at < Math.min(page + pages, this.span); at++) {
      if (mapped) shadow?.add(at);
      else shadow?.delete(at);
    }
  }

  /** Mostly a page that is probably mapped. */
  private page(process: number): number {
    const mapped = [...(this.shadow.get(process) ?? [])].sort((a, b) => a - b);
    return mapped.length > 0 && this.next() < 0.95 ? this.pick(mapped) : this.below(this.span);
  }

  private kind(): Kind {
    let draw = this.next() * this.weights.reduce((sum, [, w]) => sum + w, 0);
    for (const [kind, weight] of this.weights) {
      draw -= weight;
      if (draw < 0) return kind;
    }
    return "write";
  }

  private below(limit: number): number {
    return Math.floor(this.next() * Math.max(1, limit));
  }

  private pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }
}
