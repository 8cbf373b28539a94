/** Which messages a CPU may read, and behind which it may write: by what it knows then. */
import type { Cpus } from "./cpus.js";
import type { Dependencies } from "./dependencies.js";
import type { Knowledge } from "./knowledge.js";
import { type Messages, NOBODY, NONE } from "./messages.js";
import { isRelease, isSilent } from "./order.js";
import type { Overtaking } from "./overtaking.js";
import type { ViewParts } from "./parts.js";
import { REGISTER } from "./registers.js";
import type { Switches } from "./rules.js";

export class Candidates {
  /** What `readable` and `writable` found: as many messages as they return, the newest first. */
  readonly options: number[] = [];
  readonly #knowledge: Knowledge;
  readonly #messages: Messages;
  readonly #cpus: Cpus;
  readonly #overtaking: Overtaking;
  readonly #depends: Dependencies;
  readonly #off: Switches;

  constructor({ knowledge, messages, cpus, overtaking, off }: ViewParts, depends: Dependencies) {
    this.#knowledge = knowledge;
    this.#messages = messages;
    this.#cpus = cpus;
    this.#overtaking = overtaking;
    this.#depends = depends;
    this.#off = off;
  }

  /** Fills `options` with the messages that a read may read, the newest first. Returns how many: at least one. */
  readable(cpu: number, location: number, order: number): number {
    const [options, messages] = [this.options, this.#messages];
    const newest = messages.last.get(location);
    if (this.#isAllThereIs(cpu, newest)) return this.#only(newest);
    let count = 0;
    const floor = this.#floorOfRead(cpu, location, order);
    for (let message = newest; message !== NONE; message = messages.before.get(message)) {
      const place = messages.place.get(message);
      if (place < floor) break;
      if (this.#isReadable(cpu, location, order, message)) options[count++] = message;
    }
    return count;
  }

  /** Fills `options` with the messages behind which a write may land, the newest first. Returns how many: at least one. */
  writable(cpu: number, location: number, order: number): number {
    const [options, messages] = [this.options, this.#messages];
    const newest = messages.last.get(location);
    if (this.#isAllThereIs(cpu, newest)) return this.#only(newest);
    let count = 0;
    const floor = this.#floorOfWrite(cpu, location, order);
    let next = NONE;
    for (let message = newest; message !== NONE; message = messages.before.get(message)) {
      if (
        next === NONE ||
        (this.#isOpen(message, next) && this.#mayLand(cpu, location, order, message, next))
      )
        options[count++] = message;
      if (messages.place.get(message) <= floor) break;
      next = message;
    }
    return count;
  }

  /** True when a read-modify-write may write right behind a message. */
  mayModify(cpu: number, order: number, message: number): boolean {
    const messages = this.#messages;
    const next = messages.next(message);
    if (next !== NONE && !this.#off["atomicity"] && !this.#isOpen(message, next)) return false;
    return this.#floorOfWrite(cpu, messages.location.get(message), order) <= messages.place.get(message);
  }

  /** The place in the coherence order that a write must be behind, or at. */
  #floorOfWrite(cpu: number, location: number, order: number): number {
    const knowledge = this.#knowledge;
    const top = this.#cpus.accesses.top(cpu, location);
    let floor = this.#off["coherence"] ? 0 : this.#cpus.accesses.place.get(top);
    floor = Math.max(floor, knowledge.floor(this.#cpus.get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#cpus.get(cpu, REGISTER.writes), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#depends.toWrite, cpu, location));
    if (!this.#off["same-location"])
      floor = Math.max(floor, knowledge.floor(this.#cpus.accesses.knows.get(top), cpu, location));
    if (isRelease(order, this.#off))
      floor = Math.max(floor, knowledge.floor(this.#cpus.past(cpu, REGISTER.past), cpu, location));
    return floor;
  }

  /** What is known before a read of a message, with what the message brings along. */
  knownAtRead(cpu: number, order: number, message: number): number {
    const [knowledge, messages] = [this.#knowledge, this.#messages];
    const writer = messages.cpu.get(message);
    let known = knowledge.join(this.#cpus.get(cpu, REGISTER.all), this.#depends.toRead);
    if (!isSilent(order, this.#off)) known = knowledge.join(known, this.#cpus.get(cpu, REGISTER.reads));
    if (writer === cpu) return knowledge.join(known, messages.forwards.get(message));
    if (writer === NOBODY) return known;
    if (!this.#off["reads-from"]) known = knowledge.join(known, messages.knows.get(message));
    return this.#overtaking.overtaken(cpu, messages.carries.get(message), known);
  }

  /** What is known before a write. */
  knownAtWrite(cpu: number, location: number, order: number): number {
    const knowledge = this.#knowledge;
    let known = knowledge.join(this.#cpus.get(cpu, REGISTER.all), this.#cpus.get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.#depends.toWrite);
    if (!this.#off["same-location"])
      known = knowledge.join(known, this.#cpus.accesses.knows.get(this.#cpus.accesses.top(cpu, location)));
    return isRelease(order, this.#off) ? knowledge.join(known, this.#cpus.past(cpu, REGISTER.past)) : known;
  }

  /** True when a CPU can see nothing but the newest message: there is no other, or it is the CPU's own. */
  #isAllThereIs(cpu: number, newest: number): boolean {
    const messages = this.#messages;
    if (messages.before.get(newest) === NONE) return true;
    return messages.cpu.get(newest) === cpu && !this.#off["coherence"];
  }

  #only(message: number): number {
    this.options[0] = message;
    return 1;
  }

  /** True unless a write between two messages would come before an access that has told others too little. */
  #mayLand(cpu: number, location: number, order: number, message: number, next: number): boolean {
    const known = this.knownAtWrite(cpu, location, order);
    return this.#overtaking.mayOvertake(cpu, location, this.#messages.placeAfter(message, next), known);
  }

  /** True unless what the message brings along forbids to read it. */
  #isReadable(cpu: number, location: number, order: number, message: number): boolean {
    const [knowledge, messages] = [this.#knowledge, this.#messages];
    if (message === messages.last.get(location)) return true;
    const place = messages.place.get(message);
    const known = this.knownAtRead(cpu, order, message);
    return (
      knowledge.floor(known, cpu, location) <= place &&
      this.#overtaking.mayOvertake(cpu, location, place, known)
    );
  }

  #isOpen(message: number, next: number): boolean {
    const messages = this.#messages;
    const isSealed = messages.sealed.get(next) === 1 && !this.#off["atomicity"];
    return !isSealed && !Number.isNaN(messages.placeAfter(message, next));
  }

  #floorOfRead(cpu: number, location: number, order: number): number {
    const knowledge = this.#knowledge;
    let floor = 0;
    if (!this.#off["coherence"])
      floor = this.#cpus.accesses.place.get(this.#cpus.accesses.top(cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#cpus.get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#depends.toRead, cpu, location));
    if (isSilent(order, this.#off)) return floor;
    return Math.max(floor, knowledge.floor(this.#cpus.get(cpu, REGISTER.reads), cpu, location));
  }
}
