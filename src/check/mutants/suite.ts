/** `rmap check --mutants`: finds the mutants, compiles them, judges each, and says what nobody has seen. */

import { readInput } from "../../build/engine.js";
import { loadMonitor } from "../../explore/monitor.js";
import { loadScenarios } from "../../scenario/catalogue.js";
import { loadKernelCases } from "../kernel-answers.js";
import { type CompiledMutants, compileMutants, Equality } from "./compile.js";
import { findMutants } from "./find.js";
import type { Judged, Question, Sight } from "./judge.js";
import { type JudgeTask, JudgeThread } from "./judge-thread.js";
import { type ChangedLines, linesOf, type Mutant } from "./mutant.js";

/** How to judge. */
export interface MutantOptions {
  /** Processor time for each mutant that nothing sees, without the kernel's answers. */
  readonly seconds: number;
  readonly seed: number;
  /** Threads. */
  readonly workers: number;
}

/**
 * seen: a part of the apparatus shows that it is wrong. survived: nothing does. equal: its optimised engine is the engine,
 * byte for byte. broken: it does not compile.
 */
export type MutantStatus = "seen" | "survived" | "equal" | "broken";

/** A mutant with its result, in its printed form. */
export interface MutantRow extends Omit<Judged, "seen"> {
  readonly name: string;
  readonly file: string;
  readonly declaration: string;
  readonly operator: string;
  readonly line: number;
  readonly change: readonly ChangedLines[];
  readonly status: MutantStatus;
  /** What has seen it; null: nothing. */
  readonly seen: Sight | null;
}

/** How far the suite is. */
export interface MutantProgress {
  readonly stage: "compiling" | "judging" | "comparing";
  readonly done: number;
  readonly of: number;
}

const NOTHING: Judged = { seen: null, runs: 0, programs: 0, races: 0, executions: 0, seconds: 0 };
/** The engine as it is gets so many times the seconds of a mutant. */
const CONTROL = 4;

/** All mutants of the engine's sources. */
export async function allMutants(): Promise<{ mutants: readonly Mutant[]; textOf(file: string): string }> {
  const { sources } = await readInput({ target: "release" });
  return { mutants: await findMutants(sources), textOf: (file) => sources.get(file)?.text ?? "" };
}

/** A run over some mutants. An interrupt disposes of it. */
export class MutantSuite {
  /** What is known so far, in the order in which it came. */
  readonly rows: MutantRow[] = [];
  /** What the engine as it is shows: then what a mutant shows proves nothing. */
  control: Sight | null = null;
  readonly #mutants: readonly Mutant[];
  readonly #options: MutantOptions;
  readonly #textOf: (file: string) => string;
  readonly #threads: JudgeThread[] = [];
  #disposed = false;

  constructor(mutants: readonly Mutant[], textOf: (file: string) => string, options: MutantOptions) {
    this.#mutants = mutants;
    this.#textOf = textOf;
    this.#options = options;
  }

  /** Judges all of them. `onRow` is called for each that is done; a survivor that turns out to be equal comes again. */
  async run(onProgress: (progress: MutantProgress) => void, onRow: (row: MutantRow) => void): Promise<void> {
    const compiled = await compileMutants(this.#mutants, (done, of) =>
      onProgress({ stage: "compiling", done, of }),
    );
    const put = (mutant: Mutant, judged: Judged, status: MutantStatus): void => {
      const row = this.#row(mutant, judged, status);
      const known = this.rows.findIndex(({ name }) => name === mutant.name);
      if (known < 0) this.rows.push(row);
      else this.rows[known] = row;
      onRow(row);
    };
    for (const [mutant, message] of compiled.broken)
      put(mutant, { ...NOTHING, seen: { by: "boot", invariant: "BUILD", message } }, "broken");
    const alive: { mutant: Mutant; judged: Judged }[] = [];
    await this.#judgeAll(compiled, (mutant, judged) => {
      put(mutant, judged, judged.seen === null ? "survived" : "seen");
      if (judged.seen === null) alive.push({ mutant, judged });
      onProgress({ stage: "judging", done: this.rows.length, of: this.#mutants.length });
    });
    const equality = new Equality();
    for (const [done, { mutant, judged }] of alive.entries()) {
      if (this.#disposed) return;
      onProgress({ stage: "comparing", done, of: alive.length });
      if (await equality.isSame(mutant)) put(mutant, judged, "equal");
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#threads.map((thread) => thread.dispose()));
  }

  async #judgeAll(
    { batches }: CompiledMutants,
    onJudged: (mutant: Mutant, judged: Judged) => void,
  ): Promise<void> {
    const { seconds, seed, workers } = this.#options;
    const task: JudgeTask = {
      ...{ batches, monitor: await loadMonitor(), answers: await loadKernelCases() },
      catalogue: (await loadScenarios()).filter(
        ({ explore, notOnMainline }) => explore !== undefined && notOnMainline === undefined,
      ),
    };
    const queue: { batch: number; question: Question; mutant?: Mutant }[] = batches.map((_, batch) => ({
      batch,
      question: { number: 0, file: "", declaration: "", seed, seconds: seconds * CONTROL },
    }));
    for (const [batch, { mutants }] of batches.entries())
      for (const { number, mutant } of mutants) {
        const { file, declaration } = mutant;
        queue.push({ batch, mutant, question: { number, file, declaration, seed, seconds } });
      }
    const lane = async (): Promise<void> => {
      const thread = new JudgeThread(task);
      this.#threads.push(thread);
      for (let next = queue.shift(); next !== undefined && !this.#disposed; next = queue.shift()) {
        const judged = await thread.judge(next.batch, next.question);
        if (next.mutant === undefined) this.control ??= judged.seen;
        else onJudged(next.mutant, judged);
      }
      await thread.dispose();
    };
    try {
      await Promise.all(Array.from({ length: Math.min(workers, queue.length) }, lane));
    } finally {
      await Promise.all(this.#threads.map((thread) => thread.dispose()));
    }
  }

  #row(mutant: Mutant, judged: Judged, status: MutantStatus): MutantRow {
    const { name, file, declaration, operator, line } = mutant;
    const change = linesOf(this.#textOf(file), mutant);
    return { name, file, declaration, operator, line, change, status, ...judged };
  }
}
