/** Ctrl-C and the other signals that ask a program to end. We print the results so far and clean up. */
import { type ExitCode, named, RmapError } from "../errors.js";
import type { Context } from "./context.js";

/** The signals, and the exit code of each: 128 and its number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const satisfies Partial<
  Record<NodeJS.Signals, ExitCode>
>;

/** Milliseconds in which further signals count as the first one: a parent process may pass on its own signal too. */
const SAME_SIGNAL = 500;

/** The work was interrupted. Exit code 130 for Ctrl-C, 143 and 129 for SIGTERM and SIGHUP. */
class Interrupted extends RmapError {
  static {
    named(Interrupted, "Interrupted");
  }

  /** `done` is how far the work was. */
  constructor(done: string, exitCode: ExitCode = 130) {
    super("EINTERRUPTED", done === "" ? "interrupted" : `interrupted: ${done}`, "", exitCode);
  }
}

/**
 * Runs a command's work. The first signal ends it, after the context has printed the results so far and cleaned up;
 * this then throws Interrupted. The second signal ends the program at once.
 */
export async function interruptible(context: Context, work: Promise<number>): Promise<number> {
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  let onSignal: (name: NodeJS.Signals) => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    let first: number | undefined;
    onSignal = (name) => {
      const code = SIGNALS[name as keyof typeof SIGNALS];
      if (first !== undefined) {
        if (performance.now() - first > SAME_SIGNAL) process.exit(code);
        return;
      }
      first = performance.now();
      context.interrupt().finally(() => reject(new Interrupted(context.done, code)));
    };
    for (const name of names) process.on(name, onSignal);
  });
  // After an interrupt the result of the work does not matter.
  work.catch(() => {});
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    for (const name of names) process.removeListener(name, onSignal);
  }
}
