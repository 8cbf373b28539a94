/** Made-up programs of one operation after the other, each on the machine as it was booted. */

import { Counters } from "../explore/counters.js";
import { isProcessOperation, type Operation } from "../ops/operation.js";
import { type Answer, CheckedMachine, type MachineShape } from "./checked-machine.js";
import { crowdProgram } from "./crowd.js";
import { Dice } from "./dice.js";
import { familyProgram } from "./family.js";
import { Generator } from "./generate.js";
import { Guide, kindOf } from "./guide.js";
import { type Outcome, runProgram, type Source } from "./program.js";

/**
 * The machines: one with room for everything, one whose frames run out, one whose swap runs out too, one where memory is
 * out soon and stays out, one whose frames hold all of their bytes, one whose frames hold nothing, and two with kswapd
 * and the flusher, of which one has work for both, and on the other one memory is out soon. Then one on which
 * pages are still in a CPU's batch when the next operation comes, one with room for one page in swap and one of files, and
 * one for a crowd of pages.
 */
export const SHAPES = [
  { frames: 64, swap: 32 },
  { frames: 14, swap: 16 },
  { frames: 18, swap: 3 },
  { frames: 9, swap: 2, ends: true },
  { frames: 24, swap: 16, content: "full" },
  { frames: 16, swap: 16, content: "none" },
  { frames: 14, swap: 16, daemons: true },
  { frames: 9, swap: 2, daemons: true, ends: true },
  { frames: 24, swap: 16, together: true },
  { frames: 24, swap: 1, blocks: 1 },
  { frames: 8192, swap: 64, blocks: 16 },
] as const satisfies readonly MachineShape[];
/** The machine of programs about a crowd: a hundred times as many pages take a hundred times as long. */
const CROWD = 10;
/** A machine, by its place among them. */
export type ShapeNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | typeof CROWD;
/** One in so many programs has few frames; by what is drawn then, the machine. */
const TIGHT = 4;
const TIGHT_SHAPES: readonly ShapeNumber[] = [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 6, 6, 6, 6, 7];
/** One in so many of the others has frames with all of their bytes or none, runs operations together, or has nearly no swap. */
const OTHER = 6;
const OTHER_SHAPES: readonly ShapeNumber[] = [4, 4, 4, 5, 8, 8, 8, 9, 9, 9];
/** And one in so many of these is about a crowd. */
const CROWDED = 30;
/** Operations that a program makes up itself, at most. */
const MOST_OPERATIONS = 26;
/** Of a program that begins like another one. */
const MOST_ADDED = 8;
/** One in so many programs begins like another one, where there is one. */
const ALIKE = 2;
/** One in so many of the others is about a family. */
const FAMILY = 8;
/** One in so many programs is looked at after all its pages have gone out. */
const OUT = 4;
/** Counters are read after each operation where few declarations have them, and else after a round of programs. */
const FEW = 64;
export const ROUND = 16;

/** A program with its result. */
export interface Attempt extends Outcome {
  /** The machine it ran on, by its place in SHAPES. */
  readonly machine: number;
  /** False: no counted code ran. */
  readonly ran: boolean;
}

export class Sequential {
  readonly machines: readonly CheckedMachine[];
  readonly counters: readonly Counters[];
  readonly guide: Guide;
  /** Programs that ran. */
  programs = 0;
  /** Operations that ran. */
  operations = 0;
  readonly #seed: number;
  readonly #first: number;
  readonly #step: number;

  /**
   * Programs of a seed: number `first`, and every `step`-th from there on. Throws an EnvironmentError when the module
   * is no checked engine.
   */
  constructor(module: WebAssembly.Module, seed: number, first = 0, step = 1) {
    this.machines = SHAPES.map((shape) => new CheckedMachine(module, shape));
    this.counters = this.machines.map(({ exports }) => new Counters(module, exports));
    for (const counters of this.counters) counters.settle();
    this.guide = new Guide(this.counters[0]?.sites.length ?? 0);
    this.#seed = seed;
    this.#first = first;
    this.#step = step;
  }

  /** The machine with room for everything. */
  get machine(): CheckedMachine {
    return this.machines[0] as CheckedMachine;
  }

  /** Forgets what ran besides the programs. */
  settle(): void {
    for (const counters of this.counters) counters.settle();
  }

