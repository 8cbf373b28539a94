/** The layouts of tracepoints: the part of a recording that copies them from the kernel's `format` files. */

import type { Problems } from "./problem.js";

/** One field of a tracepoint. Places count bytes from the start of the raw data. */
export interface Field {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  /** The four bytes hold place and length of the field's bytes. */
  readonly elsewhere: boolean;
}

/** One tracepoint. */
export interface Format {
  /** `SYSTEM:NAME`, as perf prints it. */
  readonly name: string;
  readonly fields: readonly Field[];
}

const MAGIC = [0x17, 0x08, 0x44, ...new TextEncoder().encode("tracing")];

/**
 * The tracepoints of a recording by number, from the bytes of its tracing data. `offset` is their place in the
 * recording, for messages. Throws InputError for another byte order, a 32-bit kernel, and cut or damaged data.
 */
export function parseTracing(bytes: Uint8Array, offset: number, problems: Problems): Map<number, Format> {
  const reader = new Reader(bytes, offset, problems);
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) reader.fail("expected the mark of tracing data");
  reader.at = MAGIC.length;
  reader.text();
  if (reader.byte() !== 0) {
    throw problems.refused(
      "this recording has big-endian numbers; a replay reads little-endian ones",
      "print it on a machine of that kind, and replay the text: perf script --ns --show-mmap-events --show-task-events -F comm,pid,tid,cpu,time,event,trace",
    );
  }
  const long = reader.byte();
  if (long !== 8)
    throw problems.refused(`this recording is of a ${long * 8}-bit kernel; a replay reads 64-bit ones`);
  const page = reader.u32();
  if (page !== 4096)
    throw problems.refused(
      `this recording is of a machine with pages of ${page} bytes; a replay has pages of 4096`,
    );
  reader.expect("header_page");
  reader.part();
  reader.expect("header_event");
  reader.part();
  const formats = new Map<number, Format>();
  for (let left = reader.u32(); left > 0; left--) reader.part();
  for (let systems = reader.u32(); systems > 0; systems--) {
    const system = reader.text();
    for (let left = reader.u32(); left > 0; left--) {
      const { id, format } = parseFormat(system, new TextDecoder().decode(reader.part()));
      formats.set(id, format);
    }
  }
  return formats;
}

/** One `format` file. */
function parseFormat(system: string, text: string): { readonly id: number; readonly format: Format } {
  const name = /^name: (.*)$/m.exec(text)?.[1] ?? "";
  const id = Number(/^ID: (\d+)$/m.exec(text)?.[1] ?? -1);
  const fields = [...text.matchAll(/^\s*field:([^;]*);\s*offset:(\d+);\s*size:(\d+);/gm)].map(
    ([, declared = "", at, size]): Field => ({
      name: /(\w+)(\[[^\]]*\])?$/.exec(declared.trim())?.[1] ?? "",
      at: Number(at),
      size: Number(size),
      elsewhere: declared.startsWith("__data_loc"),
    }),
  );
  return { id, format: { name: `${system}:${name}`, fields } };
}

/** Reads parts in order. */
class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #offset: number;
  readonly #problems: Problems;

  constructor(bytes: Uint8Array, offset: number, problems: Problems) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
    this.#problems = problems;
  }

  fail(expected: string): never {
    throw this.#problems.damaged(
      this.#offset + this.at,
      `the layouts of the tracepoints are damaged: ${expected}`,
    );
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.at++] as number;
  }

  u32(): number {
    this.#need(4);
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  /** Text up to a NUL. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0) this.fail("expected the end of a name");
    const text = new TextDecoder().decode(this.#bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  expect(name: string): void {
    const at = this.at;
    if (this.text() === name) return;
    this.at = at;
    this.fail(`expected \`${name}\``);
  }

  /** A part with its length before it. */
  part(): Uint8Array {
    const length = this.u32() + this.u32() * 2 ** 32;
    this.#need(length);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #need(length: number): void {
    if (this.at + length > this.#bytes.length) this.fail(`expected ${length} more bytes`);
  }
}
