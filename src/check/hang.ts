/** Finds out which program it was that never came back, and makes it shorter: each try is a thread that may hang too. */

import type { Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import { keepValid } from "../ops/valid.js";
import { parseRace } from "../scenario/race-file.js";
import { Diary } from "./diary.js";
import type { LaneFinding, MainlineFault } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import { LaneWorker } from "./lane-worker.js";
import { machineOf, SHAPES } from "./sequential.js";
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
  if (entry.at === "race") {
    const { explore, stress } = parseRace(entry.text, { file: "hang.race", name: "hang" });
    const message = "an order of this race does not come back: it loops without a shared access";
    return { found: finding("exploration", raceText(explore ?? stress, HANG, message), message) };
  }
  const operations = await retrace(task, entry.number, stuck);
  if (operations === undefined) return undefined;
  const at = machineOf(task, entry.number);
  const shape = SHAPES[at];
  const tries = new Tries(task.checked, at);
  const small = await shorter(operations, tries);
  tries.end();
  const last = small.at(-1);
  const message = `\`${last === undefined ? "the end" : printOperation(last)}\` does not come back`;
  const race = raceText(formOfProgram(small, shape, at !== 0), HANG, message);
  if (task.mainline !== undefined) {
    const mainline = new Tries(task.mainline.checked, at);
    const hangs = await mainline.hangs(small);
    mainline.end();
    if (hangs) return { mainline: { invariant: HANG, message, race } };
  }
  return { found: finding("programs", race, message) };
}

const HANG = "HANG";

function finding(by: LaneFinding["by"], race: string, message: string): LaneFinding {
  return { by, invariant: HANG, message, race, replay: null, places: [], events: [], known: null };
}

/** The operations of the program that hung, the last of which does. Undefined: it came back this time. */
async function retrace(
  task: LaneTask,
  program: number,
  stuck: number,
): Promise<readonly Operation[] | undefined> {
  const operations: Operation[] = [];
  const thread = new LaneWorker(stuck);
  const last = await thread.ask({ kind: "retrace", task, program }, (sign) => {
    if (sign.kind === "operation") operations.push(sign.operation);
  });
  await thread.end();
  return last === undefined && operations.length > 0 ? operations : undefined;
}

/** Programs in a thread; one that hangs costs the thread. */
class Tries {
  readonly #module: WebAssembly.Module;
  readonly #machine: 0 | 1;
  #thread: LaneWorker | undefined;

  constructor(module: WebAssembly.Module, machine: 0 | 1) {
    this.#module = module;
    this.#machine = machine;
  }

  async hangs(operations: readonly Operation[]): Promise<boolean> {
    const [module, machine] = [this.#module, this.#machine];
    if (this.#thread === undefined) {
      this.#thread = new LaneWorker(LONG);
      await this.#thread.ask({ kind: "try", module, machine, operations: [] });
    }
    const ran = await this.#thread.ask({ kind: "try", module, machine, operations }, undefined, SHORT);
    if (ran === undefined) this.end();
    return ran === undefined;
  }

  end(): void {
    this.#thread?.end();
    this.#thread = undefined;
  }
}

/** Leaves out what is not needed, the largest pieces first. */
async function shorter(operations: readonly Operation[], tries: Tries): Promise<readonly Operation[]> {
  let best = operations;
  let [hangs, left] = [MOST_HANGS, MOST_TRIES];
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let from = best.length - 1 - size; from >= 0 && hangs > 0 && left-- > 0; from -= size) {
      const candidate = keepValid([...best.slice(0, from), ...best.slice(from + size)]);
      if (!(await tries.hangs(candidate))) continue;
      hangs--;
      best = candidate;
      from = Math.min(from, best.length - 1);
    }
  }
  return best;
}