  /** The sites that an operation runs behind some others; none where one of them breaks something. */
  sitesOf(before: readonly Operation[], operation: Operation): ReadonlySet<number> {
    const { machine } = this;
    const counters = this.counters[0] as Counters;
    const sites = new Set<number>();
    machine.restore();
    try {
      const living = new Set([0]);
      for (const [at, one] of [...before, operation].entries()) {
        if (at === before.length) counters.settle();
        if (isProcessOperation(one) && !living.has(one.process)) continue;
        const { result } = machine.run(one);
        if (one.kind === "fork" && result === 0) living.add(one.child);
        else if (one.kind === "exit") living.delete(one.process);
      }
      counters.settle((site) => sites.add(site));
    } catch (error) {
      machine.symptom(error);
      sites.clear();
    }
    return sites;
  }

  /**
   * Makes up the next program and runs it. `onBegin` is called before each operation, `onEnd` after it, and `onMade` when
   * the program has ended, if it ran counted code or nothing is counted.
   */
  next(
    onBegin?: (operation: Operation) => void,
    onEnd?: () => void,
    onMade?: (machine: number, operations: readonly Operation[], answers: readonly Answer[]) => void,
  ): Attempt {
    const dice = Dice.ofProgram(this.#seed, this.#first + this.programs * this.#step);
    const at = shapeOf(dice);
    const machine = this.machines[at] as CheckedMachine;
    const counters = this.counters[at] as Counters;
    const { guide } = this;
    const each = counters.declarations <= FEW;
    const model = dice.once(ALIKE) ? guide.model(dice) : undefined;
    const source =
      at === CROWD
        ? crowdProgram(dice)
        : model !== undefined
          ? likeProgram(dice, guide, model.operations)
          : dice.once(FAMILY)
            ? familyProgram(dice)
            : newProgram(dice, guide);
    let done = 0;
    let ran = !each;
    const onOperation = (operation: Operation): void => {
      if (each)
        counters.settle((site, runs) => {
          ran = true;
          guide.note(site, runs, kindOf(operation), done);
        });
      done++;
      onEnd?.();
    };
    const look = dice.once(OUT) ? "out" : "all";
    const outcome = runProgram(machine, source, onOperation, look, onBegin, (made, answers) => {
      if (ran || counters.sites.length === 0) onMade?.(at, made, answers);
    });
    if (each || this.programs % ROUND === 0) counters.settle((site, runs) => guide.note(site, runs));
    // A race that begins like a crowd would take longer than hundreds of others.
    guide.end(outcome.made, at !== CROWD);
    this.programs++;
    this.operations += outcome.operations.length;
    return { ...outcome, machine: at, ran };
  }
}

/** The machine of a lane's program, by its place in SHAPES. */
export function machineOf(
  { seed, lane, lanes }: { readonly seed: number; readonly lane: number; readonly lanes: number },
  program: number,
): ShapeNumber {
  return shapeOf(Dice.ofProgram(seed, lane + program * lanes));
}

/** The machine of a program: its first choice. */
function shapeOf(dice: Dice): ShapeNumber {
  if (dice.once(TIGHT)) return dice.pick(TIGHT_SHAPES);
  if (!dice.once(OTHER)) return 0;
  return dice.once(CROWDED) ? CROWD : dice.pick(OTHER_SHAPES);
}

/** A program from nothing. */
function newProgram(dice: Dice, guide: Guide): Source {
  let left = 2 + dice.below(MOST_OPERATIONS - 2);
  let generator: Generator | undefined;
  return (values) => {
    if (generator === undefined) {
      generator = new Generator(dice, values, guide.liking);
      return generator.begin();
    }
    const some = left > 0 ? generator.some() : [];
    left -= some.length;
    return some;
  };
}

/**
 * A program that does what another one did, with something new between, and something left out behind it: about as much,
 * so that programs stay short.
 */
function likeProgram(dice: Dice, guide: Guide, model: readonly Operation[]): Source {
  const from = dice.below(model.length + 1);
  const to = from + (dice.once(2) ? 0 : dice.below(2 * MOST_ADDED));
  const tail = dice.once(4) ? [] : model.slice(to);
  let left = 1 + dice.below(MOST_ADDED);
  let generator: Generator | undefined;
  let ended = false;
  return (values) => {
    if (generator === undefined) {
      generator = new Generator(dice, values, guide.liking);
      generator.goOn(model);
      return model.slice(0, from).length > 0 ? model.slice(0, from) : generator.begin();
    }
    if (left > 0) {
      const some = generator.some();
      left -= some.length;
      return some;
    }
    if (ended) return [];
    ended = true;
    return tail;
  };
}
