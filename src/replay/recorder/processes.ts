/** The processes of a recording. An exec begins another one: it has the same number, and nothing else of the old one. */

import { COUNTERS, Lane } from "./lane.js";

/** How a process began: it was there before, or something made it. */
export type Began = "before" | "fork" | "vfork" | "exec";

/** The place of a process that there is none. */
export const NO_PROCESS = -1;

/** One process while the replay runs. */
export class RecordedProcess {
  readonly lane = new Lane();
  /** By COUNTERS. */
  readonly counts = new Float64Array(COUNTERS.length);
  /** Nanoseconds of the trace's clock; `end` is -1 while it runs. */
  end = -1;
  forks = 0;
  vforks = 0;
  /** Anonymous pages now and at most, as the engine counts them. */
  pages = 0;
  peak = 0;
  /** The same as the kernel counts, as far as the trace is read: the engine follows after the window. */
  expected = 0;
  peakTime = 0;

  /** `family`: those that may share anonymous pages, because each forked from another one of them and none has done an exec since. */
  constructor(
    readonly place: number,
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
  /** The process whose memory stands in each slot, and those slots. */
  readonly #owners = new Map<number, number>();
  /** The same by slot, for each operation asks it. */
  readonly #bySlot: number[] = [];
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
    const maker = this.all[parent];
    const forked = began === "fork" || began === "vfork";
    const family = forked && maker !== undefined ? maker.family : this.#families.push(0) - 1;
    const made = new RecordedProcess(place, pid, comm, began, parent, time, family);
    this.all.push(made);
    if (slot !== undefined) {
      this.#leaveFamily(slot);
      const living = (this.#families[family] as number) + 1;
      this.#families[family] = living;
      if (living > this.largestFamily) this.largestFamily = living;
      this.#owners.set(slot, place);
      while (this.#bySlot.length <= slot) this.#bySlot.push(NO_PROCESS);
      this.#bySlot[slot] = place;
    }
    if (maker !== undefined && began === "fork") made.expected = maker.expected;
    if (maker !== undefined && began === "fork") maker.forks++;
    if (maker !== undefined && began === "vfork") maker.vforks++;
    return place;
  }

  /** The process whose memory stands in a slot. */
  owner(slot: number): number {
    return this.#bySlot[slot] ?? NO_PROCESS;
  }

  /** The slot's address space is gone, or another one begins there. */
  leave(slot: number): void {
    this.#leaveFamily(slot);
    this.#owners.delete(slot);
    if (slot < this.#bySlot.length) this.#bySlot[slot] = NO_PROCESS;
  }

  /** The address space in a slot, if there is one, is no longer one of its owner's family. */
  #leaveFamily(slot: number): void {
    const owner = this.#owners.get(slot);
    const family = owner === undefined ? undefined : this.all[owner]?.family;
    if (family !== undefined) this.#families[family] = (this.#families[family] as number) - 1;
  }

  /** The slots of living address spaces with their owners. */
  living(): IterableIterator<[slot: number, place: number]> {
    return this.#owners.entries();
  }
}
