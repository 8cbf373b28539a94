/**
 * Dynamic partial-order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson and Sagonas, “Optimal
 * dynamic partial order reduction”, POPL 2014, the algorithm called source-DPOR). It explores at least one execution of
 * each class of executions that differ only in the order of independent steps, with any number of preemptions.
 *
 * A lock is a blocking event. Two acquires of a lock race, an acquire and the release before it do not: there the other
 * order is impossible. What a CPU does between two decisions is one step: its plain accesses to contended words count
 * for what the step depends on. Without them a bug was called clean.
 */

import type { Access, Hook } from "../access.js";
import { Counts } from "./counts.js";
import { dependent, isLook, isUse } from "./dependence.js";
import { Node } from "./dpor-node.js";
import { type Footprint, hits, includes, meet, NONE, touches } from "./footprint.js";
import { ABANDON, count, lowest, type Scene, type Strategy } from "./strategy.js";

const LOOK32: Hook = { name: "look32", kind: "load", bits: 32, order: "once" };
const LOOK64: Hook = { name: "look64", kind: "load", bits: 64, order: "once" };

export class DporStrategy implements Strategy {
  readonly name = "dpor";
  readonly exhaustive = true;
  readonly #cpus: number;
  /** All nodes ever used; the first `#length` are the current execution's prefix. */
  readonly #nodes: Node[] = [];
  #length = 0;
  #depth = 0;
  #begun = false;
  /** By CPU: its clock after its last step. */
  readonly #clocks: Int32Array[];
  readonly #joined: Int32Array;
  /** By CPU: how often it held a lock, seen from its releases backwards. */
  readonly #held: Int32Array;
  /** All CPUs, as bits. */
  readonly #all: number;
  /** Of the step that is through: the steps that it depends on, and those that race with it, by depth. */
  readonly #met: number[] = [];
  readonly #races: number[] = [];
  readonly #firsts: Int32Array;
  /** Depths of the steps on each granule of 8 bytes. */
  readonly #steps = new Map<number, number[]>();
  /** Plain accesses on each granule: depth, offset, bytes, 1 for a store. */
  readonly #plain = new Map<number, number[]>();
  /** By CPU, place and word of a step: all plain accesses that such a step has ever made. */
  readonly #feet = new Map<number, number[]>();
  readonly #counts: Counts;
  /** This execution has shown something new of footprints or counts: what was decided without knowing it may be wrong. */
  #grew = false;
  /** Executions that ended at a sleep set: they repeat others. */
  abandoned = 0;

  /** `counts` knows of which counts somebody asks something that the order decides. */
  constructor(cpus: number, counts = new Counts()) {
    this.#cpus = cpus;
    this.#counts = counts;
    this.#clocks = Array.from({ length: cpus }, () => new Int32Array(cpus));
    this.#joined = new Int32Array(cpus);
    this.#held = new Int32Array(cpus);
    this.#all = (1 << cpus) - 1;
    this.#firsts = new Int32Array(cpus);
  }

