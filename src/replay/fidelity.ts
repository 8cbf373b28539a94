/**
 * Compares the kernel's counts of anonymous pages with the machine's. Every operation returns its change of its
 * address space's count. We add the changes in trace order, so that the figures do not depend on the schedule, and no
 * sample stops the machine.
 */

import { type OpCodes, opName } from "../record/codes.js";
import { Balance, type OutsideFigures } from "./balance.js";
import { Contents } from "./contents.js";
import { type FirstDifference, firstDifference } from "./first-difference.js";
import { grown, largerThan } from "./growth.js";
import {
  type Access,
  type ReplayMachine,
  SAMPLE_FAULT,
  SAMPLE_OUTSIDE,
  type Sample,
  type SampleSink,
} from "./machine.js";
import { NO_PAGES } from "./recorder/journal.js";

/** Operations and waiting items at first. */
const FIRST = 16;
/** -ENOMEM: a rule of the call, or the machine lacks memory. */
const NO_MEMORY = -12;
/** The number of worst samples to keep. */
const WORST = 10;

/** A sample that did not match. */
export interface WorstSample extends Pick<Sample, "space" | "pages" | "time" | "pid" | "tid" | "comm"> {
  /** The machine's count, in pages, with what no event explains. */
  readonly counted: number;
}

/** Faults that mapped more than one page at once. Their own samples are not compared. */
export interface HugeFigures {
  readonly faults: number;
  readonly pages: number;
}

/** The end of a call. */
interface Leave {
  readonly leaves: number;
  readonly grows: boolean;
}

/** The comparison, in numbers. */
export interface FidelityFigures {
  /** Samples compared. */
  readonly samples: number;
  /** Samples in which both counts are equal. */
  readonly exact: number;
  /** Samples in which they differ by at most one page. */
  readonly within1: number;
  /** The largest difference, in pages. */
  readonly maxDiffPages: number;
  /** The samples that differ most, the worst first. */
  readonly worst: readonly WorstSample[];
  /** The first sample that differs, and why; null when none does. */
  readonly first: FirstDifference | null;
}

/** Logs a window's operations and samples, and settles them when the window has run. */
export class Fidelity implements SampleSink {
  readonly #codes: OpCodes;
  /** Operations that did not succeed, by name and result, such as `READ SEGV`. */
  readonly failed = new Map<string, number>();
  /** Line of the trace that the current operations come from. */
  line = 0;
  /** The operation at which the machine ran out of memory. */
  lacking: { readonly line: number; readonly operation: string } | undefined;
  /** The contents of address spaces at their end. */
  readonly contents = new Contents();
  /** Accesses and touches without a mapping that allows them. */
  unmapped = 0;

  readonly #counts: Float64Array;
  #kinds = new Uint8Array(FIRST);
  #slots = new Uint16Array(FIRST);
  #cpus = new Uint8Array(FIRST);
  #indices = new Int32Array(FIRST);
  #parents = new Uint16Array(FIRST);
  #lines = new Float64Array(FIRST);
  #length = 0;
  /** By operation: the access that it is. This array, like those below, serves all windows: what lies behind its length is old. */
  readonly #accesses: (Access | undefined)[] = [];
  /** The operations whose access is the one before it, again. */
  readonly #again = new Set<number>();
  readonly #balance: Balance;
  readonly #waiting: (Sample | Leave | undefined)[] = [];
  #waits = 0;
  /** Of each waiting item: the number of operations before it, and its line. */
  #positions = new Int32Array(FIRST);
  #lineOf = new Float64Array(FIRST);
  /** By address space: the line of the last sample that was equal. */
  readonly #equal = new Map<number, number>();
  #first: FirstDifference | null = null;
  readonly #huge = { faults: 0, pages: 0 };
  #samples = 0;
  #exact = 0;
  #within1 = 0;
  #maxDiffPages = 0;
  #worst: WorstSample[] = [];

  /** `spaces` is the number of address space slots. */
  constructor(codes: OpCodes, spaces: number) {
    this.#codes = codes;
    this.#counts = new Float64Array(spaces);
    this.#balance = new Balance(spaces);
  }

