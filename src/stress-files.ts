/** The files of `rmap stress`, beside this one: see files.ts. */

/** The checked engine with widened windows. */
export function stressUrl(): URL {
  return new URL("./engine.stress.wasm", import.meta.url);
}
