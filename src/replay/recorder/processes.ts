/** The processes of a recording. An exec begins another one: it has the same number, and nothing else of the old one. */

import { grown, largerThan } from "../growth.js";

/** How a process began: it was there before, or something made it. */
export type Began = "before" | "fork" | "vfork" | "exec";

/** The place of a process that there is none. */
export const NO_PROCESS = -1;

/** Slots at first, and processes. */
const FIRST_SLOTS = 4;
const FIRST_PLACES = 4;

/** One process while the replay runs. */
export class RecordedProcess {
  /** Nanoseconds of the trace's clock; `end` is -1 while it runs. */
  end = -1;
  forks = 0;
  vforks = 0;

  /** `family`: those that may share anonymous pages, because each forked from another one of them and none has done an exec since. */
  constructor(
    readonly pid: number,
    public comm: string,
    readonly began: Began,
    readonly parent: number,
    readonly start: number,
    readonly family: number,
  ) {}
}

/** All processes, by place: the order in which they began. */
export class Processes {
  readonly all: RecordedProcess[] = [];
  /** By place: anonymous pages now and at most, as the engine counts them, and when it had most. Each operation changes them. */
  pages = new Int32Array(FIRST_PLACES);
  peaks = new Int32Array(FIRST_PLACES);
  peakTimes = new Float64Array(FIRST_PLACES);
  /** The same pages as the kernel counts, as far as the trace is read: the engine follows after the window. */
  expected = new Int32Array(FIRST_PLACES);
  /** The process whose memory stands in each slot; each operation asks it. Behind `#slots` nobody's does. */
  #bySlot = new Int32Array(FIRST_SLOTS).fill(NO_PROCESS);
  #slots = 0;
  /** Living address spaces by family. */
  readonly #families: number[] = [];
  /** The most address spaces that lived at once in one family: no anonymous page ever has more mappings. */
  largestFamily = 0;

  /** A process begins. Returns its place. `slot`: its address space; undefined while it uses its parent's. */
  begin(
    pid: number,
    comm: string,
    began: Began,
    parent: number,
    time: number,
    slot: number | undefined,
  ): number {
    const place = this.all.length;
    const maker = parent === NO_PROCESS ? undefined : this.all[parent];
    const forked = began === "fork" || began === "vfork";
    const family = forked && maker !== undefined ? maker.family : this.#families.push(0) - 1;
    const made = new RecordedProcess(pid, comm, began, parent, time, family);
    this.all.push(made);
    if (place === this.pages.length) this.#grow();
    if (slot !== undefined) {
      this.#leaveFamily(slot);
      const living = (this.#families[family] as number) + 1;
      this.#families[family] = living;
      if (living > this.largestFamily) this.largestFamily = living;
      this.#own(slot, place);
    }
    if (maker !== undefined && began === "fork") {
      this.expected[place] = this.expected[parent] as number;
      maker.forks++;
    }
    if (maker !== undefined && began === "vfork") maker.vforks++;
    return place;
  }

  /** The process whose memory stands in a slot. */
  owner(slot: number): number {
    return slot < this.#slots ? (this.#bySlot[slot] as number) : NO_PROCESS;
  }

  /** The slot's address space is gone, or another one begins there. */
  leave(slot: number): void {
    this.#leaveFamily(slot);
    if (slot < this.#slots) this.#bySlot[slot] = NO_PROCESS;
  }

  /** The slots of living address spaces, in the order in which their owners began. */
  living(): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.#slots; slot++) if (this.#bySlot[slot] !== NO_PROCESS) slots.push(slot);
    return slots.sort((a, b) => (this.#bySlot[a] as number) - (this.#bySlot[b] as number));
  }

  /**
   * The anonymous pages of the living address spaces, those of the largest, and their number. `field`: as the kernel counts, or as
   * the engine does.
   */
  sums(field: "expected" | "pages"): {
    readonly mapped: number;
    readonly largest: number;
    readonly living: number;
  } {
    const held = this[field];
    let mapped = 0;
    let largest = 0;
    let living = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const owner = this.#bySlot[slot] as number;
      if (owner === NO_PROCESS) continue;
      const pages = held[owner] as number;
      mapped += pages;
      if (pages > largest) largest = pages;
      living++;
    }
    return { mapped, largest, living };
  }

  #grow(): void {
    const size = largerThan(this.pages.length);
    this.pages = grown(this.pages, new Int32Array(size));
    this.peaks = grown(this.peaks, new Int32Array(size));
    this.peakTimes = grown(this.peakTimes, new Float64Array(size));
    this.expected = grown(this.expected, new Int32Array(size));
  }

  #own(slot: number, place: number): void {
    while (slot >= this.#bySlot.length) {
      const more = new Int32Array(largerThan(this.#bySlot.length)).fill(NO_PROCESS);
      this.#bySlot = grown(this.#bySlot, more);
    }
    this.#bySlot[slot] = place;
    if (slot >= this.#slots) this.#slots = slot + 1;
  }

  /** The address space in a slot, if there is one, is no longer one of its owner's family. */
  #leaveFamily(slot: number): void {
    const owner = this.owner(slot);
    if (owner === NO_PROCESS) return;
    const family = this.all[owner]?.family as number;
    this.#families[family] = (this.#families[family] as number) - 1;
  }
}
