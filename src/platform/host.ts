/** The host: Node or a browser. We get Node's own modules without an import, so that bundlers for browsers see none. */

type NodeModules = {
  "node:net": typeof import("node:net");
  "node:stream": typeof import("node:stream");
  "node:tty": typeof import("node:tty");
  "node:util": typeof import("node:util");
  "node:zlib": typeof import("node:zlib");
  "node:fs": typeof import("node:fs");
  "node:worker_threads": typeof import("node:worker_threads");
  "node:fs/promises": typeof import("node:fs/promises");
  "node:os": typeof import("node:os");
};

/** True under Node (and what behaves like it). */
export const isNode: boolean = typeof process !== "undefined" && process.versions?.node !== undefined;

/** One of Node's own modules; call it only when `isNode`. */
export function builtin<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  return process.getBuiltinModule(name) as NodeModules[Name];
}

/** Resolves after some milliseconds. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
