/**
 * A hash of what weak memory holds, besides memory itself. Two ways that lead to the same state give the same hash,
 * whatever numbers its parts have: a location counts as its word, a view as the places in it, a fence as what is seen
 * behind it.
 *
 * Only of a machine without `overtaking`: with it the order of all accesses counts.
 */
import type { ViewMachine } from "../views/machine.js";
import { FLAG_REGISTERS, KNOWLEDGE_REGISTERS, REGISTER, VIEW_REGISTERS } from "../views/registers.js";
import type { Histories } from "./histories.js";
import type { Pointers } from "./pointers.js";
import { Print, Prints } from "./print.js";
import type { SpinWords } from "./spin-words.js";

/** What the parts of a hash are. */
const PLACE = 1;
const KNOWN = 2;
const MESSAGE = 3;
const ACCESS = 4;
const STATE = 5;
const POINTER = 6;
const SPIN = 7;

export class WeakPrint {
  readonly #machine: ViewMachine;
  readonly #histories: Histories;
  readonly #pointers: Pointers;
  readonly #spins: SpinWords;
  /** Of the items of the pools, as many as `#valid` says: an item never changes, and numbers are used again after a cut. */
  readonly #views = new Prints();
  readonly #known = new Prints();
  /** Of all messages before this one together. */
  readonly #messages = new Prints();
  /** Of an access and those of its CPU to the location that have earlier places. */
  readonly #accesses = new Prints();
  readonly #valid = { views: 1, known: 1, messages: 0, accesses: 1 };
  readonly #print = new Print();
  readonly #part = new Print();

  constructor(machine: ViewMachine, histories: Histories, pointers: Pointers, spins: SpinWords) {
    this.#machine = machine;
    this.#histories = histories;
    this.#pointers = pointers;
    this.#spins = spins;
    this.#known.set(0, 0, 0);
  }

  /** The machine has gone back: what was behind is gone. */
  cut(): void {
    const valid = this.#valid;
    const { views, knowledge, messages, cpus } = this.#machine;
    valid.views = Math.min(valid.views, views.size);
    valid.known = Math.min(valid.known, knowledge.size);
    valid.messages = Math.min(valid.messages, messages.place.size);
    valid.accesses = Math.min(valid.accesses, cpus.accesses.size);
  }

