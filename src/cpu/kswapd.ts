/** The CPU that only keeps frames free. You can start it, and pause it while you read the engine's memory. */
import { WatchdogError } from "../errors.js";
import { FairClock } from "../platform/fair-clock.js";
import { mayBlock, pause } from "../platform/pause.js";
import type { Control } from "./control.js";
import { describePosition } from "./panic.js";
import { Ring } from "./ring.js";

/** Milliseconds of one slice of a wait; between slices it checks the stop word. */
const SLICE = 50;

/** A worker CPU that executes the one operation OP_KSWAPD for as long as it is wanted. */
export class Kswapd {
  /** Number of its CPU. */
  readonly cpu: number;
  readonly #control: Control;
  readonly #ring: Ring;
  /** Milliseconds of available processor time in which it must end a round (see FairClock). */
  readonly #limit: number;
  /** Whether the calling thread may sleep in `stop`. */
  readonly #blocks: boolean;
  #runs = false;

  constructor(control: Control, cpu: number, limit: number) {
    this.cpu = cpu;
    this.#control = control;
    this.#ring = new Ring(control, cpu);
    this.#limit = limit;
    this.#blocks = mayBlock(control.view.i32);
  }

  /** True between `start` and `stop`. */
  get runs(): boolean {
    return this.#runs;
  }

  /** Starts it in the background. Does nothing when it already runs. */
  start(): void {
    if (this.#runs) return;
    this.#runs = true;
    this.#tell(0);
    this.#ring.put(this.#control.layout.constant("OP_KSWAPD"), 0, 0, 0, 0, 0, 0);
    this.#ring.publish();
  }

  /**
   * Stops it and waits until it has stopped: afterwards it changes nothing. Returns at once when the engine stops or
   * has panicked. Throws WatchdogError when it does not stop.
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
      pause(view.i32, this.#ring.doneOffset >>> 2, done | 0, SLICE, this.#blocks);
    }
    this.#ring.skipAll();
    this.#runs = false;
  }

  #tell(stop: number): void {
    const { view, layout } = this.#control;
    const field = (name: string) => layout.constant("CTL") + layout.struct("Ctl").offset(name);
    view.store(field("kswapdStop"), stop);
    // It sleeps on one of these two words.
    view.notify(field("kswapdStop"));
    view.notify(field("kswapdWake"));
  }
}
