/**
 * Spreads operations over CPUs and makes their order explicit, with WAIT records and the publish flag on awaited
 * records.
 *
 * Per address space, an operation that changes mappings waits for all earlier ones there, and all later ones wait for
 * it. Accesses between two changes run concurrently. But writes to one page keep their order, because the page must
 * end with the trace's last value. A fork changes parent and child. A slot's next user waits for its last one. A
 * file's mappings wait for the operation that made the file. Waits point backwards in trace order, so nothing can
 * deadlock. At a window's end everything is done, and we forget all waits.
 */

import { UsageError } from "../errors.js";
import { mmapFile } from "../record/pack.js";
import type { Fidelity } from "./fidelity.js";
import { type OpSink, type ReplayMachine, TOUCH_WINDOW } from "./machine.js";
import type { Recorder } from "./recorder/recorder.js";
import { Writers } from "./writers.js";

/** The longest window, even if the ring holds more: a longer one gains nothing. */
const LONGEST_WINDOW = 65536;
/** The most operations of one event. Each may need a wait for every other CPU, a fork two. */
const OPERATIONS_PER_EVENT = 8;

/**
 * The last operations in each domain (an address space or a file) in this window. Positions are record counts on a
 * CPU: index + 1, 0 for none.
 */
class Domains {
  readonly #cpus: number;
  /** By domain and CPU: the last operation that no later change covers. */
  readonly last: Int32Array;
  readonly changeCpu: Int16Array;
  readonly change: Int32Array;
  readonly #window: Int32Array;

  constructor(count: number, cpus: number) {
    this.#cpus = cpus;
    this.last = new Int32Array(count * cpus);
    this.changeCpu = new Int16Array(count);
    this.change = new Int32Array(count);
    this.#window = new Int32Array(count);
  }

