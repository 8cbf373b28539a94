/** The messages between the host and a CPU's worker. Everything else goes through the shared memory. */
import type { MachineSize } from "./machine-size.js";

/** To a worker, once: become a CPU. */
export interface StartMessage {
  readonly kind: "start";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
}

/**
 * To a worker, instead of the first: boot a machine of this module and this size, and answer that it is ready or how
 * it failed.
 */
export interface TrialMessage {
  readonly kind: "trial";
  readonly module: WebAssembly.Module;
  readonly size: MachineSize;
}

/**
 * From a worker: its thread runs, it is a CPU, it stopped on request, or it crashed. At its end it tells how often each
 * counter of its module ran: see wasm/counts.ts.
 */
export type WorkerMessage =
  | { readonly kind: "alive" }
  | { readonly kind: "ready" }
  | { readonly kind: "stopped"; readonly counts?: readonly number[] }
  | { readonly kind: "crashed"; readonly message: string; readonly counts?: readonly number[] };
