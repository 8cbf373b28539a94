/**
 * Holds the engine against the running kernel: says where the two part, and finds the shortest script that
 * shows it.
 */
import { compareAnswers, type Disagreement, disagreementText, withDumps } from "../../dist/compare/index.js";
import type { Engine } from "../../dist/index.js";
import { answer } from "../../model/machine.js";
import { minimise } from "../../src/ops/minimise.js";
import type { Operation } from "../../src/ops/operation.js";
import { printOperation } from "../../src/ops/print.js";
import { type Build, createEngine, EngineMachine } from "../support/engines.js";
import type { Kernel } from "./live.js";

/** Most runs of both sides for one minimisation. */
const MAX_TESTS = 600;

/** A script that the two answer differently. */
export interface Finding {
  /** Where they part and what each has, in words. */
  readonly text: string;
  /** The shortest script that was found to show it. */
  readonly script: readonly Operation[];
}

/** What is wrong with an answer: where it parts from the kernel's, or that there is none. */
type Problem =
  | { readonly parted: Disagreement; readonly by: string }
  | { readonly crash: string; readonly at: number };

/** Both builds of the engine, replaced when one broke. */
export class Judge {
  readonly #kernel: Kernel;
  readonly #engines = new Map<Build, Engine>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**

   * Null when kernel and engine agree on every outcome and snapshot; the checked build checks itself at each

   * dump.

   */
  async compare(script: readonly Operation[], build: Build): Promise<Finding | null> {
    const engine = await this.#engine(build);
    const found = this.#problem(engine, build, script);
    if (!found) return null;
    const short = await this.#shorten(script, build);
    const told = this.#problem(await this.#engine(build), build, withEveryDump(short)) ?? found;
    return { text: textOf(told, short), script: short };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#engines.values()].map((engine) => engine.dispose()));
    this.#engines.clear();
  }

  async #engine(build: Build): Promise<Engine> {
    const known = this.#engines.get(build);
    if (known) return known;
    const engine = await createEngine(build);
    this.#engines.set(build, engine);
    return engine;
  }

  #problem(engine: Engine, build: Build, script: readonly Operation[]): Problem | null {
    const expected = this.#kernel.answer(script);
    const machine = new EngineMachine(engine);
    const dump = machine.dump.bind(machine);
    let at = 0;
    if (build === "engine.checked") {
      machine.dump = () => {
        const taken = dump();
        at = taken.at;
        machine.check();
        return taken;
      };
    }
    try {
      const found = answer(machine, script);
      machine.close();
      const parted = compareAnswers(expected, found);
      return parted && { parted, by: expected.by };
    } catch (error) {
      // Nothing that is left behind may disturb the next script.
      this.#engines.delete(build);
      return { crash: error instanceof Error ? error.message : String(error), at };
    }
  }

  /** Ends when no engine breaks any more: then the shortest script was found with one engine. */
  async #shorten(script: readonly Operation[], build: Build): Promise<readonly Operation[]> {
    let start = script.filter(({ kind }) => kind !== "dump");
    for (;;) {
      const engine = await this.#engine(build);
      let broke: readonly Operation[] | undefined;
      const short = minimise(
        start,
        (candidate) => {
          if (broke || !heapIsSet(candidate)) return false;
          const found = this.#problem(engine, build, withEveryDump(candidate));
          if (found && "crash" in found) broke = candidate;
          return found !== null;
        },
        { maxTests: MAX_TESTS },
      );
      if (!broke) return short;
      if (broke.length === start.length) return short;
      start = [...broke];
    }
  }
}

/** Whether the heap's start stands before its first use: no real process is without it. */
function heapIsSet(script: readonly Operation[]): boolean {
  const used = script.findIndex(({ kind }) => kind === "brk");
  return used < 0 || script.slice(0, used).some(({ kind }) => kind === "heap");
}

/** The script with a snapshot after every operation. */
function withEveryDump(script: readonly Operation[]): Operation[] {
  return withDumps(script, 1, script.length);
}

function textOf(problem: Problem, script: readonly Operation[]): string {
  if ("crash" in problem) {
    const operation = script[Math.max(0, problem.at - 1)];
    const what = operation ? printOperation(operation) : "none";
    return `after operation ${problem.at} (${what}) the engine broke: ${problem.crash}`;
  }
  const { parted, by } = problem;
  const operation = script[parted.at - 1] as Operation;
  return disagreementText("", by, "the engine", parted, { number: parted.at, operation, exact: true });
}
