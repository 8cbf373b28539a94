/** Barriers of the view machine, and what orders as they do: around read-modify-writes, behind locks. */
import type { Bound } from "./bound.js";
import type { Cpus } from "./cpus.js";
import type { Fences } from "./fences.js";
import type { Knowledge } from "./knowledge.js";
import type { ViewParts } from "./parts.js";
import { REGISTER } from "./registers.js";
import type { Switches } from "./rules.js";
import type { Views } from "./views.js";

export class Barriers {
  readonly #views: Views;
  readonly #fences: Fences;
  readonly #knowledge: Knowledge;
  readonly #cpus: Cpus;
  readonly #bound: Bound;
  readonly #off: Switches;
  readonly #isPairwise: boolean;
  readonly #besides: boolean;

  /** `besides`: `beside` is used. */
  constructor({ views, fences, knowledge, cpus, bound, off, isPairwise }: ViewParts, besides: boolean) {
    this.#views = views;
    this.#fences = fences;
    this.#knowledge = knowledge;
    this.#cpus = cpus;
    this.#bound = bound;
    this.#off = off;
    this.#isPairwise = isPairwise;
    this.#besides = besides;
  }

  /** smp_mb() and its kind. One that follows another with no access in between stands at the same place in their order. */
  full(cpu: number): void {
    if (this.#cpus.get(cpu, REGISTER.moved) === 0) return;
    this.#cpus.set(cpu, REGISTER.moved, 0);
    this.#strong(cpu, this.#cpus.past(cpu, this.cumulative(false)), this.#cpus.past(cpu, REGISTER.past));
  }

  /**
   * What a grace period orders at its begin: a full barrier. It has to do with every CPU, so it hands on what its CPU has
   * read from others even where barriers order two CPUs and no more.
   */
  everyone(cpu: number): void {
    if (!this.#isPairwise) {
      this.full(cpu);
      return;
    }
    this.#cpus.set(cpu, REGISTER.moved, 0);
    this.#strong(cpu, this.#cpus.past(cpu, this.cumulative(true)), this.#cpus.past(cpu, REGISTER.past));
  }

  fence(cpu: number, kind: "mb" | "rmb" | "wmb" | "read-depends"): void {
    if (kind !== "read-depends" && this.#off[kind]) return;
    const [knowledge, views] = [this.#knowledge, this.#views];
    if (kind === "mb") this.full(cpu);
    else if (kind === "rmb")
      this.#cpus.set(
        cpu,
        REGISTER.reads,
        knowledge.join(this.#cpus.get(cpu, REGISTER.reads), this.#cpus.past(cpu, REGISTER.pastReads)),
      );
    else if (kind === "wmb") {
      const [known, stored] = [
        this.#cpus.past(cpu, REGISTER.pastWrites),
        this.#cpus.past(cpu, REGISTER.stored),
      ];
      this.#cpus.set(cpu, REGISTER.writes, knowledge.join(this.#cpus.get(cpu, REGISTER.writes), known));
      this.#cpus.set(
        cpu,
        REGISTER.carryStores,
        views.join(this.#cpus.get(cpu, REGISTER.carryStores), stored),
      );
    } else if (!this.#off["read-depends"])
      this.#cpus.set(cpu, REGISTER.readDepends, this.#cpus.accesses.size);
  }

  /** Before the read of a read-modify-write, also of one that will fail; `full`: it is fully ordered and succeeds. */
  beginModify(cpu: number, full: boolean): void {
    if (this.#cpus.get(cpu, REGISTER.beforeAtomic) === 1) {
      const seen = this.#cpus.get(cpu, REGISTER.beforeAtomicSeen);
      this.#strong(cpu, seen, this.#cpus.get(cpu, REGISTER.beforeAtomicKnown));
      this.#cpus.set(cpu, REGISTER.beforeAtomic, 0);
    }
    if (full && !this.#off["full-rmw"]) this.full(cpu);
  }

  /** Behind it. */
  endModify(cpu: number, full: boolean): void {
    this.#snapshot(cpu, REGISTER.atomic, REGISTER.atomicSeen, REGISTER.atomicKnown);
    if (full && !this.#off["full-rmw"]) this.full(cpu);
  }

  /** Behind the write that takes a lock. */
  endLock(cpu: number): void {
    this.#snapshot(cpu, REGISTER.locked, REGISTER.lockedSeen, REGISTER.lockedKnown);
  }

  /** smp_mb__before_atomic() and its kind. */
  beside(cpu: number, kind: "before-atomic" | "after-atomic" | "after-spinlock" | "after-unlock-lock"): void {
    if (this.#off[kind]) return;
    const strong = (is: number, seen: number, known: number) => {
      if (this.#cpus.get(cpu, is) === 1)
        this.#strong(cpu, this.#cpus.get(cpu, seen), this.#cpus.get(cpu, known));
    };
    if (kind === "before-atomic")
      this.#snapshot(cpu, REGISTER.beforeAtomic, REGISTER.beforeAtomicSeen, REGISTER.beforeAtomicKnown);
    else if (kind === "after-atomic") strong(REGISTER.atomic, REGISTER.atomicSeen, REGISTER.atomicKnown);
    else if (kind === "after-spinlock") strong(REGISTER.locked, REGISTER.lockedSeen, REGISTER.lockedKnown);
    else strong(REGISTER.handover, REGISTER.handoverSeen, REGISTER.handoverKnown);
  }

  /** The floor of an access behind a full barrier, if there was one now. */
  floorBehindFull(cpu: number, location: number): number {
    const [views, fences, knowledge] = [this.#views, this.#fences, this.#knowledge];
    const strong = views.at(fences.seen.get(fences.last), location);
    const seen = views.at(this.#cpus.past(cpu, this.cumulative(false)), location);
    return Math.max(strong, seen, knowledge.floor(this.#cpus.past(cpu, REGISTER.past), cpu, location));
  }

  /** The register of what a release or a strong fence hands on; `always`: of an unlock or a grace period. */
  cumulative(always: boolean): number {
    const isAll = (!this.#isPairwise || always) && !this.#off["cumulativity"];
    return isAll ? REGISTER.seen : REGISTER.handed;
  }

  /** A strong fence between those who have seen and known this, and all that follows on the CPU. */
  #strong(cpu: number, seen: number, known: number): void {
    const [knowledge, fences] = [this.#knowledge, this.#fences];
    let all = knowledge.join(this.#cpus.get(cpu, REGISTER.all), known);
    if (!this.#off["propagation"])
      all = knowledge.behind(all, fences.add(seen, this.#bound.positionOf(seen, knowledge.fence(known))));
    this.#cpus.set(cpu, REGISTER.all, all);
    this.#cpus.see(cpu, REGISTER.carryAll, seen);
    this.#cpus.see(cpu, REGISTER.handed, seen);
    this.#cpus.see(cpu, REGISTER.seen, seen);
  }

  /** Keeps what smp_mb__after_atomic() and its kind order. */
  #snapshot(cpu: number, is: number, seen: number, known: number): void {
    if (!this.#besides) return;
    this.#cpus.set(cpu, is, 1);
    this.#cpus.set(cpu, seen, this.#cpus.past(cpu, this.cumulative(false)));
    this.#cpus.set(cpu, known, this.#cpus.past(cpu, REGISTER.past));
  }
}
