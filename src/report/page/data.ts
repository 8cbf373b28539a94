/** What the script of a replay's page gets, as JSON in the page. */

/** A process in the page, by its place in the replay. */
export interface PageProcess {
  readonly id: number;
  /** Command and number: `redis-server/32248`. */
  readonly name: string;
  /** The most anonymous pages that it had. */
  readonly peak: number;
  /** Packed rows of its lane. */
  readonly lane: string;
}

/** One moment's pages. */
export interface PageMoment {
  /** What it is the most of: `most shared`. */
  readonly title: string;
  readonly seconds: number;
  /** Each address space: its name, and its mappings that have pages: start in pages, letters, path, number of pages. */
  readonly spaces: readonly {
    readonly name: string;
    readonly mappings: readonly (readonly [
      start: number,
      end: number,
      permissions: string,
      path: number,
      pages: number,
    ])[];
  }[];
  /** Paths of mappings, by number. */
  readonly paths: readonly string[];
  /** Packed pages: see packPages. */
  readonly pages: string;
}

/** The data of the page of a replay. */
export interface ReplayPageData {
  readonly seconds: number;
  readonly binSeconds: number;
  /** Those with a curve, the largest first. */
  readonly processes: readonly PageProcess[];
  /** The packed rows of all processes together, also of those without a curve of their own. */
  readonly all: string;
  /** Seconds, mapped pages, frames. */
  readonly sharing: readonly (readonly [number, number, number])[];
  /** Seconds, frames, scanned, reclaimed, swapped out, swapped in; empty where reclaim had nothing to do. */
  readonly pressure: readonly (readonly [number, number, number, number, number, number])[];
  readonly moments: readonly PageMoment[];
}

/** Counters of a row: anonymous, copy-on-write, file, zero page, from swap. */
export const KINDS = 5;
