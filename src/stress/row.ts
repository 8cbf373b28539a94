/** One row: a scenario in a variant, round after round on worker CPUs, until something breaks, or the rounds or the time are over. */

import { type Core, coreOf } from "../engine/core.js";
import { Engine } from "../engine/engine.js";
import { EngineCrashError, WatchdogError } from "../errors.js";
import { FairClock } from "../platform/fair-clock.js";
import { sleep } from "../platform/host.js";
import type { Scenario } from "../scenario/scenario.js";
import { damageFinding, type Finding, findingOf } from "./finding.js";
import { Plan } from "./plan.js";
import { NO_STORY } from "./story.js";
import { Watchdog } from "./watchdog.js";

/** What is run, and for how long. */
export interface RowOptions {
  readonly scenario: Scenario;
  /** The variant's checked engine. */
  readonly module: WebAssembly.Module;
  /** Worker CPUs; never fewer than the scenario has texts. */
  readonly cpus: number;
  /** Longest time of the row. Default: none. */
  readonly seconds?: number;
  /** Most rounds of the row. Default: as many as there is time for. */
  readonly rounds?: number;
  /** Decides where and how long the CPUs dawdle. */
  readonly seed: number;
  /** Stop the engine's threads in the end. Default true; false where the calling thread ends with all that it started. */
  readonly dispose?: boolean;
  /** Called very often. */
  readonly onProgress?: (state: RowProgress) => void;
}

/** How far a row is. */
export interface RowProgress {
  readonly rounds: number;
  readonly seconds: number;
  /** All CPUs stand still, and what they left is looked at on the calling thread. */
  readonly atRest: boolean;
}

/** What came of it. */
export interface RowReport {
  /** CPUs that it ran on. */
  readonly cpus: number;
  /** Until the finding, or all. */
  readonly seconds: number;
  readonly rounds: number;
  readonly operations: number;
  readonly finding: Finding | undefined;
}

const PAGE = 4096;
/** Frames where the scenario does not say: few, so that checking all of them is quick. */
const FRAMES = 512;
const QUEUE_RECORDS = 8192;
/** Milliseconds between two looks at the CPUs. */
const SLICE = 4;
/** Rounds that are written ahead, at most: what is left when the time is over must be run to its end. */
const AHEAD = 200;
/** Milliseconds that one operation may take, however slow the machine. */
const STUCK = 4000;
/** Milliseconds without an operation's end after which the command itself gives up the last rounds. */
const OVERTIME = 60_000;

/**
 * Runs a row. Instantiates and boots the module, and checks what the CPUs left, on the calling thread: `runRowInThread`
 * does that where a module that never returns from it can be ended. Throws WatchdogError when it cannot be brought to an
 * end, EnvironmentError when no CPUs can be had.
 */
export async function runRow(options: RowOptions): Promise<RowReport> {
  const { scenario } = options;
  const cpus = Math.max(options.cpus, scenario.cpus.length);
  const engine = await bootRow(options, cpus);
  if (engine instanceof EngineCrashError) {
    const finding = { invariant: "TRAP", code: "TRAP", message: engine.message, story: NO_STORY };
    return { cpus, seconds: 0, rounds: 0, operations: 0, finding };
  }
  try {
    return await new Row(engine, options).run();
  } finally {
    if (options.dispose !== false) await engine.dispose();
  }
}

/** The row's engine; the error of a CPU that breaks before it has begun. */
async function bootRow({ scenario, module }: RowOptions, cpus: number): Promise<Engine | EngineCrashError> {
  return Engine.create({
    memory: FRAMES * PAGE,
    ...scenario.boot,
    ...{
      module,
      trusted: true,
      cpus,
      metadata: 8 * 2 ** 20,
      spaces: Plan.slots,
      files: 4,
      queueRecords: QUEUE_RECORDS,
    },
  }).catch((error: unknown) => {
    if (error instanceof EngineCrashError) return error;
    throw error;
  });
}

class Row {
  readonly #core: Core;
  readonly #options: RowOptions;
  readonly #plan: Plan;
  readonly #started = performance.now();
  #written = 0;

  constructor(engine: Engine, options: RowOptions) {
    this.#core = coreOf(engine);
    this.#options = options;
    this.#plan = new Plan(this.#core, options.scenario);
  }

  async run(): Promise<RowReport> {
    this.#arm();
    const finding = await this.#find();
    return {
      cpus: this.#core.cpus,
      seconds: this.#seconds(),
      rounds: this.#rounds(),
      operations: this.#rounds() * this.#plan.operations,
      finding,
    };
  }

