/**
 * Makes plain accesses visible: every load, store, copy and fill in the compiler's text becomes a call that tells the
 * host first, while the host asks for it (the global `plain.on` is not 0). This happens before anything is optimised. So each access has a line of the sources, none is merged or
 * moved, and what Asyncify adds later is not seen.
 *
 * The compiler's text has one instruction on a line, its operands on the lines below, and the position in the sources
 * above it, where that changes. So only heads of instructions change here:
 *
 *     ;;@ assembly/mem/pcp.ts:36:2
 *     (i32.store offset=4               (call $plain:i32.store (i32.const 17) (i32.const 4)
 *      (local.get $head)          =>     (local.get $head)
 *      (local.get $count)                (local.get $count)
 *     )                                 )
 *
 * The compiler makes a function of each field's accessor. Such a function gets the number as one more parameter: an
 * access belongs to the line that names the field.
 */

import { PLAIN_MODULE, packPlace, type SourcePlace } from "../wasm/plain.js";

/** Finds a position of the composed sources on disk: `assembly/rmap/prepare.ts:32`. */
export type Locate = (file: string, line: number, column: number) => string;

/** A text whose plain accesses tell the host, and the places of all accesses. */
export interface SeenText {
  readonly text: string;
  /** By number of a plain access, packed. */
  readonly plain: readonly string[];
  /** By number of a place: the uses of the global `build.place`, in the order of the text. */
  readonly lines: readonly string[];
}

