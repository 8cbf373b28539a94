/**
 * RCU: grace periods and read-side critical sections. Of a section and a grace period, one comes first for everybody:
 * the section ends before the grace period does, and whoever is behind the grace period has seen what the section's CPU
 * had seen; or the grace period begins before the section does, and whoever is behind the begin of the section has seen
 * what the CPU of the grace period had seen. (Alglave and others, “Frightening small children and disconcerting
 * grown-ups”, 2018, show that these two cases are what the axiom says.)
 */
import type { Barriers } from "./barriers.js";
import type { Cpus } from "./cpus.js";
import { type Fences, NO_FENCE } from "./fences.js";
import type { ViewParts } from "./parts.js";
import { REGISTER } from "./registers.js";
import { NOWHERE } from "./views.js";

export class Grace {
  readonly #parts: ViewParts;
  readonly #cpus: Cpus;
  readonly #fences: Fences;
  readonly #barriers: Barriers;

  constructor(parts: ViewParts, barriers: Barriers) {
    this.#parts = parts;
    this.#cpus = parts.cpus;
    this.#fences = parts.fences;
    this.#barriers = barriers;
  }

  /**
   * rcu_read_lock(). Grace periods that are over came first. One that has begun came first, or waits for this section: a
   * choice.
   */
  lock(cpu: number): void {
    const { bound, knowledge, off, views } = this.#parts;
    const cpus = this.#cpus;
    const depth = cpus.get(cpu, REGISTER.sections);
    cpus.set(cpu, REGISTER.sections, off["nesting"] ? 1 : depth + 1);
    if (depth > 0) return;
    let seen = NOWHERE;
    let fence = NO_FENCE;
    const isBehind = (view: number, known: number) => {
      seen = views.join(seen, view);
      fence = this.#fences.later(fence, knowledge.fence(known));
    };
    for (let other = 0; other < cpus.count; other++) {
      isBehind(cpus.get(other, REGISTER.doneSeen), cpus.get(other, REGISTER.doneKnown));
      if (cpus.get(other, REGISTER.grace) === 0) continue;
      if (bound.choose(2) === 0)
        isBehind(cpus.get(other, REGISTER.graceSeen), cpus.get(other, REGISTER.graceKnown));
      else cpus.set(other, REGISTER.graceWaits, cpus.get(other, REGISTER.graceWaits) | (1 << cpu));
    }
    if (!off["grace-first"]) this.#follow(cpu, seen, fence);
  }

  /** rcu_read_unlock(): the grace periods that wait for the section get what its CPU has seen. */
  unlock(cpu: number): void {
    const { off } = this.#parts;
    const cpus = this.#cpus;
    const depth = off["nesting"] ? 0 : Math.max(0, cpus.get(cpu, REGISTER.sections) - 1);
    cpus.set(cpu, REGISTER.sections, depth);
    if (depth > 0) return;
    const [seen, known] = [cpus.past(cpu, REGISTER.seen), cpus.past(cpu, REGISTER.past)];
    cpus.see(cpu, REGISTER.overSeen, seen);
    cpus.learn(cpu, REGISTER.overKnown, known);
    for (let other = 0; other < cpus.count; other++) {
      const waits = cpus.get(other, REGISTER.graceWaits);
      if ((waits & (1 << cpu)) === 0) continue;
      cpus.set(other, REGISTER.graceWaits, waits & ~(1 << cpu));
      cpus.see(other, REGISTER.graceNeeds, seen);
      cpus.learn(other, REGISTER.graceNeedsKnown, known);
    }
  }

  /** synchronize_rcu() begins: a strong fence. Sections that have begun come first: it waits for those that are not over. */
  begin(cpu: number): void {
    const cpus = this.#cpus;
    if (!this.#parts.off["grace-period"]) this.#barriers.everyone(cpu);
    cpus.set(cpu, REGISTER.grace, 1);
    cpus.set(cpu, REGISTER.graceSeen, cpus.past(cpu, REGISTER.seen));
    cpus.set(cpu, REGISTER.graceKnown, cpus.get(cpu, REGISTER.all));
    let waits = 0;
    for (let other = 0; other < cpus.count; other++) {
      if (cpus.get(other, REGISTER.sections) > 0) waits |= 1 << other;
      cpus.see(cpu, REGISTER.graceNeeds, cpus.get(other, REGISTER.overSeen));
      cpus.learn(cpu, REGISTER.graceNeedsKnown, cpus.get(other, REGISTER.overKnown));
    }
    cpus.set(cpu, REGISTER.graceWaits, waits);
  }

  /** True when a grace period has begun and not ended. */
  isOpen(cpu: number): boolean {
    return this.#cpus.get(cpu, REGISTER.grace) === 1;
  }

  /** True when the sections for which it waits are over. */
  mayEnd(cpu: number): boolean {
    return this.#cpus.get(cpu, REGISTER.graceWaits) === 0;
  }

  /** It ends: all that follows is behind the sections that came first. */
  end(cpu: number): void {
    const { knowledge, off } = this.#parts;
    const cpus = this.#cpus;
    const fence = this.#fences.later(
      knowledge.fence(cpus.get(cpu, REGISTER.all)),
      knowledge.fence(cpus.get(cpu, REGISTER.graceNeedsKnown)),
    );
    if (!off["section-first"]) this.#follow(cpu, cpus.get(cpu, REGISTER.graceNeeds), fence);
    cpus.see(cpu, REGISTER.doneSeen, cpus.get(cpu, REGISTER.graceSeen));
    cpus.learn(cpu, REGISTER.doneKnown, cpus.get(cpu, REGISTER.graceKnown));
    cpus.set(cpu, REGISTER.grace, 0);
    for (const register of [REGISTER.graceSeen, REGISTER.graceKnown, REGISTER.graceNeeds])
      cpus.set(cpu, register, 0);
    cpus.set(cpu, REGISTER.graceNeedsKnown, 0);
  }

  /** All that follows on the CPU is behind a fence, and behind one that has seen a view. */
  #follow(cpu: number, seen: number, fence: number): void {
    const { bound, knowledge, views } = this.#parts;
    const fences = this.#fences;
    const old = fences.seen.get(fence);
    const last = views.join(old, seen) === old ? fence : fences.add(seen, bound.positionOf(seen, fence));
    this.#cpus.set(cpu, REGISTER.all, knowledge.behind(this.#cpus.get(cpu, REGISTER.all), last));
  }
}
