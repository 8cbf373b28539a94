/** What the host and a CPU's worker say to each other. Everything else goes through the shared memory. */

/** To a worker, once: become a CPU. */
export interface StartMessage {
  readonly kind: "start";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
}

/** From a worker: it runs, it stopped because it was asked to, or it crashed. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "stopped" }
  | { readonly kind: "crashed"; readonly message: string };
