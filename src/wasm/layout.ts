/**
 * The layout of the engine's memory.
 *
 * Each built wasm carries its own layout in a custom section: sizes, offsets, operation codes, flags and errno
 * numbers, generated from the engine's source. The host looks up everything there by name. So nothing is written down
 * twice, and the host reads a changed struct correctly.
 */
import { EnvironmentError, named, RmapError, UsageError } from "../errors.js";
import { show, text, wholeNumber } from "../text/arguments.js";

/** Name of the custom section that holds the layout as JSON. */
export const LAYOUT_SECTION = "rmap.layout";

/** A field: its offset alone where it is a `u32`, as most are; `"40 u64"`; or both by name. */
type FieldJson = number | string | { readonly offset: number /** Absent: `u32`. */; readonly type?: string };

interface StructJson {
  readonly size: number;
  readonly fields: Readonly<Record<string, FieldJson>>;
}

interface LayoutJson {
  /** Numbers; decimal strings where a 64-bit value is no safe integer. */
  readonly constants: Readonly<Record<string, number | string>>;
  readonly structs: Readonly<Record<string, StructJson>>;
}

/** The wasm's layout lacks a name that the host needs: host and wasm are of different versions. */
export class LayoutError extends RmapError {
  static {
    named(LayoutError, "LayoutError");
  }

  constructor(what: string) {
    super(
      "ELAYOUT",
      `the engine's layout has no ${what}`,
      "engine.wasm and this package are of different versions: rebuild with `npm run build`",
      3,
    );
  }
}

/** One structure of the engine: its size in bytes and the offsets of its fields. */
export class Struct {
  readonly name: string;
  /** Bytes of one structure. */
  readonly size: number;
  readonly #fields: Readonly<Record<string, FieldJson>>;

  /** @internal Use `Layout.struct`. */
  constructor(name: string, json: StructJson) {
    this.name = name;
    this.size = json.size;
    this.#fields = json.fields;
  }

  /** Byte offset of a field. Throws LayoutError when there is no such field. */
  offset(field: string): number {
    const found = this.#field(field);
    if (typeof found === "number") return found;
    return typeof found === "string" ? Number.parseInt(found, 10) : found.offset;
  }

  /** How a field is stored: `u32`, `i64`, … */
  type(field: string): string {
    const found = this.#field(field);
    if (typeof found === "string") return found.slice(found.indexOf(" ") + 1);
    return (typeof found === "number" ? undefined : found.type) ?? "u32";
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#fields, text("the name of a field", field));
  }

  /** Names of the fields that start with a prefix, in the order of their offsets. */
  fieldsWith(prefix: string): string[] {
    text("the prefix of a field", prefix);
    return Object.keys(this.#fields)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => this.offset(a) - this.offset(b));
  }

  #field(field: string): FieldJson {
    text("the name of a field", field);
    const found = Object.hasOwn(this.#fields, field) ? this.#fields[field] : undefined;
    if (found === undefined) throw new LayoutError(`field ${this.name}.${field}`);
    return found;
  }
}

/** Limits for the host's first check: the largest structure in bytes, and the highest constant address of one. */
const MOST_BYTES = 65_536;

/** A section's JSON; undefined when it is not JSON. */
function parse(section: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(section));
  } catch {
    return undefined;
  }
}

/** A struct or a field that is not checked yet. */
interface Unknown {
  readonly size?: unknown;
  readonly fields?: unknown;
  readonly type?: unknown;
  readonly offset?: unknown;
}

