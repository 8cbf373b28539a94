/** What the host and a CPU's worker say to each other. Everything else goes through the shared memory. */
import type { MachineSize } from "./boot.js";

/** To a worker, once: become a CPU. */
export interface StartMessage {
  readonly kind: "start";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
}

/** To a worker, in place of the other: boot a machine of this module and this size, and say that it is ready, or how it failed. */
export interface TrialMessage {
  readonly kind: "trial";
  readonly module: WebAssembly.Module;
  readonly size: MachineSize;
}

/** From a worker: its thread runs, it is a CPU, it stopped because it was asked to, or it crashed. */
export type WorkerMessage =
  | { readonly kind: "alive" }
  | { readonly kind: "ready" }
  | { readonly kind: "stopped" }
  | { readonly kind: "crashed"; readonly message: string };
