/** The finding of an execution: what went wrong. */

import { brokenInvariant, crashError, describePosition } from "../cpu/panic.js";
import { EngineCrashError } from "../errors.js";
import type { Machine } from "./machine.js";

/**
 * panic: an invariant is broken. trap: the engine does something forbidden (an access out of bounds). deadlock: every
 * CPU waits. bound: more steps than allowed, so perhaps an endless loop. result: an operation gave a wrong result.
 */
type FindingKind = "panic" | "trap" | "deadlock" | "bound" | "result";

export interface Finding {
  readonly kind: FindingKind;
  /** `I1` to `I14` for a numbered invariant, otherwise the code. */
  readonly invariant: string;
  /** The panic's name (`TREE`), or DEADLOCK, BOUND, RESULT or RACE. */
  readonly code: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** What each CPU was doing, one line for each. */
  readonly positions: readonly string[];
  /** By decision: the CPU that made the step. */
  readonly decisions: readonly number[];
  /** What the memory model left open: the answers in order. */
  readonly choices: readonly number[];
}

/** A finding without what leads to it. */
export type Symptom = Omit<Finding, "positions" | "decisions" | "choices">;

/** The finding for an error that the engine threw. Rethrows any other error. */
export function symptomOf(machine: Machine, error: unknown, cpu: number): Symptom {
  if (error instanceof EngineCrashError) return { kind: "deadlock", ...DEADLOCK, message: error.message };
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  const { control } = machine;
  const panicked = control.panicked;
  machine.noteCrash();
  if (!panicked) control.stopForCrash(cpu);
  const message = crashError(control, error.message).message;
  return { kind: panicked ? "panic" : "trap", ...brokenInvariant(control), message };
}

/** What a deadlock breaks: somebody waits for ever. */
const DEADLOCK = { invariant: "I14", code: "DEADLOCK" } as const;

/** The position of every CPU: its operation and its next access. */
export function positionsOf(machine: Machine): string[] {
  return machine.fibers.map(({ cpu, state, access }) => {
    const position = `CPU ${cpu}: ${describePosition(machine.control, cpu)}`;
    if (state === "new" || state === "done") return position;
    const where = machine.places[access.place] ?? `place ${access.place}`;
    return `${position}; at ${where}, ${access.hook.name} of 0x${access.at.toString(16)}`;
  });
}

/** The finding when no CPU can go on; `spinning`: those that repeat themselves, as bits. */
export function stuckSymptom(spinning: number): Symptom {
  const why = spinning === 0 ? "waits" : "waits or repeats itself without end";
  return {
    kind: "deadlock",
    ...DEADLOCK,
    message: `every CPU ${why}, and none can change anything`,
  };
}

/** The finding when an execution has made more steps than it may. */
export function boundSymptom(maxSteps: number): Symptom {
  return { kind: "bound", ...named("BOUND"), message: `the execution did not end within ${maxSteps} steps` };
}

/** The finding when an operation gave a wrong result. */
export function resultSymptom(message: string): Symptom {
  return { kind: "result", ...named("RESULT"), message };
}

/** A finding that is no panic. */
function named(code: string): { readonly invariant: string; readonly code: string } {
  return { invariant: code, code };
}
