/**
 * Work on an engine that is not the package's own, in a thread that we can end: its code may loop for ever, on the
 * thread that boots, checks and reads it too. This side listens for signs of life, and ends the thread when they stop.
 */
import { Worker } from "node:worker_threads";
import type { BenchResult } from "../bench/result.js";
import type { BenchOptions } from "../bench/suite.js";
import { EnvironmentError, WatchdogError } from "../errors.js";
import type { Answer } from "../ops/outcome.js";
import { Patience } from "../platform/patience.js";
import { type PlainError, revivedError } from "../platform/thread-error.js";
import type { Context } from "./context.js";
import type { ReplaySettings, RunReplay } from "./fresh-replay.js";
import type { RunTask } from "./fresh-run.js";
import { STDIN } from "./input.js";
import type { ProgressState } from "./progress.js";

/** The thread's work: plain data, and compiled modules. */
export type GuardedTask =
  | { readonly kind: "run"; readonly task: RunTask }
  | { readonly kind: "replay"; readonly settings: ReplaySettings }
  | { readonly kind: "bench"; readonly options: Omit<BenchOptions, "onStep" | "onRow" | "using"> };

/** The result of each kind. */
interface Results {
  readonly run: Answer;
  readonly replay: RunReplay;
  readonly bench: BenchResult;
}

/** The thread's messages. All of them are signs of life. */
export type GuardedMessage =
  | { readonly kind: "beat" }
  | { readonly kind: "tell"; readonly done: string; readonly state: ProgressState }
  | { readonly kind: "step"; readonly what: string }
  | { readonly kind: "row"; readonly soFar: BenchResult }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two signs of life. */
export const BEAT = 100;
/** Milliseconds of available processor time without one. The longest honest call checks all frames of a large engine. */
const STUCK = 10_000;

/** A variant's engine. */
export interface ForeignEngine {
  readonly name: string;
  readonly module: WebAssembly.Module;
}

/**
 * The engine that `--variant` names, for a target; undefined without it, and for mainline. Throws UsageError for an
 * unknown name, and what compiling throws.
 */
export async function foreignEngine(
  given: unknown,
  target: "release" | "checked",
  context: Context,
): Promise<ForeignEngine | undefined> {
  if (given === undefined) return undefined;
  // Only a variant needs the compiler: a command without one starts sooner.
  const [{ compiledVariant }, { loadVariant, MAINLINE }] = await Promise.all([
    import("../scenario/compile.js"),
    import("../scenario/variant.js"),
  ]);
  const variant = await loadVariant(String(given));
  if (variant === MAINLINE) return undefined;
  context.progress.say(`compiling ${variant.name}`);
  const module = await compiledVariant(variant, target);
  context.progress.clear();
  return { name: variant.name, module };
}

/** What a caller may want to hear of a benchmark. */
interface Listener {
  readonly onStep?: (what: string) => void;
  readonly onRow?: (soFar: BenchResult) => void;
}

/**
 * Does the work in a thread, and ends the thread afterwards, as an interrupt does too. Throws what the work throws, and
 * WatchdogError when the engine does not come back.
 */
export async function runGuarded<Task extends GuardedTask>(
  task: Task,
  context: Context,
  listener: Listener = {},
): Promise<Results[Task["kind"]]> {
  return context.using(new GuardedThread(task, context, listener), async ({ result }) => {
    // The thread of this kind sends this kind's result.
    return (await result) as Results[Task["kind"]];
  });
}

class GuardedThread {
  readonly result: Promise<unknown>;
  readonly #worker: Worker;
  readonly #patience = new Patience(STUCK);
  readonly #timer: NodeJS.Timeout;

  constructor(task: GuardedTask, context: Context, { onStep, onRow }: Listener) {
    const reads = task.kind === "replay" && task.settings.path === STDIN;
    this.#worker = new Worker(new URL("./guarded-entry.js", import.meta.url), {
      ...{ workerData: task, name: "rmap-guarded", execArgv: [], stdin: reads },
    });
    if (reads && this.#worker.stdin) process.stdin.pipe(this.#worker.stdin);
    let settle: { resolve(result: unknown): void; reject(error: unknown): void } | undefined;
    this.result = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    // An interrupt leaves it alone.
    this.result.catch(() => {});
    this.#worker.on("message", (message: GuardedMessage) => {
      this.#patience.renew();
      if (message.kind === "tell") context.tell(message.done, message.state);
      else if (message.kind === "step") onStep?.(message.what);
      else if (message.kind === "row") onRow?.(message.soFar);
      else if (message.kind === "result") settle?.resolve(message.result);
      else if (message.kind === "error") settle?.reject(revivedError(message.error));
    });
    this.#worker.on("error", (error) => settle?.reject(error));
    this.#worker.on("exit", () =>
      settle?.reject(new EnvironmentError("the thread of the variant's engine ended without a result")),
    );
    this.#timer = setInterval(() => {
      if (!this.#patience.isOver()) return;
      clearInterval(this.#timer);
      const what = `the variant's engine does not come back within ${STUCK / 1000} s`;
      settle?.reject(new WatchdogError(what, "look for a loop in the changed declarations"));
    }, BEAT);
  }

  /** Ends the thread, whatever it does, and its CPUs. */
  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker.terminate();
  }
}
