/** The built engines, for the tests that look at modules instead of running them. */

import { readFileSync } from "node:fs";

/** Names of the built engines, as in dist/. */
export const ENGINES = ["engine", "engine.checked", "engine.model"] as const;

/** The bytes of a built engine. */
export function engineBytes(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../dist/${name}.wasm`, import.meta.url)));
}

/** A shared memory of `pages` of 64 KiB that may grow to `maximum`. */
export function sharedMemory(pages: number, maximum = pages): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum, shared: true });
}

/** What a model build imports besides its hooks: nobody looks at its plain accesses here. */
export const PLAIN: Record<string, WebAssembly.ImportValue> = {
  load: (_place: number, at: number) => at,
  store: () => {},
  fill: () => {},
  copy: () => {},
  on: new WebAssembly.Global({ value: "i32", mutable: true }, 0),
};

/** Instantiates a module on a memory; what it imports besides does nothing and returns 0. */
export function link(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Instance {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = { env: { memory } };
  for (const entry of WebAssembly.Module.imports(module)) {
    if (entry.module === "plain") imports["plain"] = PLAIN;
    if (entry.kind !== "function" || entry.module === "plain") continue;
    imports[entry.module] = { ...imports[entry.module], [entry.name]: () => 0 };
  }
  return new WebAssembly.Instance(module, imports);
}
