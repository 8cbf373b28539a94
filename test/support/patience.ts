/**
 * Watchdogs of tests. A test's bounds count operations, rounds or events, never time: other programs may have the machine.
 * What is here only ends what would never end, and says what it waited for.
 */
import type { ChildProcess } from "node:child_process";

/** Milliseconds after which whatever a test waits for is called hung: hundreds of times what it takes on an idle machine. */
export const PATIENCE = 20 * 60_000;

/** Waits until something holds. Throws when it never does; `seen` tells what is there instead. */
export async function until(
  what: string,
  holds: () => boolean,
  seen: () => unknown = () => "",
): Promise<void> {
  for (const start = performance.now(); !holds(); ) {
    if (performance.now() - start > PATIENCE)
      throw new Error(`waited ${PATIENCE / 1000} s for ${what}; ${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Gathers what a program prints. Rejects when it cannot be started, or does not end: then it is killed. */
export function ended(child: ChildProcess, what: string): Promise<Ended> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const printed = () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
  child.stdout?.on("data", (chunk) => out.push(chunk));
  child.stderr?.on("data", (chunk) => err.push(chunk));
  child.stdin?.on("error", () => {});
  return new Promise((resolve, reject) => {
    const watchdog = setTimeout(() => {
      child.kill("SIGKILL");
      const { stdout, stderr } = printed();
      reject(
        new Error(
          `${what} did not end within ${PATIENCE / 1000} s\nstdout: ${stdout.slice(-2000)}\nstderr: ${stderr.slice(-2000)}`,
        ),
      );
    }, PATIENCE);
    child.on("error", (error) => {
      clearTimeout(watchdog);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(watchdog);
      resolve({ code, ...printed() });
    });
  });
}
