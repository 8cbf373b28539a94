/** How a machine stood in the middle of an execution: its fibers and their stacks, its memory, and its memory model. */

import { Access } from "./access.js";
import type { Fiber, StandingFiber } from "./fiber.js";
import type { MemoryModel } from "./model.js";
import { keptBlocks, type Monitor } from "./monitor.js";

export class Standing {
  readonly #monitor: Monitor;
  readonly #model: MemoryModel;
  readonly #fibers: readonly Fiber[];
  /** By mark: how the fibers stood. */
  readonly #standing: StandingFiber[][] = [];

  constructor(monitor: Monitor, model: MemoryModel, fibers: readonly Fiber[]) {
    this.#monitor = monitor;
    this.#model = model;
    this.#fibers = fibers;
  }

  /** Notes it, by numbers from 0 on. False: there is no room, and no way back to any mark of this execution. */
  mark(number: number): boolean {
    const [monitor, fibers] = [this.#monitor, this.#fibers];
    const standing = this.#standing[number] ?? fibers.map(() => ({ state: "new", access: new Access() }));
    this.#standing[number] = standing;
    let stacks = 0;
    for (const fiber of fibers) {
      const { at, bytes } = fiber.stack;
      if (bytes > 0) monitor.keep(at, bytes);
      stacks += keptBlocks(bytes);
      fiber.stand(standing[fiber.cpu] as StandingFiber);
    }
    this.#model.mark?.(number);
    return monitor.mark(stacks);
  }

  /** Goes back there. */
  back(number: number): void {
    const standing = this.#standing[number] as StandingFiber[];
    this.#monitor.back(number);
    for (const fiber of this.#fibers) fiber.standAgain(standing[fiber.cpu] as StandingFiber);
    this.#model.back?.(number);
  }
}