/** The parts of a line of the text that matter here. */
const POSITION = /^\s*;;@ ?(?:(.+):(\d+):(\d+))?$/;
const FUNCTION = /^ \(func (\$"[^"]*"|\$[^\s()]+)/;
const INLINED = /^(\s*)\(block \$"?([^\s"]+)\|inlined\.\d+/;
const ACCESS =
  /^(\s*)\(((?:i32|i64|f32|f64)\.(?:load|store)(?:8|16|32)?(?:_[su])?)(?: offset=(\d+))?(?: align=\d+)?$/;
const BULK = /^(\s*)\((memory\.(?:copy|fill))$/;
const CALL = /^(\s*)\(call (\$"[^"]*"|\$[^\s()]+)/;
const PLACE = /\(global\.get \$"?[^\s"]*\/PLACE"?\)/;
const ACCESSOR = /\/([^/#]+)#[gs]et:([^\s"]+)"?$/;

/**
 * Files whose inlined functions stand for an access of the caller: the hooks, the fields of objects, entries, locks. The place
 * is the line that calls them.
 */
const TRANSPARENT = /^assembly\/(?:(?:arch|obj|sync)\/|pt\/pte\.ts)/;

/** A position in the composed sources. */
interface Spot {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const NOWHERE: Spot = { file: "", line: 0, column: 0 };

/** Follows the text line by line: where in the sources is the reader? */
class Reader {
  /** Calls of inlined functions around the current line, the innermost last, and where each is called. */
  #calls: { readonly indent: number; readonly at: Spot; readonly callee: string }[] = [];
  #function = "";
  #position = NOWHERE;

  /** Takes the next line. */
  read(line: string): void {
    const position = POSITION.exec(line);
    if (position !== null) {
      const [, file = "", row = "0", column = "0"] = position;
      this.#position = { file, line: Number(row), column: Number(column) };
      return;
    }
    const head = FUNCTION.exec(line)?.[1];
    if (head !== undefined) {
      this.#calls = [];
      this.#function = bare(head);
      this.#position = NOWHERE;
      return;
    }
    const indent = line.length - line.trimStart().length;
    // A line in the column of the inlined call, or further out, ends it.
    while ((this.#calls.at(-1)?.indent ?? -1) >= indent) this.#calls.pop();
    const callee = INLINED.exec(line)?.[2];
    if (callee !== undefined) this.#calls.push({ indent, at: this.#position, callee });
  }

  /** The innermost position that is not in a transparent file, or else the outermost one; and the function there. */
  spot(): Spot & { readonly name: string } {
    const calls = this.#calls.map(({ at }) => at).reverse();
    const spots = [this.#position, ...calls].filter(({ file }) => file !== "");
    const spot = spots.find(({ file }) => !TRANSPARENT.test(file)) ?? spots.at(-1) ?? NOWHERE;
    // The arguments of an inlined call stand inside of it, too, but belong to the caller.
    const inside = this.#calls.findLast(({ callee }) => fileOf(callee) === spot.file);
    return { ...spot, name: shortName(inside?.callee ?? this.#function) };
  }
}

/** A function's name without the text format's marks. */
function bare(name: string): string {
  return name.replace(/^\$?"?|"$/g, "");
}

/** The file of a function: `assembly/rmap/prepare.ts`. */
function fileOf(name: string): string {
  return `${name.replace(/<.*/, "").replace(/\/[^/]*$/, "")}.ts`;
}

/** The name of a function as its source has it: `anonVmaPrepareSlow`. */
function shortName(name: string): string {
  return (name.replace(/<.*/, "").split("/").at(-1) ?? name).replace(/\|.*/, "");
}

/** The accessors of fields: functions that make one access. */
function accessorsIn(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let inside = "";
  for (const line of lines) {
    const head = FUNCTION.exec(line)?.[1];
    if (head !== undefined) inside = head;
    else if (ACCESS.test(line)) {
      const field = ACCESSOR.exec(inside);
      if (field !== null) found.set(inside, `${field[1]}.${field[2]}`);
    }
  }
  return found;
}

/** Makes the plain accesses of the compiler's text visible. */
export function seePlain(text: string, locate: Locate): SeenText {
  const lines = text.split("\n");
  const accessors = accessorsIn(lines);
  const plain: string[] = [];
  const places: string[] = [];
  const used = new Set<string>();
  const reader = new Reader();
  let number = "";
  const packed = (field?: string): string => {
    const { file, line, column, name } = reader.spot();
    const where: SourcePlace = { line: locate(file, line, column), name };
    return packPlace(field === undefined ? where : { ...where, field });
  };
  const next = (field?: string): string => `(i32.const ${plain.push(packed(field)) - 1})`;
  const changed: string[] = [];
  for (const line of lines) {
    reader.read(line);
    if (POSITION.test(line)) continue;
    const head = FUNCTION.exec(line)?.[1];
    if (head !== undefined) {
      number = accessors.has(head) ? "(local.get $plain:place)" : "";
      changed.push(number === "" ? line : line.replace(head, () => `${head} (param $plain:place i32)`));
      continue;
    }
    if (PLACE.test(line)) places.push(packed());
    const access = ACCESS.exec(line);
    const bulk = BULK.exec(line);
    const call = CALL.exec(line);
    const callee = call?.[2] ?? "";
    if (access !== null) {
      const [, indent = "", instruction = "", offset = "0"] = access;
      used.add(instruction);
      changed.push(`${indent}(call $plain:${instruction} ${number || next()} (i32.const ${offset})`);
    } else if (bulk !== null) {
      const [, indent = "", instruction = ""] = bulk;
      used.add(instruction);
      changed.push(`${indent}(call $plain:${instruction} ${next()}`);
    } else if (accessors.has(callee)) {
      changed.push(line.replace(callee, () => `${callee} ${next(accessors.get(callee))}`));
    } else {
      changed.push(line);
    }
  }
  return { text: link(changed, used), plain, lines: places };
}

/** The functions of the host, by name: their parameters and results. A load returns the address from which to load. */
const HOST: Readonly<Record<string, string>> = {
  load: "(param i32 i32 i32) (result i32)",
  store: "(param i32 i32 i32 i64)",
  fill: "(param i32 i32 i32 i32)",
  copy: "(param i32 i32 i32 i32)",
};

/** Adds the imports behind the last import, and the functions that make the accesses at the end. */
function link(lines: readonly string[], used: ReadonlySet<string>): string {
  const last = lines.findLastIndex((line) => line.startsWith(" (import "));
  const imports = Object.entries(HOST).map(
    ([name, type]) => ` (import "${PLAIN_MODULE}" "${name}" (func $plain:${name} ${type}))`,
  );
  imports.push(` (import "${PLAIN_MODULE}" "on" (global $plain:on (mut i32)))`);
  const end = lines.lastIndexOf(")");
  return [
    ...lines.slice(0, last + 1),
    ...imports,
    ...lines.slice(last + 1, end),
    ...[...used].map(helper),
    ")",
  ].join("\n");
}

/** A value of each type as the 64 bits that the host gets. */
const BITS: Readonly<Record<string, string>> = {
  i32: "(i64.extend_i32_u (local.get $value))",
  i64: "(local.get $value)",
  f32: "(i64.extend_i32_u (i32.reinterpret_f32 (local.get $value)))",
  f64: "(i64.reinterpret_f64 (local.get $value))",
};

/** The function that tells the host of an access, and makes it. */
function helper(instruction: string): string {
  const head = ` (func $plain:${instruction} (param $place i32)`;
  if (instruction === "memory.copy") {
    return `${head} (param $to i32) (param $from i32) (param $bytes i32)
  (if (global.get $plain:on) (then
   (call $plain:copy (local.get $place) (local.get $to) (local.get $from) (local.get $bytes))))
  (memory.copy (local.get $to) (local.get $from) (local.get $bytes)))`;
  }
  if (instruction === "memory.fill") {
    return `${head} (param $to i32) (param $value i32) (param $bytes i32)
  (if (global.get $plain:on) (then
   (call $plain:fill (local.get $place) (local.get $to) (local.get $bytes) (local.get $value))))
  (memory.fill (local.get $to) (local.get $value) (local.get $bytes)))`;
  }
  const [, type = "i32", kind = "load", bits] = /^(\w+)\.(load|store)(\d+)?/.exec(instruction) ?? [];
  const bytes = Number(bits ?? type.slice(1)) / 8;
  const access = `(local.get $place) (local.get $at) (i32.const ${bytes})`;
  if (kind === "load")
    return `${head} (param $offset i32) (param $at i32) (result ${type})
  (local.set $at (i32.add (local.get $at) (local.get $offset)))
  (if (global.get $plain:on) (then
   (local.set $at (call $plain:load ${access}))))
  (${instruction} (local.get $at)))`;
  return `${head} (param $offset i32) (param $at i32) (param $value ${type})
  (local.set $at (i32.add (local.get $at) (local.get $offset)))
  (if (global.get $plain:on) (then
   (call $plain:store ${access} ${BITS[type]})))
  (${instruction} (local.get $at) (local.get $value)))`;
}

/** Patterns of the functions that the build keeps out of their callers: what they tell the host stays in one place. */
export const PLAIN_FUNCTIONS = ["plain:*"];
