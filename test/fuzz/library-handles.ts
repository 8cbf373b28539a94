/** The handles that a sequence of calls has made. */
import type { Refusal } from "./library-refusal.js";

/** Takes anything: the point is to call it wrongly. */
type Method = (...args: readonly unknown[]) => unknown;
/** The methods that are called here by their names. */
type Named =
  | "batch"
  | "check"
  | "dispose"
  | "drop"
  | "exclusive"
  | "exit"
  | "file"
  | "fork"
  | "mmap"
  | "on"
  | "pin"
  | "read"
  | "run"
  | "spawn"
  | "unpin"
  | "write";
/** Anything of the library. */
export type Handle = { readonly [name: string]: Method | undefined } & {
  readonly [name in Named]?: Method;
} & {
  readonly cpus?: unknown;
};

export interface EngineHandle {
  readonly handle: Handle;
  readonly content: string;
  disposed: boolean;
}

export interface Owned {
  readonly handle: Handle;
  readonly owner: EngineHandle;
  gone: boolean;
}

/** Why an engine refuses calls; undefined when it does not. */
export function gone(engine: EngineHandle): Refusal {
  return engine.disposed ? "an engine that is disposed" : undefined;
}
