/**
 * Counts of users, for a reduced search. Taking a reference and dropping one leave the same count in either order. Only an
 * access that uses the count's value depends on their order. Most such accesses ask one question: was the count 1, or some
 * other number (`Hook.asks`)?
 *
 * So the search first assumes that all of these accesses commute, on every word. After each execution it checks each question
 * against every value that the word can have had before it, given the accesses that nothing orders against it. If the answer
 * may differ, the word *tells*. From then on each question about it counts as a read of the whole number, and the search starts
 * over.
 *
 * That is sound. Take the shortest beginning of any execution behind which two accesses do not commute, although the search
 * assumes that they do. Within it they all do, so the search has run an execution that begins with the same accesses in
 * another order. There the two are not ordered either, and the values before them are among those that were looked at.
 */

import type { Access, Hook } from "../access.js";
import type { Node } from "./dpor-node.js";

const LOAD: Hook = { name: "load32", kind: "load", bits: 32, order: "once" };
const SUB: Hook = { name: "sub32", kind: "sub", bits: 32, order: "full" };

export class Counts {
  /** Words on which the answer to a question depends on the order of accesses. */
  readonly #telling = new Set<number>();
  /** By word: the depths of the uses of the count, in this execution. */
  readonly #uses = new Map<number, number[]>();
  /** The same words, of which somebody asks something. */
  readonly #asked = new Set<number>();

  /** A new execution begins. */
  begin(): void {
    this.#uses.clear();
    this.#asked.clear();
  }

  /** What an access is for the search. */
  hookOf({ hook, at }: Access): Hook {
    if (hook.asks !== true || !this.#telling.has(at)) return hook;
    return hook.kind === "load" ? LOAD : SUB;
  }

  /** The step at a depth uses a count: see isUse. */
  note(depth: number, { hook, at }: Access): void {
    const uses = this.#uses.get(at);
    if (uses === undefined) this.#uses.set(at, [depth]);
    else uses.push(depth);
    if (hook.asks === true) this.#asked.add(at);
  }

  /** Looks at the execution that has ended, by its steps. True: it has shown a word that tells, so start over. */
  learn(steps: readonly Node[]): boolean {
    let grew = false;
    for (const at of this.#asked) {
      const uses = (this.#uses.get(at) ?? []).map((depth) => steps[depth] as Node);
      if (!uses.some((_, index) => this.#mayDiffer(uses, index))) continue;
      this.#telling.add(at);
      grew = true;
    }
    return grew;
  }

  /** Whether the question of an access may have another answer in another order of the same accesses. */
  #mayDiffer(uses: readonly Node[], index: number): boolean {
    const node = uses[index] as Node;
    const { hook, value } = node.made;
    if (hook.asks !== true) return false;
    let low = node.held;
    let high = node.held;
    for (let cpu = 0; cpu < node.clock.length; cpu++) {
      if (cpu === node.chosen) continue;
      const [least, most] = rangeOf(uses, index, cpu);
      low += least;
      high += most;
    }
    if (low === high) return false;
    // A drop asks whether its reference was the last one, and panics where there was none.
    return hook.kind === "load" ? low <= (value as number) && high >= (value as number) : low < 2;
  }
}

/**
 * By how much another CPU's accesses can have changed the count less, or more, before the access at `index` than they have:
 * of those that nothing orders against it, the first ones may come before it, however many.
 */
function rangeOf(uses: readonly Node[], index: number, cpu: number): readonly [least: number, most: number] {
  const node = uses[index] as Node;
  let [sum, least, most, done] = [0, 0, 0, 0];
  for (let i = 0; i < uses.length; i++) {
    const other = uses[i] as Node;
    if (other.chosen !== cpu || (i < index ? isBefore(other, node) : isBefore(node, other))) continue;
    sum += changeOf(other.made);
    least = Math.min(least, sum);
    most = Math.max(most, sum);
    if (i < index) done = sum;
  }
  return [least - done, most - done];
}

/** Whether a step happens before a later one. */
function isBefore(step: Node, later: Node): boolean {
  return (later.clock[step.chosen] as number) >= (step.clock[step.chosen] as number);
}

/** By how much a use changes its count. */
function changeOf({ hook, value }: Access): number {
  return hook.kind === "load" ? 0 : -((value as number) | 0);
}
