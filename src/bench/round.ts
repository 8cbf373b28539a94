/** A program made ready on one CPU: rounds that can be run any number of times. */
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

  /** True when a round leaves everything as it was, and nothing comes before or after what is timed. */
  get isSteady(): boolean {
    return !this.#before && !this.#after && !this.#program.steps?.before;
  }

  /** Whether latencies can be taken. */
  get hasLatency(): boolean {
    return this.#each.length > 0;
  }

  /** What comes before the timed part, and its records in the ring. */
  before(): void {
    if (this.#before) this.#runBlock(this.#before);
    this.#program.steps?.before?.(entryOf(this.#cpu), this.#place);
    if (!this.#program.steps) this.#cpu.load(this.#timed);
  }

  /** The timed part. */
  timed(): void {
    const { steps } = this.#program;
    if (steps) steps.timed(entryOf(this.#cpu), this.#place);
    else this.#cpu.run();
  }

  /** Looks at what was done, and puts everything back. */
  after(): void {
    if (!this.#program.steps) this.#cpu.verify(Math.min(2, this.#timed.records));
    if (this.#after) this.#runBlock(this.#after);
  }

  /** Operations done so far, or of one round: differences count. */
  operations(rounds: number): number {
    const { operations } = this.#program;
    return typeof operations === "number" ? rounds * operations : this.#cpu.counter(operations);
  }

  /** One round in its parts, each timed alone: `note` gets the nanoseconds. */
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
