/** What every command gets: output, progress, and cleanup after an interrupt. */

import type { Paint } from "../text/paint.js";
import { Progress, type ProgressState } from "./progress.js";
import { paintFor } from "./terminal.js";

/** Something that must end when the program ends. */
export interface Disposable {
  dispose(): Promise<void>;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** What long work needs: to say how far it is, and to have its parts ended with it. */
export interface Work {
  /** `done`: how far the work is, in words. */
  tell(done: string, state: ProgressState): void;
  using<D extends Disposable, R>(disposable: D, work: (disposable: D) => Promise<R>): Promise<R>;
}

/** State of one run of the command line. */
export class Context implements Work {
  /** Say nothing on stderr but errors. */
  readonly quiet: boolean;
  /** Print one JSON object instead of text. */
  readonly json: boolean;
  /** Colours for stdout. */
  readonly paint: Paint = paintFor(process.stdout);
  readonly progress: Progress;
  /** How far the work is, for the message after an interrupt; "" before it begins. */
  done = "";
  /** Prints the results so far after an interrupt; called at most once. */
  tellSoFar: () => Promise<void> = async () => {};
  readonly #cleanups = new Set<Disposable>();

  constructor(options: CommonOptions) {
    this.quiet = options.quiet === true;
    this.json = options.json === true;
    this.progress = new Progress(this.quiet);
  }

  /** Prints a line on stderr, unless quiet. */
  note(text: string): void {
    if (this.quiet) return;
    this.progress.clear();
    process.stderr.write(`${text}\n`);
  }

  /** Shows how far the work is, and keeps it for the message after an interrupt. */
  tell(done: string, state: ProgressState): void {
    this.done = done;
    this.progress.update(state);
  }

  /** Runs work with a disposable, and disposes it at the end or at Ctrl-C. */
  async using<D extends Disposable, R>(disposable: D, work: (disposable: D) => Promise<R>): Promise<R> {
    this.#cleanups.add(disposable);
    try {
      return await work(disposable);
    } finally {
      this.#cleanups.delete(disposable);
      await disposable.dispose();
    }
  }

  /** After an interrupt: prints the results so far, and disposes everything in use. */
  async interrupt(): Promise<void> {
    this.progress.clear();
    await this.tellSoFar().catch(() => {});
    await Promise.allSettled([...this.#cleanups].map((disposable) => disposable.dispose()));
  }
}
