/** Explores made-up races, one after the other: at first shortly, and further where changed code meets another CPU. */

import { Counters } from "../explore/counters.js";
import type { ModelName } from "../explore/models.js";
import { type Overlaps, watchOverlaps } from "../explore/overlaps.js";
import { type RowFinding, racesIn, runnerOf, toldOf } from "../explore/row.js";
import type { Runner } from "../explore/run.js";
import type { ExploreResult } from "../explore/search.js";
import { BoundedStrategy } from "../explore/strategy/bounded.js";
import { RandomStrategy } from "../explore/strategy/random.js";
import type { Strategy } from "../explore/strategy/strategy.js";
import { SweepStrategy } from "../explore/strategy/sweep.js";
import { SwitchStrategy } from "../explore/strategy/switches.js";
import { spanNet } from "../explore/watch.js";
import type { RaceForm, Scenario } from "../scenario/race.js";
import { aimOf } from "./aim.js";
import { Dice } from "./dice.js";
import { Ground } from "./ground.js";
import { makeRace, scenarioOf } from "./races.js";
import type { Sequential } from "./sequential.js";

/** Executions of a race after which it goes on only if changed code has met another CPU. */
const PROBE = 12;
/** The most executions of its searches: with one preemption, at random, and with two. */
const MOST_ONE = 500;
const MOST_RANDOM = 400;
const MOST_TWO = 2500;
/** Those of a race that is searched shortly: stopped at the accesses of changed code, and at random. */
const MOST_SHORT = 80;
const MOST_SHORT_RANDOM = 160;
/** Of its search in each weak memory model: with one preemption and one stale read. */
const MOST_WEAK = 1500;
const WEAK = { preemptions: 1, stale: 1, together: 2 } as const;
/** Of a small meeting in a weak model, in each of two kinds of random schedules: a missing barrier shows in one of 200. */
const MEETING_WEAK = 400;
/** One in so many races is searched with two preemptions. */
const DEEP = 4;
/** Races that are only glanced at, for each one that is explored; and the executions of each, in three kinds of schedules. */
const GLANCES = 16;
const GLANCE = 4;
/** Of the random numbers of these, beside those of the others. */
const GLANCED = 0x2545f491;
/** The most executions of a meeting that stop one CPU at each access of changed code, and at any access, and those at random. */
interface MeetingDepth {
  readonly aimed: number;
  readonly swept: number;
  readonly random: number;
}
/** Of a duet at first: there are so many that each has a short turn. */
export const SHALLOW: MeetingDepth = { aimed: 40, swept: 24, random: 32 };
/** Of the others, and of a duet later. */
export const DEEP_MEETING: MeetingDepth = { aimed: 120, swept: 60, random: 240 };
/** One in so many is searched shortly. */
const SHORT = 2;
/** Executions between two signs of life. */
const STRIDE = 64;

/** What is compiled: the model build, and the monitor. */
export interface RaceModules {
  readonly module: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
}

/** The result of exploring a race. */
export interface Explored {
  readonly found: RowFinding | undefined;
  /** All that was found: that, and each race on plain accesses. */
  readonly all: readonly RowFinding[];
  /** Whether the bounded searches left nothing to try. */
  readonly complete: boolean;
  /** Whether changed code met another CPU in the first executions. If not, it ended with them. */
  readonly met: boolean;
}

/** A made-up race that is wrong, with all that was found: at least one. */
interface WrongRace {
  readonly form: RaceForm;
  readonly all: readonly RowFinding[];
  /** With it a glance at the race shows the same again. */
  readonly seed: number;
}

/** How to explore a race. */
export interface SearchOptions {
  /** The most executions with two preemptions; 0: none. */
  readonly two?: number;
  /** Only where the code of interest is, and at random. Default: no. */
  readonly short?: boolean;
  /** The race that the form is of. Default: a made-up one. */
  readonly scenario?: Scenario;
}

/** A race on a machine. */
interface Visit {
  readonly runner: Runner;
  readonly net: ReturnType<typeof spanNet>;
  search(make: () => Strategy, executions: number): ExploreResult;
  told(result: ExploreResult): RowFinding | undefined;
  /** What came of it. Without more, it was searched to no end, and changed code met another CPU. */
  end(found: RowFinding | undefined, complete?: boolean, met?: boolean): Explored;
}

export class RaceSearch {
  /** Made-up races, and those of them whose searches left nothing to try. */
  races = 0;
  complete = 0;
  executions = 0;
  /** By site: how often it ran. */
  readonly runs: number[];
  /** By declaration: how often it met another CPU. */
  readonly overlaps = new Map<string, number>();
  readonly #modules: RaceModules;
  readonly #programs: Sequential;
  readonly #seed: number;
  readonly #first: number;
  readonly #step: number;
  /** Weak memory models in which a race is explored besides, the strongest first. */
  models: readonly ModelName[] = [];
  /** Called before a race is explored. */
  onRace: ((form: RaceForm) => void) | undefined;
  #drawn = 0;
  #glanced = 0;
  /** By size: machines that live on. */
  readonly #grounds = new Map<string, Ground>();

