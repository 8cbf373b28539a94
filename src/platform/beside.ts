/** The package's files beside its modules: what can be found only by a module that knows where it lies itself. */
import { EnvironmentError } from "../errors.js";
import { isNode } from "./host.js";

/**
 * What `find` returns: a URL beside its module, or what starts from one. A bundle in CommonJS does not know where it lies.
 * There it throws EnvironmentError instead of "Invalid URL".
 */
export function beside<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    // The module of `find` and this one are in the same bundle.
    if (import.meta.url !== undefined) throw error;
    throw new EnvironmentError(
      "this bundle does not know where it lies, so it does not find the package's files: it has no import.meta.url",
      'bundle it as ESM, import "rmap-engine/inline", or pass wasmUrl, wasmBytes or module, and threads for worker CPUs',
    );
  }
}

/** What to do when the script of a worker does not run: `file` is its name in dist/. */
export function missingScript(file: string): string {
  const copy = `in a bundle, copy dist/${file} beside it (docs/embedding.md)`;
  if (isNode) return copy;
  return `${copy}; serve it with the headers of the page; allow it in the content security policy (worker-src)`;
}
