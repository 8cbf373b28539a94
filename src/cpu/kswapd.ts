/** The CPU that does nothing but keep frames free: started, paused for who wants to look at a machine that stands still. */
import { WatchdogError } from "../errors.js";
import { FairClock } from "../platform/fair-clock.js";
import type { Control } from "./control.js";
import { describePosition } from "./panic.js";
import { Ring } from "./ring.js";

/** Milliseconds of one slice of a wait; between slices the stop word is looked at. */
const SLICE = 50;

/** A worker CPU that executes the one operation OP_KSWAPD for as long as it is wanted. */
export class Kswapd {
  /** Number of its CPU. */
  readonly cpu: number;
  readonly #control: Control;
  readonly #ring: Ring;
  /** Milliseconds that it may take to end a round, of the time that this program can use. */
  readonly #limit: number;
  #runs = false;

  constructor(control: Control, cpu: number, limit: number) {
    this.cpu = cpu;
    this.#control = control;
    this.#ring = new Ring(control, cpu);
    this.#limit = limit;
  }

  /** True between `start` and `stop`. */
  get runs(): boolean {
    return this.#runs;
  }

  /** Lets it work, in the background. Does nothing when it does already. */
  start(): void {
    if (this.#runs) return;
    this.#runs = true;
    this.#tell(0);
    this.#ring.put(this.#control.layout.constant("OP_KSWAPD"), 0, 0, 0, 0, 0, 0);
    this.#ring.publish();
  }

  /**
   * Has it end, and blocks until it has: afterwards it touches nothing. Returns at once when the engine stops or has
   * panicked. Throws WatchdogError when it does not end.
   */
  stop(): void {
    if (!this.#runs) return;
    this.#tell(1);
    const { view } = this.#control;
    const clock = new FairClock();
    for (let done = this.#ring.done; done !== this.#ring.produced; done = this.#ring.done) {
      if (this.#control.panicked || this.#control.stopAsked) return;
      if (clock.now() > this.#limit) {
        throw new WatchdogError(
          `kswapd did not pause within ${this.#limit / 1000} s; ${describePosition(this.#control, this.cpu)}`,
        );
      }
      Atomics.wait(view.i32, this.#ring.doneOffset >>> 2, done | 0, SLICE);
    }
    this.#ring.skipAll();
    this.#runs = false;
  }

  #tell(stop: number): void {
    const { view, layout } = this.#control;
    const field = (name: string) => layout.constant("CTL") + layout.struct("Ctl").offset(name);
    view.store(field("kswapdStop"), stop);
    // It sleeps on one of the two.
    view.notify(field("kswapdStop"));
    view.notify(field("kswapdWake"));
  }
}