  /** `programs` ran what races begin like; races of a seed: number `first`, and every `step`-th from there on. */
  constructor(modules: RaceModules, programs: Sequential, seed: number, first = 0, step = 1) {
    this.#modules = modules;
    this.#programs = programs;
    this.#seed = seed ^ 0x5bd1e995;
    this.#first = first;
    this.#step = step;
    this.runs = Array.from(programs.guide.runs, () => 0);
  }

  /**
   * Makes up some races and glances at them, then one that it explores; returns one that is wrong. `onProgress` is called
   * now and then.
   */
  next(onProgress: () => void): WrongRace | undefined {
    for (let count = 0; count < GLANCES; count++) {
      const wrong = this.#glanceAtNext();
      onProgress();
      if (wrong !== undefined) return wrong;
    }
    const dice = Dice.ofProgram(this.#seed, this.#first + this.#drawn++ * this.#step);
    const form = makeRace(dice, this.#programs);
    if (form === undefined) return undefined;
    this.races++;
    const seed = dice.below(2 ** 31);
    const { found, all, complete } = this.explore(form, seed, onProgress, {
      two: dice.once(DEEP) ? MOST_TWO : 0,
      short: dice.once(SHORT),
    });
    if (complete) this.complete++;
    return found && { form, all, seed };
  }

  /** Makes up a race that is only glanced at. */
  #glanceAtNext(): WrongRace | undefined {
    const dice = Dice.ofProgram(this.#seed ^ GLANCED, this.#first + this.#glanced++ * this.#step);
    const form = makeRace(dice, this.#programs);
    if (form === undefined) return undefined;
    this.races++;
    const seed = dice.below(2 ** 31);
    const all = this.glance(form, seed);
    return all.length === 0 ? undefined : { form, all, seed };
  }

  /** Runs a race in a few random schedules, the same ones for the same seed, and returns what is wrong. */
  glance(form: RaceForm, seed: number): readonly RowFinding[] {
    const { module, monitor } = this.#modules;
    this.onRace?.(form);
    const size = Ground.sizeOf(form);
    const ground = this.#grounds.get(size) ?? new Ground(module, monitor, form);
    this.#grounds.set(size, ground);
    const aim = aimOf(module);
    const strategies = [
      () => new RandomStrategy(seed),
      () => this.#aimed(seed),
      ...(aim === undefined ? [] : [() => new SweepStrategy(GLANCE, { seed, aim })]),
    ];
    const { runner, net, finding, executions } = ground.run(form, strategies, GLANCE, (site, runs) => {
      this.runs[site] = (this.runs[site] ?? 0) + runs;
    });
    this.executions += executions;
    const races = racesIn(net);
    return finding === undefined ? races : [toldOf(runner, finding, module), ...races];
  }

  /** Explores a race: the same seed gives the same result. */
  explore(form: RaceForm, seed: number, onProgress: () => void, options: SearchOptions = {}): Explored {
    const { two: mostTwo = MOST_TWO, short = false, scenario = scenarioOf(form, "a made-up race") } = options;
    const visit = this.#visit(form, scenario, onProgress);
    const { search, told, end } = visit;
    const bounds = (preemptions: number) => ({ preemptions, stale: 0, together: preemptions, free: true });
    const { result: probe, met } = this.#probe(visit, () => new BoundedStrategy(bounds(1)), PROBE);
    const first = told(probe);
    if (first !== undefined || !met) return end(first, probe.complete, met);
    const aim = aimOf(this.#modules.module);
    const aimed = aim && search(() => new SweepStrategy(MOST_SHORT, { seed, aim }), MOST_SHORT);
    if (aimed?.finding !== undefined) return end(told(aimed));
    if (short) return end(told(search(() => this.#aimed(seed), MOST_SHORT_RANDOM)));
    const one = search(() => new BoundedStrategy(bounds(1)), MOST_ONE);
    if (one.finding !== undefined) return end(told(one));
    const random = search(() => this.#aimed(seed), MOST_RANDOM);
    if (random.finding !== undefined) return end(told(random));
    const weak = this.#weak(scenario, onProgress);
    if (weak !== undefined) return end(weak);
    if (mostTwo === 0) return end(undefined);
    const two = search(() => new BoundedStrategy(bounds(2)), mostTwo);
    return end(told(two), one.complete && two.complete);
  }

  /**
   * Runs a meeting in schedules, the same ones for the same seed: a few, and where changed code meets another CPU more of
   * them, half of the random ones with few preemptions. Without `probe` it is known that it does.
   */
  meet(
    scenario: Scenario,
    seed: number,
    onProgress: () => void,
    { depth: most, probe: isFirst }: { readonly depth: MeetingDepth; readonly probe: boolean },
  ): Explored {
    const visit = this.#visit(scenario.explore ?? scenario.stress, scenario, onProgress);
    const { search, told, end } = visit;
    if (isFirst) {
      const { result: probe, met } = this.#probe(visit, () => new RandomStrategy(seed), PROBE);
      const first = told(probe);
      if (first !== undefined || !met) return end(first, false, met);
    }
    const aim = isFirst ? aimOf(this.#modules.module) : undefined;
    const aimed = aim && search(() => new SweepStrategy(most.aimed, { seed, aim }), most.aimed);
    if (aimed?.finding !== undefined) return end(told(aimed));
    const swept = search(() => new SweepStrategy(most.swept, { seed }), most.swept);
    if (swept.finding !== undefined) return end(told(swept));
    const many = search(() => new RandomStrategy(seed + 1), most.random >> 1);
    if (many.finding !== undefined) return end(told(many));
    return end(told(search(() => this.#aimed(seed), most.random >> 1)));
  }

  /** Runs a small race in a weak memory model, in random schedules: half of them with few preemptions. */
  meetWeakly(scenario: Scenario, model: ModelName, seed: number, onProgress: () => void): Explored {
    this.onRace?.(scenario.explore ?? scenario.stress);
    const found =
      this.#inModel(scenario, model, () => new RandomStrategy(seed), onProgress, MEETING_WEAK) ??
      this.#inModel(scenario, model, () => this.#aimed(seed), onProgress, MEETING_WEAK);
    return { found, all: found === undefined ? [] : [found], complete: false, met: true };
  }

  #aimed(seed: number): Strategy {
    const aim = aimOf(this.#modules.module);
    return new SwitchStrategy(seed, { ...(aim && { aim }) });
  }

  /** A race on a machine, with the net and the counters of what meets. */
  #visit(form: RaceForm, scenario: Scenario, onProgress: () => void): Visit {
    const { module, monitor } = this.#modules;
    this.onRace?.(form);
    const runner = runnerOf({ scenario, module, monitor });
    const net = spanNet(runner.machine, module);
    runner.net = net;
    let count = 0;
    const onExecution = (): undefined => {
      this.executions++;
      if (++count % STRIDE === 0) onProgress();
    };
    return {
      ...{ runner, net },
      search: (make, executions) => runner.explore(make, { executions, onExecution }),
      told: ({ finding }) => finding && toldOf(runner, finding, module),
      end: (found, complete = false, met = true) => {
        this.#collect(runner);
        const races = racesIn(net);
        const all = found === undefined ? races : [found, ...races];
        return { found: all[0], all, complete, met };
      },
    };
  }

  /** The first executions of a race: only in them it is counted what meets. */
  #probe({ runner, net, search }: Visit, make: () => Strategy, executions: number) {
    const overlaps = this.watch(runner);
    const result = search(make, executions);
    // Where nothing is counted, everything is of interest.
    const met = overlaps.counts.size === 0 || [...overlaps.counts.values()].some((count) => count > 0);
    this.#add(overlaps);
    this.#unwatch(runner, net);
    return { result, met };
  }

  /** Explores a race in the weak models. It returns the first finding, in the strongest model that shows it. */
  #weak(scenario: Scenario, onProgress: () => void): RowFinding | undefined {
    for (const model of (scenario.explore ?? scenario.stress).boot.daemons === undefined ? this.models : []) {
      const make = () => new BoundedStrategy(WEAK);
      const found = this.#inModel(scenario, model, make, onProgress, MOST_WEAK);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #inModel(
    scenario: Scenario,
    model: ModelName,
    make: () => Strategy,
    onProgress: () => void,
    executions: number,
  ): RowFinding | undefined {
    const { module, monitor } = this.#modules;
    const runnerIn = (name: ModelName) => runnerOf({ scenario, module, monitor }, false, name);
    const runner = runnerIn(model);
    let count = 0;
    const onExecution = (): undefined => {
      this.executions++;
      if (++count % STRIDE === 0) onProgress();
    };
    const { finding } = runner.explore(make, { executions, onExecution });
    this.#collect(runner);
    return finding && toldOf(runner, finding, module, runnerIn);
  }

  /** Counts what meets in a machine, until `unwatch`. */
  watch(runner: Runner): Overlaps {
    return watchOverlaps(runner, this.#modules.module);
  }

  /** Counting costs as much as the race itself: after a few executions only the net looks on. */
  #unwatch(runner: Runner, net: ReturnType<typeof spanNet>): void {
    const { machine } = runner;
    machine.observer = net.observer;
    machine.onArrive = undefined;
    runner.onBegin = undefined;
  }

  /** Takes over what a machine has counted. */
  collect(runner: Runner, overlaps: Overlaps): void {
    this.#add(overlaps);
    this.#collect(runner);
  }

  #add(overlaps: Overlaps): void {
    for (const [name, count] of overlaps.counts)
      this.overlaps.set(name, (this.overlaps.get(name) ?? 0) + count);
  }

  #collect({ machine }: Runner): void {
    const counters = new Counters(this.#modules.module, machine.exports);
    for (let site = 0; site < counters.sites.length; site++)
      this.runs[site] = (this.runs[site] ?? 0) + counters.count(site);
  }
}
