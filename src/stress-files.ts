/** The files of `rmap stress`, beside this one: see files.ts. */
import { beside } from "./platform/beside.js";

/** The checked engine with widened windows. */
export function stressUrl(): URL {
  return beside(() => new URL("./engine.stress.wasm", import.meta.url));
}
