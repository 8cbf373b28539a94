/** One worker thread, the same for Node's worker_threads and a browser's Worker. */
import { EnvironmentError } from "../errors.js";
import { isNode } from "../platform/host.js";
import { nodeWorker, webWorker } from "../threads.js";
import type { StartMessage, TrialMessage, WorkerMessage } from "./messages.js";

/** Events of a worker thread. `onEnd` comes once, with the text of the error that ended the thread, if any. */
export interface ThreadEvents {
  readonly onMessage: (message: WorkerMessage) => void;
  readonly onEnd: (error: string | undefined) => void;
}

/** A running worker thread. An idle one does not keep the program alive. */
export interface Thread {
  post(message: StartMessage | TrialMessage): void;
  terminate(): Promise<void>;
}

/** Makes a worker thread. Pass your own when your bundler moves the worker's file. */
export type ThreadFactory = (name: string, events: ThreadEvents) => Thread;

/** The worker's script, where a bundle brings it along: see inline.ts. */
let inlined: string | undefined;

/** Starts workers from this script instead of from the package's file. */
export function inlineWorker(script: string): void {
  inlined = script;
}

/** The thread factory of this platform. Throws EnvironmentError when there are no worker threads. */
export const spawnThread: ThreadFactory = (name, events) =>
  isNode ? spawnNodeThread(name, events) : spawnWebThread(name, events);

function spawnNodeThread(name: string, events: ThreadEvents): Thread {
  const worker = nodeWorker(name, inlined);
  let error: string | undefined;
  worker.on("message", events.onMessage);
  worker.on("error", (thrown) => {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  });
  worker.on("exit", () => events.onEnd(error));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function spawnWebThread(name: string, events: ThreadEvents): Thread {
  if (typeof Worker === "undefined") throw new EnvironmentError("there are no worker threads here");
  const worker = webWorker(name, inlined);
  let ended = false;
  const end = (error: string | undefined) => {
    if (ended) return;
    ended = true;
    events.onEnd(error);
  };
  worker.addEventListener("message", (event: MessageEvent<WorkerMessage>) => {
    events.onMessage(event.data);
    // A browser does not report that a worker closes itself. The worker's last message does.
    if (event.data.kind === "stopped") end(undefined);
  });
  worker.addEventListener("error", (event) => end(event.message || "cannot load the worker's script"));
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      worker.terminate();
      end(undefined);
    },
  };
}