  /** The finding, if there is one. A CPU that stops for a reason of its own is one as well. */
  async #find(): Promise<Finding | undefined> {
    try {
      return (await this.#drive()) ?? this.#atRest();
    } catch (error) {
      if (!(error instanceof EngineCrashError)) throw error;
      const finding = findingOf(this.#core.machine.control, error.message);
      return finding.code === "TRAP" ? { ...finding, message: error.message } : finding;
    }
  }

  /** Feeds the CPUs until the rounds or the time are over and all is executed; the finding, if there is one. */
  async #drive(): Promise<Finding | undefined> {
    const { seconds = Infinity, rounds = Infinity } = this.#options;
    const { pool } = this.#core;
    const { control } = this.#core.machine;
    const watchdog = new Watchdog(control, STUCK);
    const clock = new FairClock();
    let [done, since] = [0, 0];
    for (;;) {
      const damage = this.#damage();
      if (damage !== undefined) {
        control.stopForCrash(0);
        return damageFinding(control, damage);
      }
      for (const ring of pool.rings) ring.skipAll();
      const over = this.#written >= rounds || this.#seconds() >= seconds;
      if (!over) this.#feed();
      await sleep(SLICE);
      if (control.panicked) return this.#crash();
      pool.assertRunning();
      const lockUp = watchdog.look(pool.rings.some((ring) => ring.done !== ring.produced));
      if (lockUp) {
        // Whoever waits in a bounded wait leaves it now; the others are terminated.
        control.stopForCrash(0);
        return lockUp;
      }
      this.#tell(false);
      if (over && pool.rings.every((ring) => ring.done === ring.produced)) return undefined;
      const now = pool.rings.reduce((sum, ring) => sum + ring.done, 0);
      if (!over || now !== done) [done, since] = [now, clock.now()];
      else if (clock.now() - since > OVERTIME) {
        throw new WatchdogError(
          `the last rounds of ${this.#options.scenario.name} do not come to an end`,
          "the machine may be far too slow, or overloaded",
        );
      }
    }
  }

  /** What the CPUs share with this side, overwritten by something else than their run loops; undefined when it is intact. */
  #damage(): string | undefined {
    const { pool } = this.#core;
    const { control } = this.#core.machine;
    const found = control.damage() ?? pool.rings.map((ring) => ring.damage()).find((damage) => damage);
    // Whoever panics may have overwritten all of it before: the panic comes first, as it says more.
    return control.panicked ? undefined : found;
  }

  #tell(atRest: boolean): void {
    this.#options.onProgress?.({ rounds: this.#rounds(), seconds: this.#seconds(), atRest });
  }

  /** Writes rounds ahead, as many as there is room for. */
  #feed(): void {
    const { rounds = Infinity } = this.#options;
    while (this.#plan.fits && this.#written < rounds && this.#written - this.#rounds() < AHEAD) {
      this.#plan.write();
      this.#written++;
    }
    for (const ring of this.#core.pool.rings) ring.publish();
  }

  /** What the invariants, and the counts of what is left, say when all CPUs stand still. */
  #atRest(): Finding | undefined {
    this.#tell(true);
    this.#arm(0);
    try {
      this.#core.settle();
      this.#core.check();
      return undefined;
    } catch (error) {
      if (error instanceof EngineCrashError) return findingOf(this.#core.machine.control);
      throw error;
    }
  }

  /** A CPU has panicked: lets the others come to a halt, then tells. */
  async #crash(): Promise<Finding> {
    let trap = "";
    try {
      await this.#core.pool.idle();
    } catch (error) {
      trap = error instanceof Error ? error.message : String(error);
    }
    const finding = findingOf(this.#core.machine.control);
    return finding.code === "TRAP" && trap !== "" ? { ...finding, message: trap } : finding;
  }

  /** Rounds that CPU 0 has begun, about. */
  #rounds(): number {
    const [ring] = this.#core.pool.rings;
    if (!ring || this.#written === 0) return 0;
    const perRound = ring.produced / this.#written;
    // A word that was overwritten counts no rounds.
    return ring.damage() === undefined ? Math.floor(ring.done / perRound) : 0;
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Sets the delay points of every CPU; 0 switches them off. */
  #arm(seed = this.#options.seed): void {
    const { cpus } = this.#core;
    const { control, layout } = this.#core.machine;
    const offset = layout.struct("Cpu").offset("delaySeed");
    for (let cpu = 0; cpu < cpus; cpu++) {
      const mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(cpu + 1, 0x85ebca6b);
      control.view.store(control.cpuBase(cpu) + offset, seed === 0 ? 0 : (mixed >>> 0) | 1);
    }
  }
}
