/**
 * Mutants: folders in `fixtures/`, each with the engine's text of one mistake. A race whose explore form finds no
 * protocol of history has one here, which that form finds in the same bounds: so the form can find something.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileInThread } from "../../../dist/build/index.js";
import { exploreRow, type RowReport } from "../../../dist/explore/row.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import { CACHE, modelEngine, monitorModule } from "../modules.js";

/** Preemptions of a search, as `rmap explore` has them by default. */
const PREEMPTIONS = 2;

/** By race: the folder of the mutant that its explore form finds. */
export const MUTANTS: Readonly<Record<string, string>> = {
  "drop-fork": "fork-without-flush",
  "drop-free": "advice-without-table-lock",
  "drop-mprotect": "drop-without-mmap-lock",
  "drop-mremap": "drop-without-mmap-lock",
  "drop-munmap": "drop-without-mmap-lock",
  "drop-reclaim": "drop-beside-pending",
  "family-churn": "copy-without-second-look",
  "ksm-locked": "merge-without-page-lock",
  "locked-mapping": "takeover-without-page-lock",
  "missing-gone": "wake-only-when-supplied",
  "missing-page": "look-without-table-lock",
  "munlock-putback": "munlock-without-list-lock",
  "stack-growth": "growth-without-vma-lock",
  // What the variants get wrong there shows only on a machine whose CPUs see stores in different orders.
  "store-order": "made-by-plain-stores",
};

/** What was found, and how many executions it took; `clean`: executions of the engine as it is until nothing is left. */
export interface Confirmed {
  readonly mutant: string;
  readonly invariant: string;
  readonly executions: number;
  readonly clean: number;
}

/** By race: what the campaign found the last time that its results were kept. */
export const CONFIRMED_FILE = fileURLToPath(new URL("confirmed.json", import.meta.url));

/** Reads it. */
export function confirmed(): Readonly<Record<string, Confirmed>> {
  return JSON.parse(readFileSync(CONFIRMED_FILE, "utf8")) as Record<string, Confirmed>;
}

/** The engine with a mutant's text, compiled in about 15 s of processor time, or from the cache. */
async function mutantEngine(mutant: string): Promise<WebAssembly.Module> {
  const folder = fileURLToPath(new URL(`fixtures/${mutant}`, import.meta.url));
  const { wasm } = await compileInThread({ target: "model", overlays: [folder] }, { cache: CACHE });
  return WebAssembly.compile(new Uint8Array(wasm));
}

/** Explores a race's form in a mutant, or in the engine as it is. */
export async function exploreForm(race: string, mutant?: string): Promise<RowReport> {
  const scenario = (await loadScenarios()).find(({ name }) => name === race);
  if (scenario?.explore === undefined)
    throw new Error(`there is no race ${race} with a form for exploration`);
  const module = mutant === undefined ? modelEngine() : await mutantEngine(mutant);
  const settings = { strategy: "bounded", preemptions: PREEMPTIONS, seed: 1 } as const;
  return exploreRow({ scenario, module, monitor: monitorModule(), settings });
}
