/**
 * Counts what an engine executes: the built module gets counters, in its text, at every locked instruction, every other
 * access of memory and every function's start. Unlike a clock this says the same on every machine, every time.
 */

import binaryen from "assemblyscript/binaryen";
import { LAYOUT_SECTION, readJsonSection } from "../../dist/build/index.js";
import { appendJsonSections } from "../../dist/wasm/section.js";

/** What is counted. */
export interface Counts {
  /** Read-modify-writes and atomic stores: on x86 each is a locked instruction. */
  readonly locked: number;
  /** Loads, plain and atomic. */
  readonly loads: number;
  /** Plain stores. */
  readonly stores: number;
  /** Functions entered. */
  readonly calls: number;
}

const KINDS = ["locked", "loads", "stores", "calls"] as const;

/** The features that the engine is built with. */
const FEATURES = [
  "Atomics",
  "BulkMemory",
  "BulkMemoryOpt",
  "MutableGlobals",
  "SignExt",
  "NontrappingFPToInt",
] as const;

const LOCKED = /^\((i32|i64)\.atomic\.rmw/;
const ATOMIC_STORE = /^\((?:i32|i64)\.atomic\.store/;
const LOAD = /^\((i32|i64)\.(?:atomic\.)?load/;
const STORE = /^\((?:i32|i64)\.store/;

/** The features together, as Binaryen takes them. */
function features(): binaryen.Features {
  let all: binaryen.Features = binaryen.Features.MVP;
  for (const name of FEATURES) all |= binaryen.Features[name];
  return all;
}

/** The module with its counters: exported globals `count.locked`, `count.loads`, `count.stores`, `count.calls`. */
export function withCounters(wasm: Uint8Array): Uint8Array {
  const plain = binaryen.readBinary(wasm);
  plain.setFeatures(features());
  const text = plain.emitText();
  plain.dispose();
  const counted = binaryen.parseText(instrument(text));
  counted.setFeatures(features());
  if (!counted.validate()) throw new Error("the module with counters is not valid");
  const bytes = counted.emitBinary();
  counted.dispose();
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  return appendJsonSections(bytes, { [LAYOUT_SECTION]: readJsonSection(module, LAYOUT_SECTION) });
}

/** What a counting engine has executed so far. */
export function readCounts(exports: Readonly<Record<string, unknown>>): Counts {
  const value = (kind: string) => Number((exports[`count.${kind}`] as WebAssembly.Global).value);
  return { locked: value("locked"), loads: value("loads"), stores: value("stores"), calls: value("calls") };
}

/** Binaryen's text has one instruction a line, and the parenthesis that ends one stands below the one that begins it. */
function instrument(text: string): string {
  const out: string[] = [];
  const closing: { indent: number; text: string }[] = [];
  let head = false;
  for (const line of text.split("\n")) {
    const indent = line.length - line.trimStart().length;
    const words = line.trimStart();
    if (/^\(func\b/.test(words)) head = true;
    else if (head && !words.startsWith("(local ")) {
      head = false;
      out.push("(call $count.calls)");
    }
    const [before, after] = wrapping(words);
    if (before !== undefined && after !== undefined) {
      if (balanced(words)) {
        out.push(`${before} ${line} ${after}`);
        continue;
      }
      out.push(before);
      closing.push({ indent, text: after });
    }
    out.push(line);
    const open = closing.at(-1);
    if (words === ")" && open?.indent === indent) {
      out.push(open.text);
      closing.pop();
    }
  }
  const end = out.lastIndexOf(")");
  out.splice(end, 0, ...helpers());
  return out.join("\n");
}

/** What stands before and after an instruction that is counted. */
function wrapping(words: string): [before?: string, after?: string] {
  const locked = LOCKED.exec(words);
  if (locked) return [`(call $count.locked.${locked[1]}`, ")"];
  if (ATOMIC_STORE.test(words)) return ["(block", "(call $count.locked))"];
  const load = LOAD.exec(words);
  if (load) return [`(call $count.loads.${load[1]}`, ")"];
  if (STORE.test(words)) return ["(block", "(call $count.stores))"];
  return [];
}

function balanced(words: string): boolean {
  return words.split("(").length === words.split(")").length;
}

/** Globals, and functions that count and hand a value on. */
function helpers(): string[] {
  return KINDS.flatMap((kind) => {
    const add = `(global.set $count.${kind} (i64.add (global.get $count.${kind}) (i64.const 1)))`;
    return [
      `(global $count.${kind} (mut i64) (i64.const 0))`,
      `(export "count.${kind}" (global $count.${kind}))`,
      `(func $count.${kind} ${add})`,
      ...["i32", "i64"].map(
        (type) => `(func $count.${kind}.${type} (param $0 ${type}) (result ${type}) ${add} (local.get $0))`,
      ),
    ];
  });
}
