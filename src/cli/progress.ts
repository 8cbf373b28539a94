/** One line of progress on stderr, on a terminal only. */
import { count, rate } from "../text/numbers.js";

/** The state of a long work, counted in `unit`. */
export interface ProgressState {
  readonly done: number;
  /** The total, when it is known. */
  readonly total?: number;
  readonly unit: string;
}

/** Milliseconds between two drawings. */
const INTERVAL = 100;

/** A line that redraws itself: rate, done, time left. Does nothing when stderr is not a terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #active: boolean;
  readonly #started = performance.now();
  #drawn = Number.NEGATIVE_INFINITY;
  #shown = false;
  /** The text to draw after the interval. */
  #pending: { readonly line: string; readonly timer: NodeJS.Timeout } | undefined;

  constructor(quiet: boolean, stream: NodeJS.WriteStream = process.stderr) {
    const { TERM } = process.env;
    this.#stream = stream;
    this.#active = !quiet && stream.isTTY === true && TERM !== "dumb";
  }

  /** Updates how far the work is. You may call it as often as you like. */
  update(state: ProgressState): void {
    if (!this.#active) return;
    this.#drawSoon(progressLine(state, (performance.now() - this.#started) / 1000, this.#width));
  }

  /** Shows the current step and how far it is, for work without a rate. Cuts `what` when the line is too long. */
  say(what: string, figures = ""): void {
    if (!this.#active) return;
    const room = this.#width - figures.length;
    this.#drawSoon(figures === "" || what.length <= room ? what + figures : cut(what, room) + figures);
  }

  /** Columns of the line. The last column of the terminal stays empty, so that the line does not wrap. */
  get #width(): number {
    return Math.max(1, (this.#stream.columns || 80) - 1);
  }

  /** Draws at once. Shortly after another drawing it draws the latest line a little later instead. */
  #drawSoon(line: string): void {
    const left = INTERVAL - (performance.now() - this.#drawn);
    if (this.#pending) this.#pending = { ...this.#pending, line };
    else if (left <= 0) this.#draw(line);
    else {
      const timer = setTimeout(() => this.#draw(this.#pending?.line ?? line), left);
      timer.unref();
      this.#pending = { line, timer };
    }
  }

  #draw(line: string): void {
    this.#pending = undefined;
    this.#drawn = performance.now();
    this.#shown = true;
    this.#stream.write(`\r\x1b[2K${line.slice(0, this.#width)}`);
  }

  /** Removes the line. */
  clear(): void {
    clearTimeout(this.#pending?.timer);
    this.#pending = undefined;
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }
}

/** The beginning of a text, up to `columns` columns. */
function cut(text: string, room: number): string {
  return room > 1 ? `${text.slice(0, room - 1)}…` : "";
}

/**
 * The line's text: `1,234,567 lines, 1.2 M/s, 45 %, 3 s left`; in few columns without the rate, or without the count
 * too.
 */
export function progressLine(
  state: ProgressState,
  seconds: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const { done, total, unit } = state;
  const perSecond = seconds > 0 ? done / seconds : 0;
  const parts = [`${count(done)} ${unit}`, rate(perSecond)];
  if (total !== undefined && total > 0) {
    parts.push(`${Math.floor((100 * done) / total)} %`);
    if (perSecond > 0 && done < total) parts.push(`${Math.ceil((total - done) / perSecond)} s left`);
  }
  const shorter = [parts, parts.toSpliced(1, 1), parts.slice(2)].map((some) => some.join(", "));
  return (
    shorter.find((line) => line !== "" && line.length <= width) ??
    shorter.findLast((line) => line !== "") ??
    ""
  );
}
