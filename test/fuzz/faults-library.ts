/** Mended faults of the library's calls. */
import type { Fault } from "./fault.js";

export const LIBRARY_FAULTS: readonly Fault[] = [
  {
    name: "a handle of another engine is taken",
    kind: "library",
    seed: 1,
    within: 150,
    shows: /accepted .* another engine/,
    patches: [
      {
        file: "src/engine/handle.ts",
        search: "if (its === core) return;",
        replace: "if (its !== undefined) return;",
      },
    ],
  },
  {
    name: "an address inside of a word is rounded down",
    kind: "library",
    seed: 1,
    within: 150,
    shows: /another value is read afterwards|no multiple of 8/,
    patches: [
      {
        file: "src/engine/host-cpu.ts",
        search: "this.#exports.accessHere(slot, address, size, 1);",
        replace: "this.#exports.accessHere(slot, address - (address % 8), size, 1);",
      },
    ],
  },
  {
    name: "an option that there is not is taken",
    kind: "library",
    seed: 1,
    within: 60,
    shows: /accepted the option/,
    patches: [
      {
        file: "src/text/arguments.ts",
        search: "if ((names as readonly string[]).includes(name)) continue;",
        replace: "if (name.length < 99) continue;",
      },
    ],
  },
  {
    name: "a value of more than 64 bits is cut",
    kind: "library",
    seed: 1,
    within: 150,
    shows: /write: accepted the value/,
    patches: [
      {
        file: "src/text/arguments.ts",
        search: "value >= 0n && value <= MAX_WORD) return value;",
        replace: "value >= 0n) return BigInt.asUintN(64, value);",
      },
    ],
  },
  {
    name: "a value that is no number is a raw TypeError",
    kind: "library",
    seed: 1,
    within: 60,
    shows: /raw (TypeError|SyntaxError|RangeError)/,
    patches: [
      {
        file: "src/text/arguments.ts",
        search: 'const number = typeof value === "bigint" || typeof value === "number";',
        replace: 'if (typeof value !== "bigint") return BigInt(value as string);\n  const number = true;',
      },
    ],
  },
  {
    name: "an engine that is disposed answers",
    kind: "library",
    seed: 1,
    within: 150,
    shows: /accepted an engine that is disposed/,
    patches: [
      {
        file: "src/engine/host-cpu.ts",
        search: "if (this.#disposed) throw disposedError(what);",
        replace: 'if (this.#disposed && what === "a call") throw disposedError(what);',
      },
    ],
  },
];
