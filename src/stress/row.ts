/**
 * One row: a scenario in a variant. It runs round after round on worker CPUs, until something breaks, or until the
 * rounds or the time are over.
 */

import { type RanDeclaration, ranOf } from "../build/counted.js";
import { COVER_SECTION, type CoverSite } from "../build/cover.js";
import type { Core } from "../engine/core.js";
import { coreOf, Engine } from "../engine/engine.js";
import { EngineCrashError, WatchdogError } from "../errors.js";
import { PAGE_BYTES } from "../ops/operation.js";
import { FairClock } from "../platform/fair-clock.js";
import { sleep } from "../platform/host.js";
import type { RaceBoot, Scenario } from "../scenario/race.js";
import { PLACES_SECTION } from "../wasm/places.js";
import { readJsonSection } from "../wasm/section.js";
import { damageFinding, type Finding, findingOf } from "./finding.js";
import { mostRecords, Plan } from "./plan.js";
import { NO_STORY } from "./story.js";
import { Watchdog } from "./watchdog.js";

/** The scenario, the variant and the limits of a row. */
export interface RowOptions {
  readonly scenario: Scenario;
  /** The variant's checked engine. */
  readonly module: WebAssembly.Module;
  /** Number of worker CPUs; at least as many as the scenario has texts. */
  readonly cpus: number;
  /** Longest time of the row. Default: none. */
  readonly seconds?: number;
  /** The most rounds of the row. Default: no limit. */
  readonly rounds?: number;
  /** Seed for the places and lengths of the CPUs' delays. */
  readonly seed: number;
  /**
   * Stop the engine's threads at the end. Default true; false when the calling thread ends together with its threads.
   */
  readonly dispose?: boolean;
  /**
   * Milliseconds of available processor time without progress after which a CPU, or the row's thread, counts as stuck.
   * Default 4000.
   */
  readonly patience?: number;
  /** Called very often. */
  readonly onProgress?: (state: RowProgress) => void;
}

/** The progress of a row. */
export interface RowProgress {
  readonly rounds: number;
  readonly seconds: number;
  /** True while all CPUs stand still and the calling thread checks their results. */
  readonly atRest: boolean;
}

/** The result of a row. */
export interface RowReport {
  /** The number of CPUs. */
  readonly cpus: number;
  /** Rounds until the finding, or all. */
  readonly seconds: number;
  readonly rounds: number;
  readonly operations: number;
  readonly finding: Finding | undefined;
  /** What ran of the counted declarations; only of a module that counts. A CPU that had to be ended is not in it. */
  readonly changed?: readonly RanDeclaration[];
}

/** Default frames: few, so that a check of all of them is quick. */
const FRAMES = 512;
/** The fewest records of a ring. */
const QUEUE_RECORDS = 8192;
/** Milliseconds between two checks of the CPUs. */
const SLICE = 4;
/** The most rounds to write ahead. When the time is over, the rest of them must still run. */
const AHEAD = 200;
/** Milliseconds of available processor time that one operation may take, unless the caller wants another limit. */
export const STUCK = 4000;
/** Milliseconds without a finished operation after which the command gives up on the last rounds. */
const OVERTIME = 60_000;

/**
 * Runs a row. It instantiates and boots the module, and checks the results, on the calling thread. If the module may
 * hang there, use `runRowInThread`. Throws WatchdogError when the row does not end, EnvironmentError when the CPUs
 * cannot start.
 */