  begin(): boolean {
    if (this.#begun && this.#counts.learn(this.#nodes)) this.#grew = true;
    if (this.#grew) this.#length = 0;
    else if (this.#begun && !this.#backtrack()) return false;
    this.#begun = true;
    this.#grew = false;
    this.#depth = 0;
    for (const clock of this.#clocks) clock.fill(0);
    this.#steps.clear();
    this.#plain.clear();
    this.#counts.begin();
    return true;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const depth = this.#depth;
    this.end(scene);
    if (depth === this.#length && !this.#push(scene, runnable, current)) {
      this.abandoned++;
      return ABANDON;
    }
    this.#depth = depth + 1;
    const node = this.#at(depth);
    if (isUse(node.made)) {
      node.held = scene.held(node.chosen);
      this.#counts.note(depth, node.made);
    }
    return node.chosen;
  }

  /** The last step is through: its plain accesses are known. */
  end({ plain }: Scene): void {
    if (this.#depth === 0) return;
    const node = this.#at(this.#depth - 1);
    node.plain = this.#cpus > 2 ? this.#everMade(node, plain) : plain.length > 0 ? [...plain] : NONE;
    node.feet[node.chosen] = node.plain;
    this.#meet(this.#depth - 1);
  }

  /**
   * All plain accesses that a step of this CPU at this place and word has ever made. If the step comes earlier, it may read
   * another value, and then make other plain accesses than here. So it may depend on steps of a third CPU that it does not
   * depend on here. With two CPUs there is none.
   */
  #everMade(node: Node, plain: Footprint): Footprint {
    const { place, at } = node.made;
    const key = (at * 65536 + place) * 8 + node.chosen;
    const feet = this.#feet.get(key);
    if (plain.length === 0) return feet ?? NONE;
    const all = feet ?? [];
    if (feet === undefined) this.#feet.set(key, all);
    for (let i = 0; i < plain.length; i += 3) {
      const access = [plain[i], plain[i + 1], plain[i + 2]] as [number, number, number];
      if (includes(all, ...access)) continue;
      all.push(...access);
      this.#grew = true;
    }
    return all;
  }

  choose(): number {
    return 0;
  }

  get share(): number {
    let share = 0;
    let weight = 1;
    for (let depth = 0; depth < this.#length; depth++) {
      const { backtrack, done } = this.#at(depth);
      const all = count(backtrack);
      share += (weight * count(done & backtrack)) / all;
      weight /= all;
    }
    return Math.min(1, share);
  }

  #at(depth: number): Node {
    return this.#nodes[depth] as Node;
  }

  /** Takes the deepest alternative that is left. False: there is none. */
  #backtrack(): boolean {
    for (; this.#length > 0; this.#length--) {
      const node = this.#at(this.#length - 1);
      node.done |= 1 << node.chosen;
      const left = node.backtrack & ~node.done & ~node.sleep;
      if (left === 0) continue;
      node.chosen = lowest(left);
      return true;
    }
    return false;
  }

  /** A new decision. False: every CPU that can go on sleeps. */
  #push(scene: Scene, runnable: number, current: number): boolean {
    const depth = this.#length;
    const sleep = depth === 0 ? 0 : this.#sleepAfter(this.#at(depth - 1));
    const awake = runnable & ~sleep;
    if (awake === 0) return false;
    if (depth === this.#nodes.length) this.#nodes.push(new Node(this.#cpus));
    const node = this.#at(depth);
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const access = scene.pending(cpu);
      if (access === undefined) continue;
      const pending = (node.pending[cpu] as Access).assign(access);
      pending.hook = this.#counts.hookOf(pending);
      // What changes nothing is a load: two of them commute.
      if (scene.looks(cpu)) pending.hook = pending.hook.bits === 64 ? LOOK64 : LOOK32;
    }
    for (let rest = sleep; rest !== 0; rest &= rest - 1) {
      const cpu = lowest(rest);
      node.feet[cpu] = this.#at(depth - 1).feet[cpu] as Footprint;
    }
    node.runnable = runnable;
    node.sleep = sleep;
    node.done = 0;
    node.chosen = current >= 0 && ((awake >>> current) & 1) === 1 ? current : lowest(awake);
    node.backtrack = 1 << node.chosen;
    this.#length++;
    return true;
  }

  /** The CPUs that sleep after a node's step: what they would do there was explored, and does not depend on the step. */
  #sleepAfter(node: Node): number {
    let sleep = 0;
    for (let rest = (node.sleep | node.done) & ~(1 << node.chosen); rest !== 0; rest &= rest - 1) {
      const cpu = lowest(rest);
      const [access, feet] = [node.pending[cpu] as Access, node.feet[cpu] as Footprint];
      if (dependent(access, node.made) || touches(feet, node.made) || touches(node.plain, access)) continue;
      if (!meet(feet, node.plain)) sleep |= 1 << cpu;
    }
    return sleep;
  }

