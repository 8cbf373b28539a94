/**
 * A machine on which one race runs after the other, each in a few schedules. To boot a machine takes as long as a hundred
 * executions, so that this one is booted once, and its memory is copied back.
 */

import { Counters } from "../explore/counters.js";
import { Machine } from "../explore/machine.js";
import type { RaceNet } from "../explore/net.js";
import { RaceProgram, sizeOf, warmUp } from "../explore/race-program.js";
import { Runner } from "../explore/run.js";
import type { Strategy } from "../explore/strategy/strategy.js";
import { spanNet } from "../explore/watch.js";
import type { RaceForm } from "../scenario/race.js";

/** A race that has run on a ground. */
export interface Tried {
  /** It stands behind the last execution. The next race on the ground takes its machine away. */
  readonly runner: Runner;
  readonly net: RaceNet;
  readonly finding: ReturnType<Runner["explore"]>["finding"];
  readonly executions: number;
}

export class Ground {
  readonly #machine: Machine;
  readonly #net: RaceNet;
  readonly #counters: Counters;

  /** Boots a machine for forms of this size. Throws as `runnerOf`. */
  constructor(module: WebAssembly.Module, monitor: WebAssembly.Module, form: RaceForm) {
    this.#machine = new Machine({ module, monitor, ...sizeOf(form) });
    warmUp(this.#machine);
    this.#machine.note();
    this.#net = spanNet(this.#machine, module);
    this.#counters = new Counters(module, this.#machine.exports);
    this.#counters.settle();
  }

  /** Races with the same text run on the same ground. */
  static sizeOf(form: RaceForm): string {
    const { slab: _, ...boot } = form.boot;
    return JSON.stringify([form.cpus.length, boot]);
  }

  /**
   * Runs a race by each of the strategies, until something is wrong. `onRun` hears how often a counted site ran. The same
   * strategies give the same result, whatever ran here before.
   */
  run(
    form: RaceForm,
    strategies: readonly (() => Strategy)[],
    executions: number,
    onRun: (site: number, runs: number) => void,
  ): Tried {
    const [machine, net] = [this.#machine, this.#net];
    machine.renew();
    const runner = new Runner(machine, new RaceProgram(form, true));
    net.forget();
    runner.net = net;
    let count = 0;
    let finding: Tried["finding"];
    for (const make of strategies) {
      const onExecution = (): boolean => {
        count++;
        return net.size > 0;
      };
      ({ finding } = runner.explore(make, { executions, onExecution }));
      if (finding !== undefined || net.size > 0) break;
    }
    this.#counters.settle(onRun);
    return { runner, net, finding, executions: count };
  }
}
