/**
 * The compiling thread that waits for more work. A warm compiler takes less than half of the processor time of a cold one. So a
 * thread that has compiled stays for a few seconds, unless you ask for longer. It keeps no process alive.
 */

import { CompilerThread } from "./thread.js";

/** Milliseconds until a thread without work ends and gives back its memory. */
let patience = 5000;

/** Sets the milliseconds that a thread waits for work, for a process that compiles now and then for a long time. */
export function keepThreadFor(milliseconds: number): void {
  patience = milliseconds;
}

let kept: CompilerThread | undefined;
let timer: NodeJS.Timeout | undefined;

/** A thread to compile in: the one that waits, or a new one. Call {@link giveBack} when you are done. */
export function takeThread(): CompilerThread {
  clearTimeout(timer);
  const thread = kept?.isUsable ? kept : new CompilerThread();
  kept = undefined;
  return thread;
}

/** Keeps a thread for the next caller, or ends it if another one waits already or if it cannot compile any more. */
export function giveBack(thread: CompilerThread): void {
  if (kept?.isUsable || !thread.isUsable) {
    thread.end();
    return;
  }
  kept = thread;
  clearTimeout(timer);
  timer = setTimeout(() => {
    kept?.end();
    kept = undefined;
  }, patience);
  timer.unref();
}
