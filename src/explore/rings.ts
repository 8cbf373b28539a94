/** The rings in which the CPUs of a modelled machine have their operations: the host writes them past the monitor, and tells it. */

import type { Control } from "../cpu/control.js";
import { Ring } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import { type OpOutcome, type OpRecord, refusals } from "../record/record.js";
import type { Layout } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Monitor } from "./monitor.js";

/** What the rings are part of. */
export interface RingParts {
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly control: Control;
  readonly monitor: Monitor;
  readonly cpus: number;
}

export class Rings {
  readonly #parts: RingParts;
  #host: Ring | undefined;

  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  /** Memory was restored: the host's ring is as it was. */
  forget(): void {
    this.#host = undefined;
  }

  /** Puts one operation into the host's ring. `collect` of the ring gives its outcome. */
  host(operation: OpRecord): Ring {
    const { control, cpus } = this.#parts;
    this.#note(cpus);
    this.#host ??= new Ring(control, cpus);
    this.#host.write(operation);
    this.#host.publishHere();
    return this.#host;
  }

  /** Gives a CPU its program, before the machine is saved. */
  load(cpu: number, operations: readonly OpRecord[]): void {
    const ring = new Ring(this.#parts.control, cpu);
    if (operations.length > ring.room)
      throw new UsageError(`a program may have at most ${ring.room} operations for each CPU`);
    for (const operation of operations) ring.write(operation);
    ring.publish();
  }

  /** Gives a CPU operations at any time. */
  put(cpu: number, operations: readonly OpRecord[]): Ring {
    this.#note(cpu);
    const ring = new Ring(this.#parts.control, cpu);
    for (const operation of operations) ring.write(operation);
    ring.publish();
    return ring;
  }

  /** The outcomes of a CPU's operations since `first`. Only when its fiber is done. */
  outcomes(cpu: number, first = 0): OpOutcome[] {
    const { view, layout, control } = this.#parts;
    const record = layout.struct("OpRecord");
    const refusedOf = refusals(layout);
    const base = control.cpuBase(cpu);
    const queue = view.u32(base + layout.struct("Cpu").offset("queueBase"));
    const mask = view.u32(base + layout.struct("Cpu").offset("queueMask"));
    const done = view.u32(base + layout.struct("Cpu").offset("done"));
    return Array.from({ length: done - first }, (_, i) => {
      const at = queue + ((first + i) & mask) * record.size;
      const word = at + record.offset("c");
      const value = view.u64(at + record.offset("b"));
      const result = view.u32(word) | 0;
      const refused = refusedOf(result, view.u32(at + record.offset("aux")));
      return { result, anonDelta: view.u32(word + 4) | 0, value, refused };
    });
  }

  /** The host is about to write into a CPU's ring and block, past the monitor. */
  #note(number: number): void {
    const { layout, view, control, monitor } = this.#parts;
    const cpu = layout.struct("Cpu");
    const base = control.cpuBase(number);
    monitor.stored(base, cpu.size);
    const records = view.u32(base + cpu.offset("queueMask")) + 1;
    monitor.stored(view.u32(base + cpu.offset("queueBase")), records * layout.struct("OpRecord").size);
  }
}
