/** The processes of a recording. An exec begins another one: it has the same number, and nothing else of the old one. */

/** How a process began: it was there before, or something made it. */
export type Began = "before" | "fork" | "vfork" | "exec";

/** The place of a process that there is none. */
export const NO_PROCESS = -1;

/** Slots at first. */
const FIRST_SLOTS = 64;

/** One process while the replay runs. */
export class RecordedProcess {
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
    if (slot !== undefined) {
      this.#leaveFamily(slot);
      const living = (this.#families[family] as number) + 1;
      this.#families[family] = living;
      if (living > this.largestFamily) this.largestFamily = living;
      this.#own(slot, place);
    }
    if (maker !== undefined && began === "fork") made.expected = maker.expected;
    if (maker !== undefined && began === "fork") maker.forks++;
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
    let mapped = 0;
    let largest = 0;
    let living = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      const owner = this.#bySlot[slot] as number;
      if (owner === NO_PROCESS) continue;
      const pages = this.all[owner]?.[field] ?? 0;
      mapped += pages;
      if (pages > largest) largest = pages;
      living++;
    }
    return { mapped, largest, living };
  }

  #own(slot: number, place: number): void {
    while (slot >= this.#bySlot.length) {
      const from = this.#bySlot;
      this.#bySlot = new Int32Array(from.length * 2).fill(NO_PROCESS);
      this.#bySlot.set(from);
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
