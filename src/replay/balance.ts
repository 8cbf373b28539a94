/**
 * What the kernel counts that no event of a program explains: pages that the kernel touches by itself, or for another
 * process. Each such sample is added to its address space's balance, by cause. A difference between the counts never
 * changes a balance.
 */

import type { Sample } from "./machine.js";

/** The samples that no event explains. */
export interface OutsideFigures {
  readonly samples: number;
  /** Samples by cause. */
  readonly causes: Readonly<Record<string, number>>;
}

/** The balance of each address space, in pages. */
export class Balance {
  readonly #balances: Float64Array;
  /** The kernel's last count; -1: none yet. */
  readonly #last: Float64Array;
  readonly #causes = new Map<string, number>();
  #samples = 0;

  /** `spaces` is the number of address space slots. */
  constructor(spaces: number) {
    this.#balances = new Float64Array(spaces);
    this.#last = new Float64Array(spaces).fill(-1);
  }

  /** The balance of a space. */
  of(space: number): number {
    return this.#balances[space] as number;
  }

  /** An empty address space begins in a slot. */
  begin(space: number): void {
    this.#balances[space] = 0;
    this.#last[space] = -1;
  }

  /** A fork: the child's pages are the parent's. */
  copy(child: number, parent: number): void {
    this.#balances[child] = this.of(parent);
    this.#last[child] = this.#last[parent] as number;
  }

  /** The kernel's count, which an event of the program explains. Returns its rise since the last one; 0 without one. */
  see(space: number, pages: number): number {
    const last = this.#last[space] as number;
    this.#last[space] = pages;
    return last < 0 ? 0 : pages - last;
  }

  /** A sample that no event explains. */
  outside({ space, pages }: Sample, cause: string): void {
    this.#samples++;
    this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1);
    const rise = this.see(space, pages);
    this.#balances[space] = this.of(space) + rise;
  }

  /**
   * A memory call ends while no other thread works on the space, and the engine counts `counted` pages there. With
   * `grows`, the call may fill what it made or locked. Every call may take away pages that the balance holds, or those
   * that it lacks because the kernel has taken them before.
   */
  leave(space: number, counted: number, grows: boolean): void {
    const last = this.#last[space] as number;
    if (last < 0) return;
    const balance = this.of(space);
    const difference = last - counted - balance;
    if (difference > 0 && grows) this.#balances[space] = balance + difference;
    else if (difference > 0 && balance < 0) this.#balances[space] = Math.min(0, balance + difference);
    else if (difference < 0 && balance > 0) this.#balances[space] = Math.max(0, balance + difference);
  }

  figures(): OutsideFigures {
    return { samples: this.#samples, causes: Object.fromEntries([...this.#causes].sort()) };
  }
}
