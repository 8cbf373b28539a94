/** Finds out which program it was that never came back, and makes it shorter: each try is a thread that may hang too. */

import type { Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import { keepValid } from "../ops/valid.js";
import { parseRace } from "../scenario/race-file.js";
import { Diary } from "./diary.js";
import type { LaneFinding, MainlineFault } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import { type LaneMessage, type LaneQuestion, LaneWorker } from "./lane-worker.js";
import { machineOf, SHAPES, type ShapeNumber } from "./sequential.js";
import { formOfProgram, raceText } from "./told.js";

/** Milliseconds after which a short program hangs: it takes less than one. */
const SHORT = 400;
/** The same for a thread that begins: it compiles the module. */
const LONG = 20_000;
/** The most programs that may hang while one is made shorter, and that may run. */
const MOST_HANGS = 12;
const MOST_TRIES = 200;

/** What never came back. */
export type Hang =
  | { readonly found: LaneFinding }
  /** The engine without the folder hangs in it too. */
  | { readonly mainline: MainlineFault };

/**
 * Runs the task's programs again up to the one that hung, and returns it as a finding. `stuck`: milliseconds without a
 * sign of life after which it hangs again. Undefined: nobody knows what hung.
 */
export async function hangOf(task: LaneTask, stuck: number): Promise<Hang | undefined> {
  const entry = new Diary(task.diary).read();
  if (entry.at === "nothing") return undefined;
  // The engine without the folder comes to the end of each script.
  if (entry.at === "answer")
    return { found: finding("answers", null, `the script answers/${entry.name}.ops does not come back`) };
  if (entry.at === "race") {
    const { explore, stress } = parseRace(entry.text, { file: "hang.race", name: "hang" });
    const message = "an order of this race does not come back: it loops without a shared access";
    return { found: finding("exploration", raceText(explore ?? stress, HANG, message), message) };
  }
  const trace = await retrace(task, entry.number, stuck);
  if (trace === undefined) return undefined;
  const at = machineOf(task, entry.number);
  const shape = SHAPES[at];
  const tries = new Tries(task.checked, at);
  const { operations, inside } = await shorter(trace, tries);
  tries.end();
  const what = inside === undefined ? "the end of the processes" : `\`${printOperation(inside)}\``;
  const message = `${what} does not come back`;
  const race = raceText(formOfProgram(operations, shape, at !== 0), HANG, message);
  if (task.mainline !== undefined) {
    const mainline = new Tries(task.mainline.checked, at);
    const hangs = await mainline.hangs(operations);
    mainline.end();
    if (hangs !== undefined) return { mainline: { invariant: HANG, message, race } };
  }
  return { found: finding("programs", race, message) };
}

const HANG = "HANG";

function finding(by: LaneFinding["by"], race: string | null, message: string): LaneFinding {
  return { by, invariant: HANG, message, race, replay: null, places: [], events: [], known: null };
}

/** A program that hangs. */
interface Trace {
  /** As far as it came. */
  readonly operations: readonly Operation[];
  /** The operation that does not come back, the last one; undefined: what follows them does not. */
  readonly inside: Operation | undefined;
}

/** Asks, and returns what hangs; undefined: it came back. */
async function traceOf(
  thread: LaneWorker,
  question: LaneQuestion,
  stuck?: number,
): Promise<Trace | undefined> {
  const operations: Operation[] = [];
  let inside: Operation | undefined;
  const onSign = (sign: LaneMessage): void => {
    if (sign.kind === "came back") inside = undefined;
    if (sign.kind !== "operation") return;
    operations.push(sign.operation);
    inside = sign.operation;
  };
  const last = await thread.ask(question, onSign, stuck);
  return last === undefined && operations.length > 0 ? { operations, inside } : undefined;
}

/** The program that hung. Undefined: it came back this time. */
async function retrace(task: LaneTask, program: number, stuck: number): Promise<Trace | undefined> {
  const thread = new LaneWorker(stuck);
  const trace = await traceOf(thread, { kind: "retrace", task, program });
  await thread.end();
  return trace;
}

/** Programs in a thread; one that hangs costs the thread. */
class Tries {
  readonly #module: WebAssembly.Module;
  readonly #machine: ShapeNumber;
  #thread: LaneWorker | undefined;

  constructor(module: WebAssembly.Module, machine: ShapeNumber) {
    this.#module = module;
    this.#machine = machine;
  }

  /** Where a program hangs; undefined: it comes back. */
  async hangs(operations: readonly Operation[]): Promise<Trace | undefined> {
    const [module, machine] = [this.#module, this.#machine];
    if (this.#thread === undefined) {
      this.#thread = new LaneWorker(LONG);
      await this.#thread.ask({ kind: "try", module, machine, operations: [] });
    }
    const trace = await traceOf(this.#thread, { kind: "try", module, machine, operations }, SHORT);
    if (trace !== undefined) this.end();
    return trace;
  }

  end(): void {
    this.#thread?.end();
    this.#thread = undefined;
  }
}

/** Leaves out what is not needed, the largest pieces first. */
async function shorter(trace: Trace, tries: Tries): Promise<Trace> {
  let best = trace;
  let [hangs, left] = [MOST_HANGS, MOST_TRIES];
  for (let size = best.operations.length >> 1; size > 0; size >>= 1) {
    for (let from = best.operations.length - size; from >= 0 && hangs > 0 && left-- > 0; from -= size) {
      const { operations } = best;
      const candidate = keepValid([...operations.slice(0, from), ...operations.slice(from + size)]);
      const found = candidate.length < operations.length ? await tries.hangs(candidate) : undefined;
      if (found === undefined) continue;
      hangs--;
      best = found;
      from = Math.min(from, best.operations.length);
    }
  }
  return best;
}
