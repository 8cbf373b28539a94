/** Critical sections: what came before an unlock comes before what follows the next lock. */
import type { Barriers } from "./barriers.js";
import type { Cpus } from "./cpus.js";
import { type Messages, NONE } from "./messages.js";
import type { ViewParts } from "./parts.js";
import { REGISTER } from "./registers.js";
import type { Switches } from "./rules.js";

export class Handover {
  readonly #messages: Messages;
  readonly #cpus: Cpus;
  readonly #barriers: Barriers;
  readonly #off: Switches;

  constructor({ messages, cpus, off }: ViewParts, barriers: Barriers) {
    this.#messages = messages;
    this.#cpus = cpus;
    this.#barriers = barriers;
    this.#off = off;
  }

  /** An unlock: whoever takes a lock behind it gets what came before it. Called before the registers take the write in. */
  unlock(cpu: number, message: number): void {
    const messages = this.#messages;
    messages.unlocks.set(message, 1);
    messages.handsOver.set(message, this.#cpus.past(cpu, REGISTER.handed));
    messages.handsFence.set(message, this.#cpus.past(cpu, this.#barriers.cumulative(false)));
    this.noteUnlock(cpu);
  }

  /** Keeps what an unlock of a spin lock hands over to the next lock of its own CPU. */
  noteUnlock(cpu: number): void {
    this.#cpus.set(cpu, REGISTER.unlocked, 1);
    this.#cpus.set(cpu, REGISTER.unlockedHanded, this.#cpus.past(cpu, REGISTER.handed));
    this.#cpus.set(cpu, REGISTER.unlockedSeen, this.#cpus.past(cpu, this.#barriers.cumulative(false)));
    this.#cpus.set(cpu, REGISTER.unlockedKnown, this.#cpus.past(cpu, REGISTER.past));
  }

  /** A lock is taken by reading a message, or NONE if the CPU is alone with the lock: the critical sections before it on this CPU, and of who unlocked it, hand over. */
  takeOver(cpu: number, message: number): void {
    if (this.#off["lock-handover"]) return;
    const messages = this.#messages;
    const hand = (handed: number, seen: number, known: number) => {
      this.#cpus.see(cpu, REGISTER.carryAll, handed);
      this.#cpus.see(cpu, REGISTER.handed, handed);
      this.#cpus.see(cpu, REGISTER.seen, handed);
      this.#cpus.set(cpu, REGISTER.handover, 1);
      this.#cpus.see(cpu, REGISTER.handoverSeen, seen);
      this.#cpus.learn(cpu, REGISTER.handoverKnown, known);
    };
    if (message !== NONE && messages.unlocks.get(message) === 1)
      hand(messages.handsOver.get(message), messages.handsFence.get(message), messages.knows.get(message));
    if (this.#cpus.get(cpu, REGISTER.unlocked) === 0) return;
    const known = this.#cpus.get(cpu, REGISTER.unlockedKnown);
    hand(this.#cpus.get(cpu, REGISTER.unlockedHanded), this.#cpus.get(cpu, REGISTER.unlockedSeen), known);
    this.#cpus.learn(cpu, REGISTER.all, known);
  }
}