  /**
   * Notes an operation: record `index` of `cpu` in this window changes the count of `space` (for a fork: the child, and
   * `parent` is the space that it copies).
   */
  operation(op: number, space: number, cpu: number, index: number, parent = 0): void {
    const at = this.#length;
    if (at === this.#kinds.length) this.#grow();
    this.#parents[at] = parent;
    this.#kinds[at] = op;
    this.#slots[at] = space;
    this.#cpus[at] = cpu;
    this.#indices[at] = index;
    this.#lines[at] = this.line;
    this.#accesses[at] = undefined;
    this.#length = at + 1;
  }

  access(access: Access, again: boolean): void {
    if (this.#length === 0) return;
    this.#accesses[this.#length - 1] = access;
    if (again) this.#again.add(this.#length - 1);
  }

  sample(sample: Sample): void {
    this.#wait(sample);
  }

  leave(space: number, grows: boolean): void {
    this.#wait({ leaves: space, grows });
  }

  /** The window has run: adds up the changes and compares. `after`: takes the pages behind each operation, or NO_PAGES. */
  settle(machine: ReplayMachine, after?: Int32Array): void {
    const counts = this.#counts;
    const codes = this.#codes;
    let next = 0;
    for (let i = 0; i <= this.#length; i++) {
      while (next < this.#waits && this.#positions[next] === i) this.#take(next++);
      if (i === this.#length) break;
      const op = this.#kinds[i] as number;
      const slot = this.#slots[i] as number;
      const cpu = this.#cpus[i] as number;
      const index = this.#indices[i] as number;
      const result = machine.result(cpu, index);
      if (result !== 0) this.#fail(op, result);
      if (result === NO_MEMORY && machine.refused?.(cpu, index)) {
        this.lacking = { line: this.#lines[i] as number, operation: opName(codes, op).toLowerCase() };
      }
      if (after !== undefined) after[i] = NO_PAGES;
      if (op === codes.OP_FILE) continue;
      if (op === codes.OP_HASH) {
        this.contents.add(machine.value(cpu, index));
        continue;
      }
      const delta = machine.anonDelta(cpu, index);
      const access = this.#accesses[i];
      if (access !== undefined) {
        access.delta = delta + (this.#again.has(i) ? access.delta : 0);
        access.refused = result !== 0;
      }
      // These begin or end a space, so the slot's count starts again.
      if (op === codes.OP_SPAWN || op === codes.OP_EXEC || op === codes.OP_EXIT) {
        counts[slot] = 0;
        this.#balance.begin(slot);
        this.#equal.delete(slot);
      } else if (op === codes.OP_FORK) {
        counts[slot] = delta;
        this.#balance.copy(slot, this.#parents[i] as number);
      } else counts[slot] = (counts[slot] as number) + delta;
      if (after !== undefined) after[i] = counts[slot] as number;
    }
    this.#again.clear();
    this.#length = this.#waits = 0;
  }

  /** The figures of all settled windows. */
  figures(): FidelityFigures {
    return {
      samples: this.#samples,
      exact: this.#exact,
      within1: this.#within1,
      maxDiffPages: this.#maxDiffPages,
      worst: this.#worst,
      first: this.#first,
    };
  }

  /** The samples that no event explains. */
  outside(): OutsideFigures {
    return this.#balance.figures();
  }

  /** The faults that mapped a huge page, and its pages. */
  huge(): HugeFigures {
    return { ...this.#huge };
  }

  /** Another item waits for the operations before it. */
  #wait(item: Sample | Leave): void {
    const at = this.#waits++;
    if (at === this.#positions.length) {
      this.#positions = grown(this.#positions, new Int32Array(largerThan(at)));
      this.#lineOf = grown(this.#lineOf, new Float64Array(largerThan(at)));
    }
    this.#waiting[at] = item;
    this.#positions[at] = this.#length;
    this.#lineOf[at] = this.line;
  }

  #take(at: number): void {
    const item = this.#waiting[at] as Sample | Leave;
    // Nobody needs it any more: garbage collection would carry it along.
    this.#waiting[at] = undefined;
    const balance = this.#balance;
    if ("leaves" in item) {
      balance.leave(item.leaves, this.#counts[item.leaves] as number, item.grows);
      return;
    }
    const { kind, space, pages, access, huge, window, cause } = item;
    const unchanged = access.delta === 0 && !access.refused;
    if (kind === SAMPLE_OUTSIDE || (kind === SAMPLE_FAULT && unchanged)) {
      balance.outside(item, cause);
      return;
    }
    const rise = balance.see(space, pages);
    if (kind !== SAMPLE_FAULT) return;
    if (huge > 0 && !window.refused && access.delta + window.delta === huge) {
      this.#huge.faults++;
      this.#huge.pages += huge;
    } else if (item.comparable) {
      this.#compare(item, this.#lineOf[at] as number, rise);
    }
  }

  #compare(item: Sample, line: number, rise: number): void {
    const { space, pages, time, pid, tid, comm } = item;
    const sample = { space, pages, time, pid, tid, comm };
    const counted = (this.#counts[space] as number) + this.#balance.of(space);
    const difference = Math.abs(counted - sample.pages);
    this.#samples++;
    if (difference <= 1) this.#within1++;
    if (difference === 0) {
      this.#exact++;
      this.#equal.set(space, line);
      return;
    }
    this.#first ??= firstDifference(item, { line, counted, rise, equalLine: this.#equal.get(space) ?? null });
    this.#maxDiffPages = Math.max(this.#maxDiffPages, difference);
    const last = this.#worst[WORST - 1];
    if (last !== undefined && Math.abs(last.counted - last.pages) >= difference) return;
    this.#worst.push({ ...sample, counted });
    // The sort is stable: among equal differences the earliest stays.
    this.#worst.sort((x, y) => Math.abs(y.counted - y.pages) - Math.abs(x.counted - x.pages));
    this.#worst.length = Math.min(this.#worst.length, WORST);
  }

  #fail(op: number, result: number): void {
    const codes = this.#codes;
    const access = op === codes.OP_READ || op === codes.OP_WRITE || op === codes.OP_TOUCH;
    const signal = -result - codes.SIGNAL_BASE;
    if (access && signal === codes.SIGSEGV) this.unmapped++;
    const what = signal === codes.SIGSEGV ? "SEGV" : signal === codes.SIGBUS ? "BUS" : `errno ${-result}`;
    const name = `${opName(codes, op)} ${what}`;
    this.failed.set(name, (this.failed.get(name) ?? 0) + 1);
  }

  #grow(): void {
    const size = largerThan(this.#kinds.length);
    this.#kinds = grown(this.#kinds, new Uint8Array(size));
    this.#slots = grown(this.#slots, new Uint16Array(size));
    this.#cpus = grown(this.#cpus, new Uint8Array(size));
    this.#parents = grown(this.#parents, new Uint16Array(size));
    this.#indices = grown(this.#indices, new Int32Array(size));
    this.#lines = grown(this.#lines, new Float64Array(size));
  }
}
