/** Looks for what is wrong with an engine's answer to a script, and for the shortest script that shows it. */
import type { Engine } from "../../dist/index.js";
import { minimise } from "../../src/ops/minimise.js";
import type { Operation } from "../../src/ops/operation.js";
import { printScript } from "../../src/ops/print.js";
import { BUILDS, createEngine, EngineMachine } from "../support/engines.js";
import { firstDifference } from "./compare.js";

/** Engines of both builds, replaced when one of them broke. */
export class Examiner {
  #engines: readonly Engine[] | undefined;

  /** What both builds do wrong with a script, told with the shortest script that shows it; null when all agree. */
  async examine(ops: readonly Operation[]): Promise<string | null> {
    const found = await this.#problem(ops);
    if (found === null) return null;
    const short = await this.#shorten(ops);
    return `${(await this.#problem(short)) ?? found}\n\n${printScript(short)}`;
  }

  async close(): Promise<void> {
    await Promise.all((this.#engines ?? []).map((engine) => engine.dispose()));
    this.#engines = undefined;
  }

  async #problem(ops: readonly Operation[]): Promise<string | null> {
    this.#engines ??= await Promise.all(BUILDS.map((build) => createEngine(build)));
    const found = problem(this.#engines, ops);
    // Whatever went wrong, nothing that was left behind may disturb the next script.
    if (found !== null) await this.close();
    return found;
  }

  /**
   * The search for the shortest script takes no promise, and only a promise gives a new engine: so
   * every answer is kept, and the search starts over whenever it meets a script that has none yet.
   */
  async #shorten(ops: readonly Operation[]): Promise<Operation[]> {
    const known = new Map<string, boolean>();
    for (;;) {
      let open: readonly Operation[] | undefined;
      const short = minimise(ops, (candidate) => {
        if (!heapIsSet(candidate)) return false;
        const fails = known.get(printScript(candidate));
        if (fails === undefined) open ??= candidate;
        return open === undefined && fails === true;
      });
      if (open === undefined) return short;
      known.set(printScript(open), (await this.#problem(open)) !== null);
    }
  }
}

/** Whether the heap's start stands before its first use: no real process is without it. */
function heapIsSet(ops: readonly Operation[]): boolean {
  const brk = ops.findIndex(({ kind }) => kind === "brk");
  return brk < 0 || ops.slice(0, brk).some(({ kind }) => kind === "heap");
}

function problem(engines: readonly Engine[], ops: readonly Operation[]): string | null {
  try {
    const machines = engines.map((engine, i) => ({
      name: BUILDS[i] ?? "",
      machine: new EngineMachine(engine),
    }));
    const found = firstDifference(machines, ops);
    if (found === null) for (const { machine } of machines) machine.close();
    return found;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
