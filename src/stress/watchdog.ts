/** Notices a lock-up: a CPU does not finish an operation, or CPUs do not start on their work. */
import type { Control } from "../cpu/control.js";
import { describePosition } from "../cpu/panic.js";
import { FairClock } from "../platform/fair-clock.js";
import { Patience } from "../platform/patience.js";
import type { Finding } from "./finding.js";
import { readStory } from "./story.js";

/** The last known state of one CPU. */
interface Seen {
  index: number;
  since: number;
}

/** Checks each CPU from time to time, and remembers how long it has been in the same operation. */
export class Watchdog {
  readonly #control: Control;
  readonly #limit: number;
  readonly #places: readonly string[];
  readonly #seen: Seen[];
  /** Waits for any CPU to begin another operation, or to publish the end of one. */
  readonly #moves: Patience;
  readonly #reports: Patience;
  #indices = "";
  #done = "";
  /** On a busy machine, or one that stood still, the CPUs get no time. Then this clock does not run either. */
  readonly #clock = new FairClock();

  /**
   * `limit`: milliseconds of available processor time that one operation may take. `places`: names of the places in
   * the module's code.
   */
  constructor(control: Control, limit: number, places: readonly string[] = []) {
    this.#control = control;
    this.#places = places;
    this.#limit = limit;
    this.#moves = new Patience(limit);
    this.#reports = new Patience(2 * limit);
    this.#seen = Array.from({ length: control.cpus }, () => ({ index: -1, since: 0 }));
  }

  /** The current lock-up, or undefined. `busy`: the CPUs have work left. Call it several times a second. */
  look(busy: boolean): Finding | undefined {
    const now = this.#clock.now();
    let stuck = this.#idles(busy);
    for (const [cpu, seen] of this.#seen.entries()) {
      const index = this.#busyIndex(cpu);
      if (index === undefined || index !== seen.index) {
        seen.index = index ?? -1;
        seen.since = now;
      } else if (now - seen.since > this.#limit) {
        stuck = true;
      }
    }
    return stuck ? this.#finding() : undefined;
  }

  /**
   * True when no CPU makes progress although there is work left: one is in an operation for too long, or all wait for
   * each other.
   */
  #idles(busy: boolean): boolean {
    const indices = this.#words("index");
    const done = this.#words("done");
    if (!busy || done !== this.#done) this.#reports.renew();
    if (!busy || done !== this.#done || indices !== this.#indices) this.#moves.renew();
    this.#indices = indices;
    this.#done = done;
    const moves = this.#moves.isOver();
    return this.#reports.isOver() || moves;
  }

  /** A word of every CPU. */
  #words(field: string): string {
    const offset = this.#control.layout.struct("Cpu").offset(field);
    return this.#seen.map((_, cpu) => this.#control.view.u32(this.#control.cpuBase(cpu) + offset)).join();
  }

  /** Index of the operation that a CPU is in; undefined while it has none, or waits for another CPU. */
  #busyIndex(cpu: number): number | undefined {
    const { view, layout } = this.#control;
    const struct = layout.struct("Cpu");
    const base = this.#control.cpuBase(cpu);
    const current = view.load(base + struct.offset("current"));
    if (current === 0) return undefined;
    const op = view.u8(current + layout.struct("OpRecord").offset("op"));
    return op === layout.constant("OP_WAIT") ? undefined : view.load(base + struct.offset("index"));
  }

  #finding(): Finding {
    const seconds = this.#limit / 1000;
    const cpus = this.#seen.map((_, cpu) => `CPU ${cpu}: ${describePosition(this.#control, cpu)}`);
    const message = `no CPU finished an operation for ${seconds} s; ${cpus.join("; ")}`;
    return { invariant: "I14", code: "LOCKUP", message, story: readStory(this.#control, this.#places) };
  }
}