export async function runRow(options: RowOptions): Promise<RowReport> {
  const { scenario } = options;
  const cpus = Math.max(options.cpus, scenario.stress.cpus.length);
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

/** The row's engine, or the error of a CPU that breaks before it has begun. */
async function bootRow({ scenario, module }: RowOptions, cpus: number): Promise<Engine | EngineCrashError> {
  return Engine.create({
    ...sizes(scenario.stress.boot),
    ...{
      module,
      trusted: true,
      cpus,
      metadata: 8 * 2 ** 20,
      spaces: Plan.slots,
      files: 4,
      queueRecords: queueRecords(mostRecords(scenario.stress, cpus)),
    },
  }).catch((error: unknown) => {
    if (error instanceof EngineCrashError) return error;
    throw error;
  });
}

/** The options of an engine for a race's sizes. */
function sizes({ memory = FRAMES, swap = 0, content = "word" }: RaceBoot) {
  return { memory: memory * PAGE_BYTES, swap: swap * PAGE_BYTES, content };
}

/** Records of a ring that has room for a round: a power of two. */
function queueRecords(round: number): number {
  return Math.max(QUEUE_RECORDS, 2 ** Math.ceil(Math.log2(round + 1)));
}

class Row {
  readonly #core: Core;
  readonly #options: RowOptions;
  readonly #plan: Plan;
  readonly #started = performance.now();
  /** Names of the places in the module's code, by number. */
  readonly #places: readonly string[];
  #written = 0;

  constructor(engine: Engine, options: RowOptions) {
    this.#places = (readJsonSection(options.module, PLACES_SECTION) ?? []) as readonly string[];
    this.#core = coreOf(engine);
    this.#options = options;
    this.#plan = new Plan(this.#core, options.scenario.stress);
  }

  async run(): Promise<RowReport> {
    this.#arm();
    const finding = await this.#find();
    const [rounds, seconds] = [this.#rounds(), this.#seconds()];
    const changed = await this.#changed();
    return {
      cpus: this.#core.cpus,
      ...{ seconds, rounds, operations: rounds * this.#plan.operations, finding },
      ...(changed && { changed }),
    };
  }

  /** What ran. The CPUs tell it when they stop. */
  async #changed(): Promise<RanDeclaration[] | undefined> {
    const sites = readJsonSection(this.#options.module, COVER_SECTION) as readonly CoverSite[] | undefined;
    if (sites === undefined) return undefined;
    const { pool } = this.#core;
    await pool.stop();
    return ranOf(sites, pool.counts);
  }

  /** The finding, if any. A CPU that stops for another reason is a finding too. */
  async #find(): Promise<Finding | undefined> {
    try {
      return (await this.#drive()) ?? this.#atRest();
    } catch (error) {
      if (!(error instanceof EngineCrashError)) throw error;
      const finding = this.#finding(error.message);
      return finding.code === "TRAP" ? { ...finding, message: error.message } : finding;
    }
  }

  /** Feeds the CPUs until the rounds or the time are over and everything is done. Returns the finding, if any. */
  async #drive(): Promise<Finding | undefined> {
    const { seconds = Infinity, rounds = Infinity } = this.#options;
    const { pool } = this.#core;
    const { control } = this.#core.machine;
    const watchdog = new Watchdog(control, this.#options.patience ?? STUCK, this.#places);
    const clock = new FairClock();
    let [done, since] = [0, 0];
    for (;;) {
      const damage = this.#damage();
      if (damage !== undefined) {
        control.stopForCrash(0);
        return damageFinding(control, damage, this.#places);
      }
      for (const ring of pool.rings) ring.skipAll();
      const over = this.#written >= rounds || this.#seconds() >= seconds;
      if (!over) this.#feed();
      await sleep(SLICE);
      if (control.panicked) return this.#crash();
      pool.assertRunning();
      const lockUp = watchdog.look(pool.rings.some((ring) => ring.done !== ring.produced));
      if (lockUp) {
        // A CPU in a bounded wait leaves it now. The others are terminated.
        control.stopForCrash(0);
        return lockUp;
      }
      this.#tell(false);
      if (over && pool.rings.every((ring) => ring.done === ring.produced)) return undefined;
      const now = pool.rings.reduce((sum, ring) => sum + ring.done, 0);
      if (!over || now !== done) [done, since] = [now, clock.now()];
      else if (clock.now() - since > OVERTIME) {
        throw new WatchdogError(
          `the last rounds of ${this.#options.scenario.name} do not end`,
          "the machine may be far too slow, or overloaded",
        );
      }
    }
  }

  /** Describes damage of the words that the CPUs share with this side; undefined when they are intact. */
  #damage(): string | undefined {
    const { pool } = this.#core;
    const { control } = this.#core.machine;
    const found = control.damage() ?? pool.rings.map((ring) => ring.damage()).find((damage) => damage);
    // A CPU that panics may have overwritten the words before. The panic comes first, because it says more.
    return control.panicked ? undefined : found;
  }

  /** The finding for the engine, which has stopped. */
  #finding(trap = ""): Finding {
    return findingOf(this.#core.machine.control, trap, this.#places);
  }

  #tell(atRest: boolean): void {
    this.#options.onProgress?.({ rounds: this.#rounds(), seconds: this.#seconds(), atRest });
  }

  /** Writes as many rounds ahead as fit. */
  #feed(): void {
    const { rounds = Infinity } = this.#options;
    while (this.#plan.fits && this.#written < rounds && this.#written - this.#rounds() < AHEAD) {
      this.#plan.write();
      this.#written++;
    }
    for (const ring of this.#core.pool.rings) ring.publish();
  }

  /** Checks the invariants and the leak counts when all CPUs stand still. */
  #atRest(): Finding | undefined {
    this.#tell(true);
    this.#arm(0);
    try {
      this.#core.settle();
      this.#core.check();
      return undefined;
    } catch (error) {
      if (error instanceof EngineCrashError) return this.#finding();
      throw error;
    }
  }

  /** A CPU has panicked: waits for the others to stop, then returns the finding. */
  async #crash(): Promise<Finding> {
    let trap = "";
    try {
      await this.#core.pool.idle();
    } catch (error) {
      trap = error instanceof Error ? error.message : String(error);
    }
    const finding = this.#finding();
    return finding.code === "TRAP" && trap !== "" ? { ...finding, message: trap } : finding;
  }

  /** The approximate number of rounds that CPU 0 has begun. */
  #rounds(): number {
    const [ring] = this.#core.pool.rings;
    if (!ring || this.#written === 0) return 0;
    const perRound = ring.produced / this.#written;
    // An overwritten word does not count rounds.
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