  /** Clears the values of earlier windows in a domain. */
  refresh(domain: number, window: number): void {
    if (this.#window[domain] === window) return;
    this.#window[domain] = window;
    this.change[domain] = 0;
    const base = domain * this.#cpus;
    this.last.fill(0, base, base + this.#cpus);
  }
}

/** The sink that fills a machine's rings. */
export class Schedule implements OpSink {
  readonly #machine: ReplayMachine;
  readonly #fidelity: Fidelity;
  readonly #recorder: Recorder | undefined;
  #full = false;
  /** Pushed operations since the start, without waits and hashes. */
  operations = 0;
  /** Pushed wait records since the start. */
  waits = 0;
  /** The number of windows so far. */
  windows = 0;

  readonly #cpus: number;
  readonly #used: Int32Array;
  /** By waiter and awaited CPU: the position up to which the waiter has waited in this window. */
  readonly #known: Int32Array;
  readonly #spaces: Domains;
  readonly #files: Domains;
  readonly #writers = new Writers();
  readonly #limit: number;

  /** Throws UsageError when the machine's rings are too small to hold one event's records. */
  constructor(machine: ReplayMachine, fidelity: Fidelity, recorder?: Recorder) {
    this.#machine = machine;
    this.#recorder = recorder;
    this.#fidelity = fidelity;
    const { cpus, capacity } = machine;
    // With a recorder each operation may need a tally too, and each window ends with one.
    const margin = OPERATIONS_PER_EVENT * (2 * cpus + 1) + (recorder ? OPERATIONS_PER_EVENT + 1 : 0);
    if (capacity < 2 * margin) {
      throw new UsageError(
        `a replay on ${cpus} CPUs needs rings of at least ${2 * margin} records, not ${capacity}`,
      );
    }
    this.#cpus = cpus;
    this.#limit = Math.min(capacity, LONGEST_WINDOW) - margin;
    this.#used = new Int32Array(cpus);
    this.#known = new Int32Array(cpus * cpus);
    this.#spaces = new Domains(machine.spaces, cpus);
    this.#files = new Domains(machine.files, cpus);
    this.windows = 1;
  }

  /** True when the window must run before the next push. */
  get full(): boolean {
    return this.#full || this.#recorder?.asked === true;
  }

  push(
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
    recordedCpu: number,
  ): void {
    const machine = this.#machine;
    const spaces = this.#spaces;
    const files = this.#files;
    const { codes } = machine;
    const cpu = recordedCpu % this.#cpus;
    if (op === codes.OP_WRITE || op === codes.OP_READ || (op === codes.OP_TOUCH && aux !== TOUCH_WINDOW)) {
      this.#afterChange(spaces, space, cpu);
      const ordered = op === codes.OP_WRITE && this.#cpus > 1;
      if (ordered) this.#afterWriter(space, a, cpu);
      const at = this.#put(cpu, op, flags, space, aux, a, b, c);
      if (ordered) this.#writers.set(cpu, at);
      spaces.last[space * this.#cpus + cpu] = at;
      return;
    }
    if (op === codes.OP_FILE) {
      this.#beforeChange(files, aux, cpu);
      this.#changed(files, aux, cpu, this.#put(cpu, op, flags, space, aux, a, b, c));
      return;
    }
    if (op === codes.OP_MMAP) {
      const file = mmapFile(codes, c);
      if (file !== 0) this.#afterChange(files, file, cpu);
    }
    this.#beforeChange(spaces, space, cpu);
    if (op === codes.OP_FORK) this.#beforeChange(spaces, aux, cpu);
    const at = this.#put(cpu, op, flags, space, aux, a, b, c);
    this.#changed(spaces, space, cpu, at);
    if (op === codes.OP_FORK) this.#changed(spaces, aux, cpu, at);
  }

  /** Runs the window and settles its samples. */
  async run(): Promise<void> {
    const recorder = this.#recorder;
    if (recorder !== undefined)
      for (const [cpu, used] of this.#used.entries()) if (used > 0) recorder.closes(cpu, this.#tally(cpu));
    await this.#machine.run();
    this.#fidelity.settle(this.#machine, recorder?.after);
    recorder?.settle();
    this.#used.fill(0);
    this.#known.fill(0);
    this.#writers.clear();
    this.windows++;
    this.#full = false;
  }

  /** Records of this window on all CPUs. */
  get pending(): number {
    return this.#used.reduce((sum, used) => sum + used, 0);
  }

  /** The next operation comes after the domain's last change. */
  #afterChange(domains: Domains, domain: number, cpu: number): void {
    domains.refresh(domain, this.windows);
    const change = domains.change[domain] as number;
    if (change > 0) this.#wait(cpu, domains.changeCpu[domain] as number, change);
  }

  /** The next operation, a write, comes after the last write to its page. */
  #afterWriter(space: number, address: number, cpu: number): void {
    const writers = this.#writers;
    writers.find(space, address);
    if (writers.position > 0) this.#wait(cpu, writers.cpu, writers.position);
  }

  /** The next operation comes after everything in the domain. */
  #beforeChange(domains: Domains, domain: number, cpu: number): void {
    domains.refresh(domain, this.windows);
    const base = domain * this.#cpus;
    for (let other = 0; other < this.#cpus; other++)
      this.#wait(cpu, other, domains.last[base + other] as number);
  }

  /**
   * The operation that ends at position `at` changed the domain. It comes after all earlier ones, so it now
   * represents them.
   */
  #changed(domains: Domains, domain: number, cpu: number, at: number): void {
    const base = domain * this.#cpus;
    domains.last.fill(0, base, base + this.#cpus);
    domains.last[base + cpu] = at;
    domains.change[domain] = at;
    domains.changeCpu[domain] = cpu;
  }

  /** Makes `cpu` wait until `other` has done its first `position` records, unless it already has. */
  #wait(cpu: number, other: number, position: number): void {
    const known = cpu * this.#cpus + other;
    if (cpu === other || position <= (this.#known[known] as number)) return;
    this.#known[known] = position;
    const machine = this.#machine;
    machine.flag(other, position - 1, machine.codes.OPF_PUBLISH);
    machine.push(cpu, machine.codes.OP_WAIT, 0, 0, other, machine.doneAfter(other, position - 1), 0, 0);
    this.#count(cpu);
    this.waits++;
  }

  /** Writes the record itself; returns the position after it. */
  #put(
    cpu: number,
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
  ): number {
    const recorder = this.#recorder;
    const fork = op === this.#machine.codes.OP_FORK;
    if (recorder?.operation(cpu, fork ? aux : space)) recorder.told(cpu, this.#tally(cpu));
    this.#machine.push(cpu, op, flags, space, aux, a, b, c);
    const at = this.#count(cpu);
    if (op !== this.#machine.codes.OP_HASH) this.operations++;
    if (fork) this.#fidelity.operation(op, aux, cpu, at - 1, space);
    else this.#fidelity.operation(op, space, cpu, at - 1);
    return at;
  }

  /** Lets a CPU tell its counters. Returns the record's index. */
  #tally(cpu: number): number {
    this.#machine.push(cpu, this.#machine.codes.OP_TALLY, 0, 0, 0, 0, 0, 0);
    return this.#count(cpu) - 1;
  }

  #count(cpu: number): number {
    const used = (this.#used[cpu] as number) + 1;
    this.#used[cpu] = used;
    if (used >= this.#limit) this.#full = true;
    return used;
  }
}
