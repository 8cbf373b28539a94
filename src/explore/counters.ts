/** Reads how often the counted declarations and branches ran: see src/build/cover.ts. */

import { COVER_SECTION, type CoverSite } from "../build/cover.js";
import { COUNTER } from "../wasm/counts.js";
import { readJsonSection } from "../wasm/section.js";

/** The counters of one instance. */
export class Counters {
  readonly sites: readonly CoverSite[];
  /** How often each ran before `settle` was called last. */
  readonly #before: Uint32Array;
  readonly #globals: readonly WebAssembly.Global[];
  readonly #groups: readonly Group[];

  /** `exports` are those of an instance of `module`. A module without counters has no sites. */
  constructor(module: WebAssembly.Module, exports: object) {
    this.sites = (readJsonSection(module, COVER_SECTION) ?? []) as readonly CoverSite[];
    this.#groups = groupsOf(this.sites);
    const all = exports as Readonly<Record<string, WebAssembly.Global>>;
    this.#globals = this.sites.map((_, number) => all[`${COUNTER}${number}`] as WebAssembly.Global);
    this.#before = new Uint32Array(this.sites.length);
  }

  /** How often a site ran in all. */
  count(site: number): number {
    return (this.#globals[site]?.value as number) >>> 0;
  }

  /** Declarations: each has an entry. */
  get declarations(): number {
    return this.#groups.length;
  }

  /** Calls `onRun` for each site that ran since the last call, with how often. Nothing may be under way. */
  settle(onRun?: (site: number, runs: number) => void): void {
    for (const { entry, end } of this.#groups) {
      // No branch runs unless its declaration was entered: one look for each declaration is enough, mostly.
      if (((this.#globals[entry] as WebAssembly.Global).value as number) >>> 0 === this.#before[entry])
        continue;
      for (let site = entry; site < end; site++) this.#settleOne(site, onRun);
    }
  }

  #settleOne(site: number, onRun?: (site: number, runs: number) => void): void {
    const now = this.count(site);
    const was = this.#before[site] as number;
    if (now === was) return;
    this.#before[site] = now;
    onRun?.(site, (now - was) >>> 0);
  }
}

/** Sites of one declaration: its entry, and the branches behind it up to `end`. */
interface Group {
  readonly entry: number;
  readonly end: number;
}

function groupsOf(sites: readonly CoverSite[]): Group[] {
  const entries = sites.flatMap(({ kind }, site) => (kind === "entry" ? [site] : []));
  return entries.map((entry, at) => ({ entry, end: entries[at + 1] ?? sites.length }));
}
