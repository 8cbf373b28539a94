/** The worker thread of one CPU: starts it, and says what is wrong when a factory's thread is none. */
import { EnvironmentError, RmapError, UsageError } from "../errors.js";
import { show } from "../text/arguments.js";
import type { StartMessage, WorkerMessage } from "./messages.js";
import type { Thread, ThreadEvents, ThreadFactory } from "./thread.js";

/** Milliseconds that threads of your own factory have to end after `terminate`. */
const OTHER_END = 1000;

/**
 * Starts the thread of a CPU with its first message. `onThread` gets it before the message. Throws EnvironmentError when
 * it cannot start or takes no message, and UsageError when the factory returns something else.
 */
export function startCpuThread(
  spawn: ThreadFactory,
  message: StartMessage,
  events: ThreadEvents,
  onThread: (thread: Thread) => void,
): void {
  const { cpu } = message;
  let thread: Thread;
  try {
    thread = spawn(`rmap-cpu-${cpu}`, events);
  } catch (error) {
    if (error instanceof RmapError) throw error;
    throw new EnvironmentError(
      `the worker thread of CPU ${cpu} cannot be started: ${(error as Error).message}`,
    );
  }
  mustBeThread(thread);
  onThread(thread);
  try {
    thread.post(message);
  } catch (error) {
    throw new EnvironmentError(
      `the worker thread of CPU ${cpu} does not take a message: ${(error as Error).message}`,
      "its `post` must pass on its argument, as postMessage does",
    );
  }
}

/** Ends threads. A thread of a caller's factory may never report its end: resolves after a second then. */
export async function ended(threads: readonly Thread[]): Promise<void> {
  const all = Promise.allSettled(threads.map(async (thread) => thread.terminate()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, OTHER_END);
  });
  await Promise.race([all, late]);
  clearTimeout(timer);
}

/** The error of a thread that passes on something that no worker sends; undefined for a worker's message. */
export function wrongMessage(cpu: number, message: unknown): UsageError | undefined {
  if (KINDS.includes((message as WorkerMessage | undefined)?.kind)) return undefined;
  return new UsageError(
    `the thread of CPU ${cpu} passed on ${show(message)}, which is not a message of a worker`,
    "pass the data of the worker's messages to onMessage, not their events",
  );
}

const KINDS: readonly (string | undefined)[] = [
  "alive",
  "ready",
  "stopped",
  "crashed",
] satisfies WorkerMessage["kind"][];

/** Throws UsageError when a thread factory returns something that is not a thread. */
export function mustBeThread(thread: unknown): asserts thread is Thread {
  const { post, terminate } = (thread ?? {}) as Partial<Thread>;
  if (typeof post === "function" && typeof terminate === "function") return;
  throw new UsageError(
    `threads must return a thread with the functions post and terminate, not ${show(thread)}`,
    "return it at once, not as a promise",
  );
}
