/**
 * The package's own engines, as files beside this one. They are written as bundlers look for them, `new URL` with a literal
 * name, and only a file at the top of dist/ names them: so a bundle finds them beside itself, once you have copied them there.
 */
import { beside } from "./platform/beside.js";

/** The engine that is fast. */
export function releaseUrl(): URL {
  return beside(() => new URL("./engine.wasm", import.meta.url));
}

/** The engine with lock-order checks, poison and invariant checks. */
export function checkedUrl(): URL {
  return beside(() => new URL("./engine.checked.wasm", import.meta.url));
}
