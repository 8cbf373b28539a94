/** Which pages of an address space changed: a handle for its tracking, and what a collection tells. */

import { UsageError } from "../errors.js";
import { DISPOSE } from "../platform/dispose.js";
import { flag, optionsOf } from "../text/arguments.js";
import type { Layout } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";
import { INSPECT, inLine, type MADE_HERE, mustBeMadeHere } from "./handle.js";

/** Options of `DirtyTracking.collect`. */
export interface CollectOptions {
  /** False: only look. The period goes on, and the next collection tells the same pages again. True by default. */
  readonly clear?: boolean;
}

/** The pages that changed in a period. */
export interface DirtyPages {
  /** How many pages. */
  readonly count: number;
  /**
   * Runs of pages, ascending: the address of the first byte of each, and of the byte behind it. Neighbouring runs are one,
   * unless it is longer than 4095 pages.
   */
  readonly ranges: Float64Array<ArrayBuffer>;
  /** The address of each page, ascending. */
  addresses(): Float64Array<ArrayBuffer>;
}

/** @internal Runs the engine's operation on the address space: from an address on, with DIRTY_*. Returns where it stopped. */
export type DirtyCall = (from: number, mode: DirtyMode, what: string) => number;

/** @internal The modes of OP_DIRTY. */
export type DirtyMode = "DIRTY_LOOK" | "DIRTY_COLLECT" | "DIRTY_BEGIN" | "DIRTY_END";

/** @internal Where the engine leaves the runs. */
export interface DirtyPlace {
  readonly view: MemoryView;
  readonly layout: Layout;
  /** Byte offset of the first run. */
  readonly at: number;
}

/**
 * The tracking of changes of one address space, from `trackDirty()` to `stop()`. A page counts as changed when its content
 * as this address space sees it may have changed: by a store, by a device through a pin for writing, or because
 * `madvise("dontneed")` dropped it. It costs the accesses nothing, except the first store to each page after a collection.
 */
export class DirtyTracking {
  readonly #call: DirtyCall;
  readonly #place: DirtyPlace;
  #runs = true;

  /** @internal Use `AddressSpace.trackDirty`. */
  constructor(key: typeof MADE_HERE, call: DirtyCall, place: DirtyPlace) {
    mustBeMadeHere(key, "DirtyTracking", "space.trackDirty()");
    this.#call = call;
    this.#place = place;
    call(0, "DIRTY_BEGIN", "trackDirty");
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    return inLine("DirtyTracking", { active: this.#runs });
  }

  /** False after `stop`. */
  get active(): boolean {
    return this.#runs;
  }

  /**
   * The pages that changed since the last collection, or since the tracking began. Begins the next period, unless `clear`
   * is false. A store that another CPU makes meanwhile is in this period or in the next one, and never in none.
   */
  collect(options?: CollectOptions): DirtyPages {
    const { clear } = optionsOf<CollectOptions>("collect", options, ["clear"]);
    const mode = flag("collect: clear", clear) === false ? "DIRTY_LOOK" : "DIRTY_COLLECT";
    if (!this.#runs) {
      throw new UsageError(
        "collect: the tracking has been stopped",
        "begin it again with space.trackDirty()",
      );
    }
    const { view, layout, at } = this.#place;
    const pageSize = layout.constant("PAGE_SIZE");
    const end = layout.constant("TASK_SIZE");
    const ranges: number[] = [];
    let count = 0;
    for (let from = 0; from < end; ) {
      from = this.#call(from, mode, "collect");
      for (let word = at; ; word += 8) {
        const run = view.number(word);
        if (run === 0) break;
        const pages = run % pageSize;
        count += pages;
        ranges.push(run - pages, run - pages + pages * pageSize);
      }
    }
    return new Changed(count, Float64Array.from(ranges), pageSize);
  }

  /** Ends the tracking. A second call does nothing. */
  stop(): void {
    if (!this.#runs) return;
    this.#call(0, "DIRTY_END", "stop");
    this.#runs = false;
  }

  /** As `stop`, also when the address space has ended or the engine is disposed: that has ended the tracking. */
  [DISPOSE](): void {
    try {
      this.stop();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#runs = false;
    }
  }
}

class Changed implements DirtyPages {
  readonly count: number;
  readonly ranges: Float64Array<ArrayBuffer>;
  readonly #pageSize: number;

  constructor(count: number, ranges: Float64Array<ArrayBuffer>, pageSize: number) {
    this.count = count;
    this.ranges = ranges;
    this.#pageSize = pageSize;
  }

  addresses(): Float64Array<ArrayBuffer> {
    const all = new Float64Array(this.count);
    let next = 0;
    for (let i = 0; i < this.ranges.length; i += 2) {
      const end = this.ranges[i + 1] as number;
      for (let at = this.ranges[i] as number; at < end; at += this.#pageSize) all[next++] = at;
    }
    return all;
  }
}
