/** Reads how often the counted declarations and branches ran: see src/build/cover.ts. */

import { COUNTER, COVER_SECTION, type CoverSite } from "../build/cover.js";
import { readJsonSection } from "../wasm/section.js";

/** The counters of one instance. */
export class Counters {
  readonly sites: readonly CoverSite[];
  /** How often each ran before `settle` was called last. */
  readonly #before: Uint32Array;
  readonly #globals: readonly WebAssembly.Global[];

  /** `exports` are those of an instance of `module`. A module without counters has no sites. */
  constructor(module: WebAssembly.Module, exports: object) {
    this.sites = (readJsonSection(module, COVER_SECTION) ?? []) as readonly CoverSite[];
    const all = exports as Readonly<Record<string, WebAssembly.Global>>;
    this.#globals = this.sites.map((_, number) => all[`${COUNTER}${number}`] as WebAssembly.Global);
    this.#before = new Uint32Array(this.sites.length);
  }

  /** How often a site ran in all. */
  count(site: number): number {
    return (this.#globals[site]?.value as number) >>> 0;
  }

  /** Calls `onRun` for each site that ran since the last call, with how often. */
  settle(onRun?: (site: number, runs: number) => void): void {
    const before = this.#before;
    for (let site = 0; site < before.length; site++) {
      const now = (this.#globals[site] as WebAssembly.Global).value as number;
      const was = before[site] as number;
      if (now >>> 0 === was) continue;
      before[site] = now;
      onRun?.(site, ((now >>> 0) - was) >>> 0);
    }
  }
}