/** True when a value is a layout and every offset is inside its structure. */
function isLayout(json: unknown): json is LayoutJson {
  const { constants, structs } = (json ?? {}) as Partial<Record<keyof LayoutJson, unknown>>;
  if (!isObject(constants) || !isObject(structs)) return false;
  const numbers = Object.entries(constants);
  if (!numbers.every(([, value]) => Number.isSafeInteger(value) || typeof value === "string")) return false;
  if (!numbers.every(([name, value]) => name !== "CTL" || isOffset(value, MOST_BYTES))) return false;
  // We divide sizes by it, and scripts and recordings use no other page size.
  if (!numbers.every(([name, value]) => name !== "PAGE_SIZE" || value === 4096)) return false;
  return Object.values(structs).every((struct: Unknown) => {
    if (!isObject(struct) || !isObject(struct.fields) || !isOffset(struct.size, MOST_BYTES)) return false;
    const most = struct.size;
    return Object.values(struct.fields).every(
      (field: Unknown | number | string) =>
        isOffset(field, most) ||
        (typeof field === "string" && isPlainField(field, most)) ||
        (isObject(field) &&
          (field.type === undefined || typeof field.type === "string") &&
          isOffset(field.offset, most)),
    );
  });
}

/** Whether a text is a field's offset and type. */
function isPlainField(text: string, most: number): boolean {
  const [, offset] = /^(\d{1,9}) \w+$/.exec(text) ?? [];
  return offset !== undefined && isOffset(Number(offset), most);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** The layout of one wasm module. */
export class Layout {
  readonly #constants: ReadonlyMap<string, number>;
  readonly #structs = new Map<string, Struct>();

  /** @internal Use `engine.layout`, or `Layout.of`. */
  constructor(json: LayoutJson) {
    const numbers = Object.entries(json.constants).filter((entry): entry is [string, number] => {
      return typeof entry[1] === "number";
    });
    this.#constants = new Map(numbers);
    for (const [name, struct] of Object.entries(json.structs)) {
      this.#structs.set(name, new Struct(name, struct));
    }
  }

  /**
   * Reads the layout of a module. Throws EnvironmentError when the module has none, UsageError when the value is not
   * a module.
   */
  static of(module: WebAssembly.Module): Layout {
    if (!(module instanceof WebAssembly.Module)) {
      throw new UsageError(`Layout.read takes a WebAssembly.Module, not ${show(module)}`);
    }
    const [section] = WebAssembly.Module.customSections(module, LAYOUT_SECTION);
    if (!section) {
      throw new EnvironmentError(
        `this WebAssembly module has no "${LAYOUT_SECTION}" section: it is not an rmap engine`,
        "pass the package's own engine.wasm",
      );
    }
    const json = parse(section);
    if (isLayout(json)) return new Layout(json);
    throw new EnvironmentError(
      `the "${LAYOUT_SECTION}" section of this WebAssembly module is not a layout of an rmap engine`,
      "pass the package's own engine.wasm",
    );
  }

  /** Value of a constant. Throws LayoutError when there is no such constant, or when it is not a safe integer. */
  constant(name: string): number {
    const value = this.find(name);
    if (value === undefined) throw new LayoutError(`constant ${name}`);
    return value;
  }

  /** Value of a constant, or undefined. */
  find(name: string): number | undefined {
    return this.#constants.get(text("the name of a constant", name));
  }

  /** All constants whose names start with a prefix, as [name without the prefix, value]. */
  constantsWith(prefix: string): [name: string, value: number][] {
    text("the prefix of a constant", prefix);
    return [...this.#constants]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]);
  }

  /** Name (without the prefix) of the constant of a family with a given value, or undefined. */
  nameOf(prefix: string, value: number): string | undefined {
    wholeNumber("the value of a constant", value, { low: Number.MIN_SAFE_INTEGER });
    return this.constantsWith(prefix).find(([, candidate]) => candidate === value)?.[0];
  }

  /** A structure. Throws LayoutError when there is no such structure. */
  struct(name: string): Struct {
    const found = this.#structs.get(text("the name of a structure", name));
    if (!found) throw new LayoutError(`structure ${name}`);
    return found;
  }

  hasStruct(name: string): boolean {
    return this.#structs.has(text("the name of a structure", name));
  }
}
