/** The reads on which the next access depends. */
import { NOTHING } from "./knowledge.js";
import type { Dependency } from "./order.js";
import type { ViewParts } from "./parts.js";
import { REGISTER } from "./registers.js";

export class Dependencies {
  readonly #parts: ViewParts;
  /** Knowledge that the next access gets from those reads: a read, a write, and who reads what it writes on the same CPU. */
  toRead = NOTHING;
  toWrite = NOTHING;
  toForward = NOTHING;

  constructor(parts: ViewParts) {
    this.#parts = parts;
  }

  /** The next access depends on a read. */
  add(cpu: number, kind: Dependency, read: number): void {
    const { off, knowledge, cpus, isAlpha } = this.#parts;
    if (off[kind]) return;
    const known = cpus.accesses.known.get(read);
    this.toWrite = knowledge.join(this.toWrite, known);
    if (kind === "control") return;
    if (kind === "address") {
      const isOrdered = !isAlpha || read < cpus.get(cpu, REGISTER.readDepends);
      if (isOrdered) this.toRead = knowledge.join(this.toRead, known);
      if (isAlpha) return;
    }
    if (!off["forwarding"]) this.toForward = knowledge.join(this.toForward, known);
  }

  /** The access that depended on them is over. */
  end(): void {
    this.toRead = this.toWrite = this.toForward = NOTHING;
  }
}
