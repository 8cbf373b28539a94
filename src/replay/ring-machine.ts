/** A machine for replays that fills the rings of CPUs window by window. Subclasses say how the records are run. */

import type { Machine } from "../cpu/boot.js";
import type { Ring } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import { type MachineStats, type OpCodes, type ReplayMachine, readOpCodes } from "./index.js";

/** A ReplayMachine on rings. Nobody else may use them meanwhile. */
export abstract class RingMachine implements ReplayMachine {
  readonly codes: OpCodes;
  readonly cpus: number;
  readonly capacity: number;
  readonly spaces: number;
  readonly files: number;
  readonly #rings: readonly Ring[];
  /** Ring index of each CPU's first record in this window. */
  readonly #base: number[];
  readonly #publishFlag: number;
  #collected = true;

  /** `rings`: one for each CPU that replays. */
  constructor({ layout, control }: Machine, rings: readonly Ring[]) {
    this.#rings = rings;
    this.#base = rings.map((ring) => ring.produced);
    this.codes = readOpCodes((name) => layout.constant(name));
    this.#publishFlag = layout.constant("OPF_PUBLISH");
    this.cpus = rings.length;
    this.capacity = Math.min(...rings.map((ring) => ring.capacity));
    this.spaces = control.get("spaces");
    this.files = control.get("files");
  }

  abstract run(): Promise<void>;

  abstract stats(): MachineStats;

  push(
    cpu: number,
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
  ): void {
    if (this.#collected) this.#startWindow();
    (this.#rings[cpu] as Ring).put(op, flags, space, aux, a, b, c);
  }

  flag(cpu: number, index: number, flag: number): void {
    if (flag !== this.#publishFlag) throw new UsageError(`flag ${flag} cannot be added to a record later`);
    (this.#rings[cpu] as Ring).requestReport(this.doneAfter(cpu, index));
  }

  doneAfter(cpu: number, index: number): number {
    return ((this.#base[cpu] as number) + index + 1) >>> 0;
  }

  result(cpu: number, index: number): number {
    return (this.#rings[cpu] as Ring).resultAt((this.#base[cpu] as number) + index);
  }

  value(cpu: number, index: number): bigint {
    return (this.#rings[cpu] as Ring).valueAt((this.#base[cpu] as number) + index);
  }

  anonDelta(cpu: number, index: number): number {
    return (this.#rings[cpu] as Ring).anonDeltaAt((this.#base[cpu] as number) + index);
  }

  /** Reads an OP_TALLY record of the last window (see TallyReader). */
  tally(cpu: number, index: number, into: Uint32Array): void {
    (this.#rings[cpu] as Ring).tallyAt((this.#base[cpu] as number) + index, into);
  }

  /** Ring index of a record of this window. */
  protected indexOf(cpu: number, index: number): number {
    return ((this.#base[cpu] as number) + index) >>> 0;
  }

  /** Ends the window, whose records have all run: the next record begins another one. */
  protected skipAll(): void {
    for (const ring of this.#rings) ring.skipAll();
    this.#collected = true;
  }

  #startWindow(): void {
    this.#collected = false;
    for (const [cpu, ring] of this.#rings.entries()) this.#base[cpu] = ring.produced;
  }
}
