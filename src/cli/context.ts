/** What every command gets: how to talk, and how to clean up when it is interrupted. */
import { RmapError } from "../errors.js";
import { Progress } from "./progress.js";
import { type Paint, paintFor } from "./terminal.js";

/** Something that must be ended when the program is. */
export interface Disposable {
  dispose(): Promise<void>;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Ctrl-C. Exit code 130. */
export class Interrupted extends RmapError {
  /** `done` says how far the work was. */
  constructor(done: string) {
    super("EINTERRUPTED", done === "" ? "interrupted" : `interrupted: ${done}`, "", 130);
  }
}

/** State of one run of the command line. */
export class Context {
  /** Say nothing on stderr but errors. */
  readonly quiet: boolean;
  /** Print one JSON object instead of text. */
  readonly json: boolean;
  /** Colours for stdout. */
  readonly paint: Paint = paintFor(process.stdout);
  readonly progress: Progress;
  /** How far the work is, for who interrupts it; "" before it begins. */
  done = "";
  /** Writes the result that there is so far; for who interrupts work of many rows. */
  tellSoFar: () => Promise<void> = async () => {};
  readonly #cleanups = new Set<Disposable>();

  constructor(options: CommonOptions) {
    this.quiet = options.quiet === true;
    this.json = options.json === true;
    this.progress = new Progress(this.quiet);
  }

  /** Says something on stderr, unless quiet. */
  note(text: string): void {
    if (this.quiet) return;
    this.progress.clear();
    process.stderr.write(`${text}\n`);
  }

  /** Runs a command's work; a disposable it is given is disposed in the end, and at Ctrl-C. */
  async using<D extends Disposable, R>(disposable: D, work: (disposable: D) => Promise<R>): Promise<R> {
    this.#cleanups.add(disposable);
    try {
      return await work(disposable);
    } finally {
      this.#cleanups.delete(disposable);
      await disposable.dispose();
    }
  }

  /** Disposes everything that is in use. */
  async cleanUp(): Promise<void> {
    this.progress.clear();
    await Promise.allSettled([...this.#cleanups].map((disposable) => disposable.dispose()));
  }
}
