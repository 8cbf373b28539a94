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
import { relaxed } from "./operators/order.js";

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

/** A mutant with the question about it. */
interface Asked {
  readonly mutant: Mutant;
  readonly question: Question;
}
/** One that nothing has seen so far. */
type Left = Asked & { readonly judged: Judged };

/** All mutants of the engine's sources. */
export async function allMutants(): Promise<{ mutants: readonly Mutant[]; textOf(file: string): string }> {
  const { sources } = await readInput({ target: "release" });
  return { mutants: await findMutants(sources), textOf: (file) => sources.get(file)?.text ?? "" };
}

/** A run over some mutants. An interrupt disposes of it. */
export class MutantSuite {
  /** What is known so far, in the order in which it came. Those that only the first part has judged are not among them. */
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

  /** Judges all of them. `onRow` is called for each that is done; for one that turns out to be equal once more. */
  async run(onProgress: (progress: MutantProgress) => void, onRow: (row: MutantRow) => void): Promise<void> {
    const put = (mutant: Mutant, judged: Judged, status: MutantStatus): void => {
      const row = this.#row(mutant, judged, status);
      const known = this.rows.findIndex(({ name }) => name === mutant.name);
      if (known < 0) this.rows.push(row);
      else this.rows[known] = row;
      onRow(row);
    };
    const task = {
      ...{ monitor: await loadMonitor(), answers: await loadKernelCases() },
      catalogue: (await loadScenarios()).filter(
        ({ explore, notOnMainline }) => explore !== undefined && notOnMainline === undefined,
      ),
    };
    const compiling = (done: number, of: number) => onProgress({ stage: "compiling", done, of });
    const numbered = this.#mutants.map((mutant, at) => ({ number: at + 1, mutant }));
    const checked = await compileMutants(numbered, "checked", compiling);
    for (const [mutant, message] of checked.broken)
      put(mutant, { ...NOTHING, seen: { by: "boot", invariant: "BUILD", message } }, "broken");
    const modules = { checked: checked.batches.map(({ wasm }) => wasm), model: [] as Uint8Array[] };
    const left: Left[] = [];
    await this.#judgeAll({ ...task, ...modules }, this.#questions(checked), (question, judged) => {
      if (judged.seen === null) left.push({ ...question, judged });
      else put(question.mutant, judged, "seen");
      onProgress({ stage: "judging", done: this.rows.length, of: this.#mutants.length });
    });
    if (left.length === 0 || this.#disposed) return;
    const numbers = left.map(({ mutant, question }) => ({ mutant, number: question.number }));
    const model = await compileMutants(numbers, "model", compiling);
    modules.model = model.batches.map(({ wasm }) => wasm);
    const second = this.#questions(model).map(({ mutant, question }) => {
      const first = left.find((one) => one.mutant === mutant);
      return {
        mutant,
        question: { ...question, checked: first?.question.checked ?? 0, model: question.checked },
      };
    });
    const unseen: { mutant: Mutant; judged: Judged }[] = [];
    await this.#judgeAll({ ...task, ...modules }, second, ({ mutant }, judged) => {
      if (judged.seen === null) unseen.push({ mutant, judged });
      put(mutant, judged, judged.seen === null ? "survived" : "seen");
      onProgress({ stage: "judging", done: this.rows.length, of: this.#mutants.length });
    });
    const equality = new Equality();
    for (const [done, { mutant, judged }] of unseen.entries()) {
      if (this.#disposed) return;
      onProgress({ stage: "comparing", done, of: unseen.length });
      if (await equality.isSame(mutant)) put(mutant, judged, "equal");
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#threads.map((thread) => thread.dispose()));
  }

  /** A question for each mutant of compiled schemas. */
  #questions({ batches }: CompiledMutants): Asked[] {
    const { seed, seconds } = this.#options;
    return batches.flatMap(({ mutants }, checked) =>
      mutants.map(({ number, mutant }) => {
        const { file, declaration, operator } = mutant;
        const isOrder = operator === relaxed.name;
        return { mutant, question: { checked, number, file, declaration, isOrder, seed, seconds } };
      }),
    );
  }

  async #judgeAll(
    task: JudgeTask,
    questions: readonly Asked[],
    onJudged: (asked: Asked, judged: Judged) => void,
  ): Promise<void> {
    const { seconds, workers } = this.#options;
    // First the engine as it is, in each of the schemas.
    const controls = new Map(
      questions.map(({ question }) => [`${question.checked} ${question.model}`, question]),
    );
    const queue: (Asked | { mutant: undefined; question: Question })[] = [
      ...[...controls.values()].map((question) => ({
        mutant: undefined,
        question: { ...question, number: 0, isOrder: false, seconds: seconds * CONTROL },
      })),
      ...questions,
    ];
    const lane = async (): Promise<void> => {
      const thread = new JudgeThread(task);
      this.#threads.push(thread);
      for (let next = queue.shift(); next !== undefined && !this.#disposed; next = queue.shift()) {
        const judged = await thread.judge(next.question);
        if (next.mutant === undefined) this.control ??= judged.seen;
        else onJudged(next, judged);
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
