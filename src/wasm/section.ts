/** Sections of a WebAssembly binary: reads the list, adds custom ones. */

/** Names for section ids of the binary format. */
export const SECTION = {
  custom: 0,
  import: 2,
  memory: 5,
  global: 6,
  start: 8,
  code: 10,
  data: 11,
  dataCount: 12,
};

/** One section: its id, where it begins, and the range of its contents in the module. */
export interface Section {
  readonly id: number;
  /** Offset of the id; the size and the contents follow. */
  readonly head: number;
  readonly start: number;
  readonly end: number;
}

/** Reads an unsigned LEB128 number; returns it and the offset after it. */
export function readLeb(bytes: Uint8Array, offset: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0, at = offset; ; shift += 7, at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

/** Every section of a module, in order. */
export function readSections(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at] ?? 0;
    const [size, start] = readLeb(wasm, at + 1);
    sections.push({ id, head: at, start, end: start + size });
    at = start + size;
  }
  return sections;
}

/** An unsigned number as LEB128. */
export function leb(value: number): number[] {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Parts of a binary, one behind the other. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** The module with custom sections appended, each holding a value as JSON. */
export function appendJsonSections(
  wasm: Uint8Array,
  sections: Readonly<Record<string, unknown>>,
): Uint8Array {
  const encoder = new TextEncoder();
  const parts = [wasm];
  for (const [name, value] of Object.entries(sections)) {
    const label = encoder.encode(name);
    const json = encoder.encode(JSON.stringify(value));
    const head = leb(label.length);
    const size = leb(head.length + label.length + json.length);
    parts.push(Uint8Array.of(SECTION.custom, ...size, ...head), label, json);
  }
  return joinBytes(parts);
}

/** The value of a JSON custom section, or undefined when the module has none of that name. */
export function readJsonSection(module: WebAssembly.Module, name: string): unknown {
  const [contents] = WebAssembly.Module.customSections(module, name);
  return contents === undefined ? undefined : JSON.parse(new TextDecoder().decode(contents));
}
