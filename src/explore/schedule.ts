/** The decisions of one execution. They suffice to run it again. */

import { UsageError } from "../errors.js";

/**
 * A list of decisions. As text: `0*12 2 1*3 ?1 0` is twelve steps of CPU 0, one of CPU 2, three of CPU 1, choice 1 of
 * the memory model, one step of CPU 0.
 */
export class Schedule {
  /** A CPU's number is its step; -1 - n is choice n. */
  readonly decisions: number[] = [];
  #low = 0x811c9dc5;
  #high = 0x9747b28c;

  step(cpu: number): void {
    this.#push(cpu);
  }

  choice(choice: number): void {
    this.#push(-1 - choice);
  }

  get length(): number {
    return this.decisions.length;
  }

  /** A hash of 53 bits: two different schedules almost never have the same. */
  get hash(): number {
    return (this.#high & 0x1fffff) * 2 ** 32 + (this.#low >>> 0);
  }

  toString(): string {
    const parts: string[] = [];
    for (let i = 0; i < this.decisions.length; ) {
      const decision = this.decisions[i] as number;
      let end = i + 1;
      while (decision >= 0 && this.decisions[end] === decision) end++;
      const name = decision < 0 ? `?${-1 - decision}` : `${decision}`;
      parts.push(end - i === 1 ? name : `${name}*${end - i}`);
      i = end;
    }
    return parts.join(" ");
  }

  /** Reads the text form. Throws a UsageError that names the part that is wrong. */
  static parse(text: string): Schedule {
    const schedule = new Schedule();
    for (const part of text.split(/\s+/).filter(Boolean)) {
      const match = /^(?:\?(\d+)|(\d+)(?:\*(\d+))?)$/.exec(part);
      if (match === null)
        throw new UsageError(`a schedule has no part like "${part}"`, "for example: 0*12 2 1*3");
      const [, choice, cpu, times = "1"] = match;
      if (choice !== undefined) schedule.choice(Number(choice));
      else for (let i = Number(times); i > 0; i--) schedule.step(Number(cpu));
    }
    return schedule;
  }

  #push(decision: number): void {
    this.decisions.push(decision);
    this.#low = Math.imul(this.#low ^ decision, 0x01000193);
    this.#high = Math.imul(this.#high ^ (decision + 0x51), 0x85ebca6b) ^ (this.#high >>> 13);
  }
}
