/** Runs a litmus test on the view machine: every state that it can end in. */
import { describe } from "../views/describe.js";
import { ViewMachine } from "../views/machine.js";
import { NONE } from "../views/messages.js";
import { ORDER } from "../views/order.js";
import type { MachineModel, ViewRule } from "../views/rules.js";
import { holds, type Lookup } from "./condition.js";
import { stateText, stateVariables } from "./decide.js";
import { type Event, type FenceKind, TAG } from "./event.js";
import { hasPlain, pathsOf } from "./paths.js";
import { type Program, programOf } from "./program.js";
import { finish } from "./steps.js";
import type { Litmus } from "./syntax.js";
import { sameValue, type Value } from "./value.js";

/** How to run a test. */
export interface InOrderSettings {
  readonly model: MachineModel;
  /** Rules that do not apply: for tests of the rules. */
  readonly without?: readonly ViewRule[];
  /** Steps of the search, before it gives up. */
  readonly most: number;
}

/** What a test shows on the machine. */
export interface InOrderResult {
  /** Texts of the states at the end, sorted; as `decide` prints them. */
  readonly states: readonly string[];
  /** Steps that the search took. */
  readonly steps: number;
  /** False: the search gave up, so there may be more states. */
  readonly complete: boolean;
}

/** Why the machine does not run a test; undefined when it does. */
export function notInOrder(test: Litmus): string | undefined {
  const paths = finish(pathsOf(test)).flat();
  if (paths.some(hasPlain)) return "a plain access";
  if (paths.some(({ events }) => !isMatched(events))) return "a critical section without an end or a begin";
  const fence = paths
    .flatMap(({ events }) => events)
    .find(({ fence: kind }) => kind !== undefined && !FENCES.has(kind));
  return fence?.fence;
}

const FENCES: ReadonlySet<string> = new Set([
  "mb",
  "rmb",
  "wmb",
  "barrier",
  "read-depends",
  "before-atomic",
  "after-atomic",
  "after-spinlock",
  "after-unlock-lock",
  "rcu-lock",
  "rcu-unlock",
  "sync-rcu",
]);

/** True when each critical section of RCU has both ends. */
function isMatched(events: readonly Event[]): boolean {
  let depth = 0;
  for (const { fence } of events) {
    if (fence === "rcu-lock") depth++;
    if (fence === "rcu-unlock" && --depth < 0) return false;
  }
  return depth === 0;
}

/** Runs a test. Plain accesses count as marked ones. Throws UnsupportedError. */
export function runInOrder(test: Litmus, settings: InOrderSettings): InOrderResult {
  return new InOrder(test, settings).run();
}

/** A process on its way. */
interface Position {
  readonly at: Program;
  /** Numbers of its reads, by the index of the event. */
  readonly reads: ReadonlyMap<number, number>;
  /** Its next read reads a message with this number or a later one: it has waited for that. */
  readonly since: number;
}

class InOrder {
  readonly #machine: ViewMachine;
  readonly #locations = new Map<string, number>();
  /** By number of the message: its value, and a name that does not depend on when it was stored. */
  readonly #values: Value[] = [];
  readonly #names: string[] = [];
  readonly #variables;
  readonly #states = new Set<string>();
  readonly #seen = new Set<string>();
  /** The choices of the current step, and how many possibilities each had. */
  #choices: number[] = [];
  #counts: number[] = [];
  #steps = 0;

