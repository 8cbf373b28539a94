/** The finding of an execution: what went wrong. */

import { crashError, describePosition } from "../cpu/panic.js";
import { EngineCrashError } from "../errors.js";
import type { Machine } from "./machine.js";

/**
 * panic: an invariant is broken. trap: the engine does something forbidden (an access out of bounds). deadlock: every
 * CPU waits. bound: more steps than allowed, so perhaps an endless loop. result: an operation gave a wrong result.
 */
type FindingKind = "panic" | "trap" | "deadlock" | "bound" | "result";

export interface Finding {
  readonly kind: FindingKind;
  /** Name of the broken invariant: the layout's name without PANIC_ (`I7`, `TREE`). Only for panics. */
  readonly invariant?: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** What each CPU was doing, one line for each. */
  readonly positions: readonly string[];
  /** By decision: the CPU that made the step. */
  readonly decisions: readonly number[];
}

/** A finding without what leads to it. */
export type Symptom = Omit<Finding, "positions" | "decisions">;

/** The finding for an error that the engine threw. Rethrows any other error. */
export function symptomOf(machine: Machine, error: unknown, cpu: number): Symptom {
  if (error instanceof EngineCrashError) return { kind: "deadlock", message: error.message };
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  const { control, layout } = machine;
  const panicked = control.panicked;
  machine.noteCrash();
  if (!panicked) control.stopForCrash(cpu);
  const message = crashError(control, error.message).message;
  if (!panicked) return { kind: "trap", message };
  const invariant = layout.nameOf("PANIC_", control.get("panicCode"));
  return invariant === undefined ? { kind: "panic", message } : { kind: "panic", invariant, message };
}

/** The position of every CPU: its operation and its next access. */
export function positionsOf(machine: Machine): string[] {
  return machine.fibers.map(({ cpu, state, access }) => {
    const position = `CPU ${cpu}: ${describePosition(machine.control, cpu)}`;
    if (state === "new" || state === "done") return position;
    const where = machine.places[access.place] ?? `place ${access.place}`;
    return `${position}; at ${where}, ${access.hook.name} of 0x${access.at.toString(16)}`;
  });
}
