/** The names of a module's functions, from its name section. */

import { readLeb } from "./section.js";

/** The subsection with the functions' names. */
const FUNCTIONS = 1;

/** Names by the functions' indices, imported functions first; empty for a module without names. */
export function functionNames(module: WebAssembly.Module): Map<number, string> {
  const names = new Map<number, string>();
  const [contents] = WebAssembly.Module.customSections(module, "name");
  const bytes = new Uint8Array(contents ?? []);
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const [size, start] = readLeb(bytes, at + 1);
    if (bytes[at] === FUNCTIONS) {
      let [count, next] = readLeb(bytes, start);
      for (; count > 0; count--) {
        const [index, named] = readLeb(bytes, next);
        const [length, text] = readLeb(bytes, named);
        next = text + length;
        names.set(index, decoder.decode(bytes.subarray(text, next)));
      }
    }
    at = start + size;
  }
  return names;
}
