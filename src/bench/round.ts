/** A program that is ready on one CPU. You can run its rounds any number of times. */
import type { BenchCpu, Block } from "./bench-cpu.js";
import { entryOf, type Place, type Program } from "./programs.js";

export class Round {
  readonly #cpu: BenchCpu;
  readonly #place: Place;
  readonly #program: Program;
  readonly #before: Block | undefined;
  readonly #timed: Block;
  readonly #after: Block | undefined;
  readonly #each: readonly Block[];

  /** Prepares the place. Throws an Error when an operation fails. */
  constructor(cpu: BenchCpu, place: Place, program: Program) {
    this.#cpu = cpu;
    this.#place = place;
    this.#program = program;
    program.prepare(cpu, place);
    this.#before = program.before && cpu.block(program.before(cpu, place));
    this.#timed = cpu.block(program.timed(cpu, place));
    this.#after = program.after && cpu.block(program.after(cpu, place));
    this.#each = (program.each?.(cpu, place) ?? []).map((operations) => cpu.block(operations));
  }

  /** True when a round leaves everything as it was, and consists of its timed part alone. */
  get isSteady(): boolean {
    return !this.#before && !this.#after && !this.#program.steps?.before;
  }

  /** True when latencies can be measured. */
  get hasLatency(): boolean {
    return this.#each.length > 0;
  }

  /** Runs what comes before the timed part, and puts the timed part's records into the ring. */
  before(): void {
    if (this.#before) this.#runBlock(this.#before);
    this.#program.steps?.before?.(entryOf(this.#cpu), this.#place);
    if (!this.#program.steps) this.#cpu.load(this.#timed);
  }

  /** Runs the timed part. */
  timed(): void {
    const { steps } = this.#program;
    if (steps) steps.timed(entryOf(this.#cpu), this.#place);
    else this.#cpu.run();
  }

  /** Checks the results and restores the starting state. */
  after(): void {
    if (!this.#program.steps) this.#cpu.verify(Math.min(2, this.#timed.records));
    if (this.#after) this.#runBlock(this.#after);
  }

  /** A running count of operations, or the number in one round; only differences matter. */
  operations(rounds: number): number {
    const { operations } = this.#program;
    return typeof operations === "number" ? rounds * operations : this.#cpu.counter(operations);
  }

  /** Runs one round and times each part alone. `note` gets the nanoseconds. */
  latencies(note: (nanoseconds: number) => void): void {
    if (this.#before) this.#runBlock(this.#before);
    for (const block of this.#each) {
      this.#cpu.load(block);
      const start = performance.now();
      this.#cpu.run();
      note((performance.now() - start) * 1e6);
    }
    this.#cpu.verify(1);
    if (this.#after) this.#runBlock(this.#after);
  }

  #runBlock(block: Block): void {
    this.#cpu.load(block);
    this.#cpu.run();
    this.#cpu.verify(1);
  }
}