  /**
   * The step at `depth` is through: finds the steps that it depends on. Those that nothing orders before it race with it.
   * All its accesses count at once, since another order moves them together.
   */
  #meet(depth: number): void {
    const node = this.#at(depth);
    const access = node.made;
    const clock = this.#clocks[node.chosen] as Int32Array;
    const met = this.#met;
    const races = this.#races;
    met.length = races.length = 0;
    if (access.hook.bits !== 0) {
      const bytes = access.hook.bits >>> 3;
      if (access.hook.kind === "lock") this.#meetLock(node, access, clock);
      else this.#meetSteps(node, access.at >>> 3, clock, (other) => dependent(other, access));
      this.#meetPlain(node, access.at, bytes, !isLook(access), clock);
      listOf(this.#steps, access.at >>> 3).push(depth);
    }
    for (let i = 0; i < node.plain.length; i += 3) this.#meetByPlain(depth, node, i, clock);
    if (met.length > 1) met.sort((a, b) => b - a);
    for (const earlier of met) {
      const other = this.#at(earlier);
      if (this.#isBefore(other, clock)) continue;
      if (!this.#enables(other, node.chosen, access)) races.push(earlier);
      join(clock, other.clock);
    }
    for (const earlier of races) this.#race(earlier, node.chosen, clock, depth);
    clock[node.chosen] = (clock[node.chosen] as number) + 1;
    node.clock.set(clock);
  }

  /** A plain access of the step at `depth`: `i` is where it begins in the node's list. */
  #meetByPlain(depth: number, node: Node, i: number, clock: Int32Array): void {
    const { plain } = node;
    const [at, bytes, stores] = [plain[i], plain[i + 1], plain[i + 2]] as [number, number, number];
    const isHit = (other: Access) => hits(at, bytes, stores === 1, other);
    this.#meetPlain(node, at, bytes, stores === 1, clock);
    for (let granule = at >>> 3; granule <= (at + bytes - 1) >>> 3; granule++) {
      this.#meetSteps(node, granule, clock, isHit);
      listOf(this.#plain, granule).push(depth, at, bytes, stores);
    }
  }

  /** The steps of other CPUs on a granule for which `depends` holds, and that do not happen before the node's. */
  #meetSteps(node: Node, granule: number, clock: Int32Array, depends: (made: Access) => boolean): void {
    const steps = this.#steps.get(granule);
    if (steps === undefined) return;
    let before = 1 << node.chosen;
    for (let i = steps.length - 1; i >= 0 && before !== this.#all; i--) {
      const other = this.#at(steps[i] as number);
      if (((before >>> other.chosen) & 1) === 1) continue;
      if (this.#isBefore(other, clock)) before |= 1 << other.chosen;
      else if (depends(other.made)) this.#met.push(steps[i] as number);
    }
  }

  /** The same for the plain accesses of other CPUs that conflict with an access. */
  #meetPlain(node: Node, at: number, bytes: number, stores: boolean, clock: Int32Array): void {
    for (let granule = at >>> 3; granule <= (at + bytes - 1) >>> 3; granule++) {
      const noted = this.#plain.get(granule);
      if (noted === undefined) continue;
      let before = 1 << node.chosen;
      for (let i = noted.length - 4; i >= 0 && before !== this.#all; i -= 4) {
        const other = this.#at(noted[i] as number);
        if (((before >>> other.chosen) & 1) === 1) continue;
        const [from, length, wrote] = [noted[i + 1], noted[i + 2], noted[i + 3]] as [number, number, number];
        if (this.#isBefore(other, clock)) before |= 1 << other.chosen;
        else if ((stores || wrote === 1) && from < at + bytes && at < from + length)
          this.#met.push(noted[i] as number);
      }
    }
  }

  /**
   * A lock's acquire races with what took it before. It does not race with the release in between, nor with the holder's
   * looks until then: there the acquire had to wait, so that the other order is impossible. Another store may take or
   * release the lock without saying so. So it races, and hides nothing that came before it.
   */
  #meetLock(node: Node, access: Access, clock: Int32Array): void {
    const steps = this.#steps.get(access.at >>> 3);
    if (steps === undefined) return;
    const joined = this.#joined;
    joined.set(clock);
    const held = this.#held.fill(0);
    for (let i = steps.length - 1; i >= 0; i--) {
      const other = this.#at(steps[i] as number);
      const by = other.chosen;
      if (by === node.chosen || !dependent(other.made, access)) continue;
      const { kind } = other.made.hook;
      const depth = held[by] as number;
      if (kind === "unlock") held[by] = depth + 1;
      else if (kind === "lock" || kind === "trylock") held[by] = Math.max(0, depth - 1);
      else if (!isLook(other.made)) held[by] = 0;
      if (kind !== "unlock" && held[by] === 0 && !this.#isBefore(other, joined)) {
        this.#races.push(steps[i] as number);
        if (kind === "lock" || kind === "trylock") join(joined, other.clock);
      }
      join(clock, other.clock);
    }
  }

  #isBefore(node: Node, clock: Int32Array): boolean {
    return (clock[node.chosen] as number) >= (node.clock[node.chosen] as number);
  }

