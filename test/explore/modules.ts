/** Modelled engines for the tests: the built one, and variants compiled on the spot. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileInThread } from "../../dist/build/index.js";
import { cacheFolder } from "../../dist/platform/cache-folder.js";
import { count } from "../support/sample.js";

/** The one folder of compiled engines: vitest.config.ts sets it for all tests, and for what they start. */
export const CACHE = cacheFolder();

/** The seed of the random schedules: RMAP_SEED, or always the same. */
export const SEED = Number(process.env["RMAP_SEED"] ?? 20080908);

/** The monitor in dist/. */
export function monitorModule(): WebAssembly.Module {
  const file = new URL("../../dist/monitor.wasm", import.meta.url);
  return new WebAssembly.Module(new Uint8Array(readFileSync(file)));
}

/** Executions of each program. */
export const EXECUTIONS = count(300, 1000);

/** The model build in dist/. */
export function modelEngine(): WebAssembly.Module {
  const file = new URL("../../dist/engine.model.wasm", import.meta.url);
  return new WebAssembly.Module(new Uint8Array(readFileSync(file)));
}

/** The model build with a variant of `fixtures/` laid over it. */
export async function variantEngine(name: string): Promise<WebAssembly.Module> {
  const folder = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
  const { wasm } = await compileInThread({ target: "model", overlays: [folder] }, { cache: CACHE });
  return new WebAssembly.Module(new Uint8Array(wasm));
}
