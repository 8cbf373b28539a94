/** The progress of all CPUs, as a watchdog sees it. */
import { WatchdogError } from "../errors.js";
import { FairClock } from "../platform/fair-clock.js";
import type { Control } from "./control.js";
import { describePosition } from "./panic.js";
import type { Ring } from "./ring.js";

/** Counts the time in which no CPU did anything. Check it several times a second. */
export class ProgressWatch {
  readonly #control: Control;
  readonly #rings: readonly Ring[];
  readonly #counters: readonly number[];
  readonly #clock = new FairClock();
  #signature = "";
  #since = 0;

  /** `counters`: what `changingWords` returns. */
  constructor(control: Control, rings: readonly Ring[], counters: readonly number[]) {
    this.#control = control;
    this.#rings = rings;
    this.#counters = counters;
  }

  /** Milliseconds of available processor time (see FairClock) since some CPU did something. */
  get idle(): number {
    const now = this.#clock.now();
    const current = this.#read();
    if (current !== this.#signature) {
      this.#signature = current;
      this.#since = now;
    }
    return now - this.#since;
  }

  /** Begins to count anew: some CPU waits for the program, which takes its time. */
  restart(): void {
    this.#since = this.#clock.now();
  }

  /** The error of a wait that gives up after `limit` milliseconds: it says where each CPU is. */
  error(limit: number): WatchdogError {
    const where = this.#rings.map((ring) => `CPU ${ring.cpu}: ${describePosition(this.#control, ring.cpu)}`);
    return new WatchdogError(
      `no CPU made progress for ${limit / 1000} s; ${where.join("; ")}`,
      "this is a lock-up, or the machine is far too slow; the checked build may report more",
    );
  }

  /** A value that changes whenever any CPU does something. */
  #read(): string {
    const { view } = this.#control;
    return this.#rings
      .map((ring) => {
        const base = this.#control.cpuBase(ring.cpu);
        const counters = this.#counters.reduce((sum, offset) => (sum + view.u32(base + offset)) >>> 0, 0);
        return `${ring.done}/${counters}`;
      })
      .join(" ");
  }
}

/** Byte offsets, in a CPU's block, of the words that change while it works. */
export function changingWords({ layout }: Control): readonly number[] {
  const struct = layout.struct("Cpu");
  return ["index", ...struct.fieldsWith("stat")].map((field) => struct.offset(field));
}