  /** True when a wait can end only because of the node's step, so that the other order is impossible. */
  #enables(node: Node, cpu: number, access: Access): boolean {
    if (access.hook.kind !== "wait" || ((node.runnable >>> cpu) & 1) === 1) return false;
    const then = node.pending[cpu] as Access;
    return then.hook.kind === "wait" && then.at === access.at;
  }

  /**
   * The step at `earlier` and the next one of `cpu` race: makes sure that an execution is explored in which the latter
   * comes first. `clock` is what happens before the latter.
   */
  #race(earlier: number, cpu: number, clock: Int32Array, depth: number): void {
    const node = this.#at(earlier);
    const initials = this.#initials(earlier, cpu, clock, depth) & node.runnable;
    if (initials === 0) node.backtrack |= node.runnable;
    else if ((initials & node.backtrack) === 0)
      node.backtrack |= (initials >>> cpu) & 1 ? 1 << cpu : initials & -initials;
  }

  /**
   * The CPUs that can begin what comes between: the steps since `earlier` that do not happen after it, and then the
   * next one of `cpu`. A CPU begins it when nothing in it happens before the CPU's first step in it.
   */
  #initials(earlier: number, cpu: number, clock: Int32Array, depth: number): number {
    const node = this.#at(earlier);
    const [by, seq] = [node.chosen, node.clock[node.chosen] as number];
    const firsts = this.#firsts;
    let seen = 0;
    let initials = 0;
    for (let i = earlier + 1; i < depth; i++) {
      const step = this.#at(i);
      if ((step.clock[by] as number) >= seq || (seen >>> step.chosen) & 1) continue;
      if (this.#beginsAfter(seen, step.clock)) initials |= 1 << step.chosen;
      seen |= 1 << step.chosen;
      firsts[step.chosen] = step.clock[step.chosen] as number;
    }
    if (((seen >>> cpu) & 1) === 0 && this.#beginsAfter(seen, clock)) initials |= 1 << cpu;
    return initials;
  }

  /** True when none of the first steps of the CPUs in `seen` happens before a step with this clock. */
  #beginsAfter(seen: number, clock: Int32Array): boolean {
    for (let rest = seen; rest !== 0; rest &= rest - 1) {
      const other = lowest(rest);
      if ((clock[other] as number) >= (this.#firsts[other] as number)) return false;
    }
    return true;
  }
}

/** Takes over the larger of each two entries. */
function join(clock: Int32Array, other: Int32Array): void {
  for (let i = 0; i < clock.length; i++) {
    if ((other[i] as number) > (clock[i] as number)) clock[i] = other[i] as number;
  }
}

/** The list of a granule. */
function listOf(lists: Map<number, number[]>, granule: number): number[] {
  let list = lists.get(granule);
  if (list === undefined) {
    list = [];
    lists.set(granule, list);
  }
  return list;
}
