/** Switches one mutant on in a compiled schema: changes the switch's first value, and keeps only the counters of its declaration. */

import { COVER_SECTION, type CoverSite } from "../../build/cover.js";
import { COUNTER } from "../../wasm/counts.js";
import {
  appendJsonSections,
  joinBytes,
  leb,
  readLeb,
  readSections,
  SECTION,
  type Section,
} from "../../wasm/section.js";
import { SWITCH } from "./schema.js";

const EXPORTS = 7;
/** Opcodes of first values, and the bytes of those that are no LEB128. */
const I32_CONST = 0x41;
const FIXED: Readonly<Record<number, number>> = { 67: 4, 68: 8 };

/** One export, and its bytes. */
interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/** A compiled schema, read once. */
export class SwitchBoard {
  readonly #wasm: Uint8Array;
  readonly #sections: readonly Section[];
  readonly #exports: readonly Export[];
  readonly #sites: readonly CoverSite[];
  /** Where the switch's first value stands. */
  readonly #value: { readonly start: number; readonly end: number; readonly global: Section };

  constructor(wasm: Uint8Array) {
    this.#wasm = wasm;
    this.#sections = readSections(wasm);
    this.#exports = readExports(wasm, this.#section(EXPORTS));
    this.#sites = (readSection(wasm, this.#sections, COVER_SECTION) ?? []) as readonly CoverSite[];
    const index = this.#exports.find(({ name }) => name === SWITCH)?.index;
    if (index === undefined) throw new TypeError("the module has no switch");
    this.#value = this.#firstValue(index - importedGlobals(wasm, this.#sections));
  }

  /** The module with a mutant switched on, 0 for none. `isCounted` chooses the declarations whose counters it keeps. */
  module(number: number, isCounted: (site: CoverSite) => boolean): WebAssembly.Module {
    const kept = this.#sites.flatMap((site, at) =>
      isCounted(site) && !SWITCHES.test(site.text) ? [at] : [],
    );
    const renamed = new Map(kept.map((at, now) => [`${COUNTER}${at}`, `${COUNTER}${now}`]));
    const exports = this.#exports.flatMap(({ name, kind, index }) => {
      const now = name.startsWith(COUNTER) ? renamed.get(name) : name;
      return now === undefined ? [] : [{ name: now, kind, index }];
    });
    const parts: Uint8Array[] = [this.#wasm.subarray(0, 8)];
    for (const section of this.#sections) {
      if (section.id === EXPORTS) parts.push(exportSection(exports));
      else if (section === this.#value.global) parts.push(this.#globals(number));
      else if (nameOf(this.#wasm, section) !== COVER_SECTION)
        parts.push(this.#wasm.subarray(section.head, section.end));
    }
    const sites = kept.map((at) => this.#sites[at]);
    const bytes = appendJsonSections(joinBytes(parts), { [COVER_SECTION]: sites });
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  }

  #section(wanted: number): Section {
    const section = this.#sections.find(({ id }) => id === wanted);
    if (section === undefined) throw new TypeError(`the module has no section ${wanted}`);
    return section;
  }

  /** Finds the first value of a global of the module's own. */
  #firstValue(wanted: number) {
    const global = this.#section(SECTION.global);
    let [, at] = readLeb(this.#wasm, global.start);
    for (let index = 0; ; index++) {
      const start = at + 2;
      let end = start;
      while (this.#wasm[end] !== 0x0b) {
        const fixed = FIXED[this.#wasm[end] as number];
        end = fixed === undefined ? readLeb(this.#wasm, end + 1)[1] : end + 1 + fixed;
      }
      if (index === wanted) return { start, end, global };
      at = end + 1;
    }
  }

  /** The section of globals with another first value of the switch. */
  #globals(number: number): Uint8Array {
    const { start, end, global } = this.#value;
    // As a number with a sign: the topmost bit of the last byte is free.
    const value = Uint8Array.of(
      I32_CONST,
      (number & 0x7f) | 0x80,
      ((number >> 7) & 0x7f) | 0x80,
      (number >> 14) & 0x3f,
    );
    const contents = joinBytes([
      this.#wasm.subarray(global.start, start),
      value,
      this.#wasm.subarray(end, global.end),
    ]);
    return joinBytes([Uint8Array.of(SECTION.global, ...leb(contents.length)), contents]);
  }
}

/** The condition of a branch that the schema has made. */
const SWITCHES = new RegExp(`^${SWITCH} == \\d+$`);

function readExports(wasm: Uint8Array, { start }: Section): Export[] {
  const decoder = new TextDecoder();
  let [count, at] = readLeb(wasm, start);
  const found: Export[] = [];
  for (; count > 0; count--) {
    const [length, begin] = readLeb(wasm, at);
    const name = decoder.decode(wasm.subarray(begin, begin + length));
    const kind = wasm[begin + length] as number;
    const [index, next] = readLeb(wasm, begin + length + 1);
    found.push({ name, kind, index });
    at = next;
  }
  return found;
}

function exportSection(exports: readonly Export[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = exports.map(({ name, kind, index }) => {
    const label = encoder.encode(name);
    return joinBytes([Uint8Array.from(leb(label.length)), label, Uint8Array.of(kind, ...leb(index))]);
  });
  const contents = joinBytes([Uint8Array.from(leb(exports.length)), ...parts]);
  return joinBytes([Uint8Array.of(EXPORTS, ...leb(contents.length)), contents]);
}

/** The name of a custom section; empty for another one. */
function nameOf(wasm: Uint8Array, { id, start }: Section): string {
  if (id !== SECTION.custom) return "";
  const [length, at] = readLeb(wasm, start);
  return new TextDecoder().decode(wasm.subarray(at, at + length));
}

function readSection(wasm: Uint8Array, sections: readonly Section[], name: string): unknown {
  const section = sections.find((one) => nameOf(wasm, one) === name);
  if (section === undefined) return undefined;
  const [length, at] = readLeb(wasm, section.start);
  return JSON.parse(new TextDecoder().decode(wasm.subarray(at + length, section.end)));
}

function importedGlobals(wasm: Uint8Array, sections: readonly Section[]): number {
  const head = sections.filter(({ id }) => id === SECTION.import || id === 1);
  const parts = [wasm.subarray(0, 8), ...head.map((one) => wasm.subarray(one.head, one.end))];
  const module = new WebAssembly.Module(joinBytes(parts) as Uint8Array<ArrayBuffer>);
  return WebAssembly.Module.imports(module).filter(({ kind }) => kind === "global").length;
}
