/** One row: a scenario in a variant, round after round on worker CPUs, until something breaks, or the rounds or the time are over. */
import { FairClock } from "../cpu/fair-clock.js";
import { sleep } from "../cpu/platform.js";
import { Engine } from "../engine/engine.js";
import { EngineCrashError, WatchdogError } from "../errors.js";
import type { Scenario } from "../scenario/scenario.js";
import { type Finding, findingOf } from "./finding.js";
import { Plan } from "./plan.js";
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
  /** Called several times a second. */
  readonly onProgress?: (state: { readonly rounds: number; readonly seconds: number }) => void;
  /** Runs something with the engine and disposes of it in the end, as an interrupt does too. By default only the former. */
  readonly using?: <T>(engine: Engine, work: (engine: Engine) => Promise<T>) => Promise<T>;
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
const STUCK = 5000;
/** Milliseconds without an operation's end after which the command itself gives up the last rounds. */
const OVERTIME = 60_000;

/** Runs a row. Throws WatchdogError when it cannot be brought to an end, EnvironmentError when no CPUs can be had. */
export async function runRow(options: RowOptions): Promise<RowReport> {
  const { scenario, module } = options;
  const cpus = Math.max(options.cpus, scenario.cpus.length);
  const engine = await Engine.create({
    memory: FRAMES * PAGE,
    ...scenario.boot,
    ...{ module, cpus, metadata: 8 * 2 ** 20, spaces: Plan.slots, files: 4, queueRecords: QUEUE_RECORDS },
  });
  const { using = disposing } = options;
  return using(engine, () => new Row(engine, options).run());
}

async function disposing<T>(engine: Engine, work: (engine: Engine) => Promise<T>): Promise<T> {
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

class Row {
  readonly #engine: Engine;
  readonly #options: RowOptions;
  readonly #plan: Plan;
  readonly #started = performance.now();
  #written = 0;

  constructor(engine: Engine, options: RowOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#plan = new Plan(engine, options.scenario);
  }

  async run(): Promise<RowReport> {
    this.#arm();
    const finding = (await this.#drive()) ?? this.#atRest();
    return {
      cpus: this.#engine.cpus,
      seconds: this.#seconds(),
      rounds: this.#rounds(),
      operations: this.#rounds() * this.#plan.operations,
      finding,
    };
  }

  /** Feeds the CPUs until the rounds or the time are over and all is executed; the finding, if there is one. */
  async #drive(): Promise<Finding | undefined> {
    const { seconds = Infinity, rounds = Infinity } = this.#options;
    const { control, pool } = this.#engine;
    const watchdog = new Watchdog(control, STUCK);
    const clock = new FairClock();
    let [done, since] = [0, 0];
    for (;;) {
      for (const ring of pool.rings) ring.skipAll();
      const over = this.#written >= rounds || this.#seconds() >= seconds;
      if (!over) this.#feed();
      await sleep(SLICE);
      if (control.panicked) return this.#crash();
      pool.assertRunning();
      const lockUp = watchdog.look();
      if (lockUp) {
        // Whoever waits in a bounded wait leaves it now; the others are terminated.
        control.stopForCrash(0);
        return lockUp;
      }
      this.#options.onProgress?.({ rounds: this.#rounds(), seconds: this.#seconds() });
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

  /** Writes rounds ahead, as many as there is room for. */
  #feed(): void {
    const { rounds = Infinity } = this.#options;
    while (this.#plan.fits && this.#written < rounds && this.#written - this.#rounds() < AHEAD) {
      this.#plan.write();
      this.#written++;
    }
    for (const ring of this.#engine.pool.rings) ring.publish();
  }

  /** What the invariants, and the counts of what is left, say when all CPUs stand still. */
  #atRest(): Finding | undefined {
    this.#arm(0);
    try {
      this.#engine.settle();
      this.#engine.check();
      return undefined;
    } catch (error) {
      if (error instanceof EngineCrashError) return findingOf(this.#engine.control);
      throw error;
    }
  }

  /** A CPU has panicked: lets the others come to a halt, then tells. */
  async #crash(): Promise<Finding> {
    let trap = "";
    try {
      await this.#engine.pool.idle();
    } catch (error) {
      trap = error instanceof Error ? error.message : String(error);
    }
    const finding = findingOf(this.#engine.control);
    return finding.code === "TRAP" && trap !== "" ? { ...finding, message: trap } : finding;
  }

  /** Rounds that CPU 0 has begun, about. */
  #rounds(): number {
    const [ring] = this.#engine.pool.rings;
    if (!ring || this.#written === 0) return 0;
    const perRound = ring.produced / this.#written;
    return Math.floor(ring.done / perRound);
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Sets the delay points of every CPU; 0 switches them off. */
  #arm(seed = this.#options.seed): void {
    const { control, layout, cpus } = this.#engine;
    const offset = layout.struct("Cpu").offset("delaySeed");
    for (let cpu = 0; cpu < cpus; cpu++) {
      const mixed = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(cpu + 1, 0x85ebca6b);
      control.view.store(control.cpuBase(cpu) + offset, seed === 0 ? 0 : (mixed >>> 0) | 1);
    }
  }
}