  constructor(
    readonly test: Litmus,
    readonly settings: InOrderSettings,
  ) {
    const { model, without = [] } = settings;
    this.#variables = stateVariables(test);
    this.#machine = new ViewMachine({
      cpus: test.processes.length,
      model,
      without: new Set(without),
      lateFences: true,
      besides: true,
      choose: (count) => this.#choose(count),
    });
  }

  run(): InOrderResult {
    const start = finish(pathsOf(this.test)).map((paths) => programOf(paths));
    for (const location of start.flatMap(({ locations }) => [...locations])) this.#open(location);
    const complete = this.#explore(start.map((at) => ({ at, reads: new Map(), since: 0 })));
    return { states: [...this.#states].sort(), steps: this.#steps, complete };
  }

  /** Everything that can happen from the machine's state on; false when the search gave up. */
  #explore(positions: readonly Position[]): boolean {
    if (++this.#steps > this.settings.most) return false;
    if (positions.every(({ at }) => at.steps.length === 0)) {
      this.#end(positions);
      return true;
    }
    const turns = this.#turns(positions);
    const [first] = turns;
    if (first === undefined) return true;
    if (!this.#isEager(positions, first) && !this.#isNew(positions)) return true;
    if (turns.length === 1) return this.#branch(positions, first);
    const saved = this.#machine.save();
    return turns.every((process) => {
      this.#machine.restore(saved);
      return this.#branch(positions, process);
    });
  }

  #open(name: string): void {
    if (this.#locations.has(name)) return;
    const location = this.#machine.open();
    this.#locations.set(name, location);
    const message = this.#machine.messages.last.get(location);
    this.#values[message] = this.test.memory.get(name) ?? 0;
    this.#names[message] = "i";
  }

  #isNew(positions: readonly Position[]): boolean {
    const live = new Map<number, readonly number[]>();
    for (const [process, { at, reads }] of positions.entries())
      if (at.steps.length > 0) live.set(process, [...reads.values()]);
    const text = describe(this.#machine, (message) => this.#names[message] ?? "", live);
    const waits = positions.map(({ at: { number, steps }, since }) => {
      const [step] = steps;
      if (since === 0 || step === undefined) return number;
      return `${number}:${this.#messagesAt(step.event)
        .map((message) => (message < since ? 0 : 1))
        .join("")}`;
    });
    const key = `${waits.join()} ${text}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /**
   * The processes of which any may go next; none when each waits for what nobody does. A store or a barrier goes first:
   * nobody has to see it. A read then has all there is to read. The end of a critical section goes first, and the begin
   * of a grace period: both leave more to the others. The begin of a section and the end of a grace period may come
   * before or behind what others do.
   */
  #turns(positions: readonly Position[]): number[] {
    const live = [...positions.keys()].filter((process) => (positions[process]?.at.steps.length ?? 0) > 0);
    const eager = live.find((process) => this.#isEager(positions, process));
    if (eager !== undefined) return [eager];
    const reads = live.find((process) => this.#hasNews(positions[process]));
    const fences = live.filter((process) => {
      const fence = positions[process]?.at.steps[0]?.event.fence;
      return fence === "rcu-lock" || (fence === "sync-rcu" && this.#machine.grace.mayEnd(process));
    });
    return reads === undefined ? fences : [...fences, reads];
  }

  /**
   * True when the next event of a process need not wait for those of others. A critical section need not wait when no
   * other process begins a grace period any more, nor the end of a grace period when no other one begins a section.
   */
  #isEager(positions: readonly Position[], process: number): boolean {
    const event = positions[process]?.at.steps[0]?.event;
    if (event === undefined || event.kind === "R") return false;
    const { grace } = this.#machine;
    const isAhead = (kind: FenceKind) =>
      positions.some(({ at }, other) => {
        if (other === process) return false;
        const hasBegun = kind === "sync-rcu" && grace.isOpen(other);
        return (hasBegun ? at.steps[0]?.next : at)?.fences.has(kind) === true;
      });
    if (event.fence === "rcu-lock") return !isAhead("sync-rcu");
    if (event.fence !== "sync-rcu" || !grace.isOpen(process)) return true;
    return grace.mayEnd(process) && !isAhead("rcu-lock");
  }

  /** True when a process that is about to read has something to read. */
  #hasNews(position: Position | undefined): boolean {
    const [step] = position?.at.steps ?? [];
    if (position === undefined || step?.event.kind !== "R") return false;
    return this.#messagesAt(step.event).some((message) => message >= position.since);
  }

  /** The messages of an event's location. */
  #messagesAt({ location }: Event): number[] {
    const { messages } = this.#machine;
    const found: number[] = [];
    const last = messages.last.get(this.#locations.get(location) ?? 0);
    for (let message = last; message !== NONE; message = messages.before.get(message)) found.push(message);
    return found;
  }

  /** True when a process may read now what is there, or later what another process may still store. */
  #mayWait(positions: readonly Position[], process: number): boolean {
    const [step] = positions[process]?.at.steps ?? [];
    if (step?.event.kind !== "R") return false;
    return positions.some(({ at }, other) => other !== process && at.writes.has(step.event.location));
  }

  /** Every outcome of a process's next step, and what follows; false when the search gave up. */
  #branch(positions: readonly Position[], process: number): boolean {
    const position = positions[process];
    if (position === undefined) return true;
    const then = (next: Position) =>
      this.#explore(positions.map((other, number) => (number === process ? next : other)));
    const saved = this.#machine.save();
    for (let choices: number[] | undefined = []; choices !== undefined; ) {
      this.#machine.restore(saved);
      this.#choices = choices;
      this.#counts = [];
      const after = this.#step(process, position);
      choices = following(choices, this.#counts);
      if (after === undefined) continue;
      if (!then(after)) return false;
    }
    if (!this.#mayWait(positions, process)) return true;
    this.#machine.restore(saved);
    return then({ ...position, since: this.#machine.messages.place.size });
  }

  #choose(count: number): number {
    if (count === 1) return 0;
    const nth = this.#counts.push(count) - 1;
    this.#choices[nth] ??= 0;
    return this.#choices[nth];
  }

  /** Executes the next event of a process, or a whole read-modify-write; undefined when it cannot go on like this. */
  #step(process: number, { at, reads, since }: Position): Position | undefined {
    const [first] = at.steps;
    if (first === undefined) return undefined;
    const { event, next } = first;
    if (event.kind === "F") {
      const isOver = this.#fence(process, event);
      return { at: isOver ? next : at, reads, since: 0 };
    }
    if (event.kind === "R") return this.#read(process, at, reads, since);
    this.#depend(process, event, reads);
    const order = orderOf(event);
    const count = this.#machine.writable(process, this.#location(event), order);
    const after = this.#machine.options[this.#choose(count)] ?? 0;
    this.#write(process, event, after, false);
    return { at: next, reads, since: 0 };
  }

  #read(
    process: number,
    at: Program,
    before: ReadonlyMap<number, number>,
    since: number,
  ): Position | undefined {
    const kinds = [...new Set(at.steps.map(({ event, next }) => `${event.tags} ${isModified(event, next)}`))];
    const kind = kinds[this.#choose(kinds.length)];
    const steps = at.steps.filter(({ event, next }) => `${event.tags} ${isModified(event, next)}` === kind);
    const [first] = steps;
    if (first === undefined) return undefined;
    const { event } = first;
    const machine = this.#machine;
    const isFull = (event.tags & TAG.full) !== 0;
    const isAtomic = (event.tags & TAG.rmw) !== 0;
    if (isAtomic) machine.beginModify(process, isFull);
    this.#depend(process, event, before);
    const count = machine.readable(process, this.#location(event), orderOf(event));
    const stepOf = (message: number) =>
      steps.find((step) => sameValue(step.event.value, this.#values[message] ?? 0));
    const readable = machine.options.slice(0, count);
    const options = readable.filter((message) => message >= since && stepOf(message) !== undefined);
    const message = options[this.#choose(options.length)];
    if (message === undefined) return undefined;
    const step = stepOf(message);
    if (step === undefined) return undefined;
    const reads = new Map(before);
    reads.set(event.index, machine.read(process, orderOf(event), message));
    let { next } = step;
    if (isModified(event, next)) {
      const [write] = next.steps;
      if (write === undefined) return undefined;
      this.#depend(process, write.event, reads);
      if (!machine.mayModify(process, orderOf(write.event), message)) return undefined;
      this.#write(process, write.event, message, true);
      if ((write.event.tags & TAG.lockWrite) !== 0) machine.endLock(process);
      next = write.next;
    }
    if (isAtomic) machine.endModify(process, isFull);
    return { at: next, reads, since: 0 };
  }

  #write(process: number, event: Event, after: number, modifies: boolean): void {
    const message = this.#machine.write(process, orderOf(event), after, modifies);
    this.#values[message] = event.value;
    this.#names[message] = `${process}.${event.index}=${event.value}`;
  }

  #depend(process: number, { addr, data, ctrl }: Event, reads: ReadonlyMap<number, number>): void {
    for (const index of addr) this.#machine.depend(process, "address", reads.get(index) ?? 0);
    for (const index of data) this.#machine.depend(process, "data", reads.get(index) ?? 0);
    for (const index of ctrl) this.#machine.depend(process, "control", reads.get(index) ?? 0);
  }

  /** Executes a barrier, or a step of RCU; false when it has only begun. */
  #fence(process: number, { fence }: Event): boolean {
    const { grace } = this.#machine;
    switch (fence) {
      case "mb":
      case "rmb":
      case "wmb":
      case "read-depends":
        this.#machine.fence(process, fence);
        return true;
      case "before-atomic":
      case "after-atomic":
      case "after-spinlock":
      case "after-unlock-lock":
        this.#machine.beside(process, fence);
        return true;
      case "rcu-lock":
        grace.lock(process);
        return true;
      case "rcu-unlock":
        grace.unlock(process);
        return true;
      case "sync-rcu":
        if (grace.isOpen(process)) {
          grace.end(process);
          return true;
        }
        grace.begin(process);
        return false;
      default:
        return true;
    }
  }

  #location({ location }: Event): number {
    return this.#locations.get(location) ?? 0;
  }

  #end(positions: readonly Position[]): void {
    const { messages } = this.#machine;
    const look: Lookup = ({ process, name }) => {
      if (process >= 0) return positions[process]?.at.registers?.get(name) ?? 0;
      const location = this.#locations.get(name);
      if (location === undefined) return this.test.memory.get(name) ?? 0;
      return this.#values[messages.last.get(location)] ?? 0;
    };
    const { filter } = this.test;
    if (filter === undefined || holds(filter, look) === true)
      this.#states.add(stateText(this.#variables, look));
  }
}

/** The next row of choices after one, of which each had so many possibilities; undefined behind the last one. */
function following(choices: readonly number[], counts: readonly number[]): number[] | undefined {
  const next = choices.slice(0, counts.length);
  while (next.length > 0) {
    const last = next.length - 1;
    const chosen = (next[last] ?? 0) + 1;
    if (chosen < (counts[last] ?? 0)) {
      next[last] = chosen;
      return next;
    }
    next.pop();
  }
  return undefined;
}

/** True when the read of a step belongs to a read-modify-write that succeeds. */
function isModified(read: Event, { steps: [write] }: Program): boolean {
  return write !== undefined && write.event.rmwOf === read.index;
}

function orderOf({ tags }: Event): number {
  let order = 0;
  if ((tags & TAG.acquire) !== 0) order |= ORDER.acquire;
  if ((tags & TAG.release) !== 0) order |= ORDER.release;
  if ((tags & TAG.noReturn) !== 0) order |= ORDER.silent;
  if ((tags & TAG.lockRead) !== 0) order |= ORDER.lock;
  if ((tags & TAG.unlock) !== 0) order |= ORDER.unlock | ORDER.handOver;
  return order;
}
