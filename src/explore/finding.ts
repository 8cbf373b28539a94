/** What an execution shows when something is wrong. */

import { crashError, describePosition } from "../cpu/panic.js";
import { EngineCrashError } from "../errors.js";
import type { Machine } from "./machine.js";

/**
 * panic: an invariant is broken. trap: the engine does what it must not (an access out of bounds). deadlock: everybody
 * waits. bound: more steps than allowed, so perhaps without end. result: an operation answered wrongly.
 */
export type FindingKind = "panic" | "trap" | "deadlock" | "bound" | "result";

export interface Finding {
  readonly kind: FindingKind;
  /** Name of the broken invariant, as the layout has it without PANIC_ (`I7`, `TREE`); panics only. */
  readonly invariant?: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** What each CPU was doing, one line a CPU. */
  readonly positions: readonly string[];
  /** The decisions that lead here: a ReplayOracle runs them again. */
  readonly schedule: string;
}

/** A finding without the way that led to it. */
export type Symptom = Omit<Finding, "positions" | "schedule">;

/** What an error thrown out of the engine means. Throws it again when it is not the engine's. */
export function symptomOf(machine: Machine, error: unknown, cpu: number): Symptom {
  if (error instanceof EngineCrashError) return { kind: "deadlock", message: error.message };
  if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  const { control, layout } = machine;
  const panicked = control.panicked;
  if (!panicked) control.stopForCrash(cpu);
  const message = crashError(control, error.message).message;
  if (!panicked) return { kind: "trap", message };
  const invariant = layout.nameOf("PANIC_", control.get("panicCode"));
  return invariant === undefined ? { kind: "panic", message } : { kind: "panic", invariant, message };
}

/** Where every CPU stands: its operation, and the access that it would make next. */
export function positionsOf(machine: Machine): string[] {
  return machine.fibers.map(({ cpu, state, access }) => {
    const position = `CPU ${cpu}: ${describePosition(machine.control, cpu)}`;
    if (state === "new" || state === "done") return position;
    const where = machine.places[access.place] ?? `place ${access.place}`;
    return `${position}; at ${where}, ${access.hook.name} of 0x${access.at.toString(16)}`;
  });
}