  /** Appends the hash of the state as it is. */
  into(print: Print): void {
    const { cpus, fences } = this.#machine;
    const { accesses } = cpus;
    // Late registers become knowledge and views, so they come first.
    for (let cpu = 0; cpu < cpus.count; cpu++) for (const register of LATE_ONES) cpus.now(cpu, register);
    this.#update();
    const [state, part] = [this.#print.begin(STATE), this.#part];
    for (let cpu = 0; cpu < cpus.count; cpu++) {
      for (const register of KNOWLEDGE_REGISTERS) this.#putKnown(state, cpus.get(cpu, register));
      for (const register of VIEW_REGISTERS) this.#putView(state, cpus.get(cpu, register));
      for (const register of FLAG_REGISTERS) state.put(cpus.get(cpu, register));
    }
    this.#putView(state, fences.seen.get(fences.last));
    state.put(this.#histories.held ?? -1);
    let [a, b] = [0, 0];
    const tops = accesses.tops;
    for (let i = 0; i < tops.size; i++) {
      const top = tops.get(i);
      if (top === 0) continue;
      a = (a + this.#accesses.a(top)) | 0;
      b = (b + this.#accesses.b(top)) | 0;
    }
    for (let cpu = 0; cpu < cpus.count; cpu++) {
      const depends = cpus.get(cpu, REGISTER.readDepends);
      this.#pointers.each(cpu, (word, read) => {
        part
          .begin(POINTER)
          .put(cpu)
          .put(word)
          .put(read < depends ? 1 : 0);
        this.#putKnown(part, accesses.known.get(read));
        a = (a + part.a) | 0;
        b = (b + part.b) | 0;
      });
    }
    for (const at of this.#spins.words) {
      part.begin(SPIN).put(at);
      a = (a + part.a) | 0;
      b = (b + part.b) | 0;
    }
    const last = this.#machine.messages.place.size;
    state.putPrint(a, b).putPrint(this.#messages.a(last), this.#messages.b(last));
    print.putPrint(state.a, state.b);
  }

  #putView(print: Print, view: number): void {
    print.putPrint(this.#views.a(view), this.#views.b(view));
  }

  #putKnown(print: Print, item: number): void {
    print.putPrint(this.#known.a(item), this.#known.b(item));
  }

  /** Hashes what is new in the pools. */
  #update(): void {
    const { views, knowledge, messages, cpus } = this.#machine;
    const valid = this.#valid;
    for (; valid.views < views.size; valid.views++) this.#hashView(valid.views);
    for (; valid.known < knowledge.size; valid.known++) this.#hashKnown(valid.known);
    valid.messages = Math.min(valid.messages, this.#histories.takeRenewed());
    for (; valid.messages < messages.place.size; valid.messages++) this.#hashMessage(valid.messages);
    for (; valid.accesses < cpus.accesses.size; valid.accesses++) this.#hashAccess(valid.accesses);
  }

  #hashView(view: number): void {
    const { views } = this.#machine;
    const part = this.#part;
    let [a, b] = [0, 0];
    for (let location = 0; location < views.locations; location++) {
      const place = views.at(view, location);
      if (place === 0) continue;
      part.begin(PLACE).put(this.#histories.keyOf(location)).putDouble(place);
      a = (a + part.a) | 0;
      b = (b + part.b) | 0;
    }
    this.#views.set(view, a, b);
  }

  #hashKnown(item: number): void {
    const { knowledge, fences, cpus } = this.#machine;
    const part = this.#part.begin(KNOWN);
    this.#putView(part, fences.seen.get(knowledge.fence(item)));
    for (let cpu = 0; cpu < cpus.count; cpu++) this.#putView(part, knowledge.view(item, cpu));
    this.#known.set(item, part.a, part.b);
  }

  #hashMessage(message: number): void {
    const { messages } = this.#machine;
    const histories = this.#histories;
    const part = this.#part.begin(MESSAGE);
    part.put(histories.keyOf(messages.location.get(message))).putDouble(messages.place.get(message));
    part
      .put(messages.cpu.get(message))
      .put(messages.sealed.get(message))
      .putValue(histories.storedIn(message));
    part.put(histories.isUnmade(message) ? 1 : 0);
    this.#putView(part, messages.carries.get(message));
    this.#putKnown(part, messages.knows.get(message));
    this.#putKnown(part, messages.forwards.get(message));
    part.put(messages.unlocks.get(message));
    this.#putView(part, messages.handsOver.get(message));
    this.#putView(part, messages.handsFence.get(message));
    const all = this.#messages;
    all.set(message + 1, (all.a(message) + part.a) | 0, (all.b(message) + part.b) | 0);
  }

  #hashAccess(access: number): void {
    const { accesses } = this.#machine.cpus;
    const part = this.#part.begin(ACCESS);
    const place = accesses.place.get(access);
    part
      .put(accesses.cpu.get(access))
      .put(this.#histories.keyOf(accesses.location.get(access)))
      .putDouble(place);
    this.#putKnown(part, accesses.knows.get(access));
    const before = accesses.before.get(access);
    const [a, b] = before === 0 ? [0, 0] : [this.#accesses.a(before), this.#accesses.b(before)];
    this.#accesses.set(access, (part.a + a) | 0, (part.b + b) | 0);
  }
}

const LATE_ONES = [
  ...[REGISTER.past, REGISTER.pastReads, REGISTER.pastWrites],
  ...[REGISTER.seen, REGISTER.handed, REGISTER.stored],
];
