/** The record of one operation in a CPU's ring, and the outcome that the CPU writes over it at the end. */
import type { Layout, Struct } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** The outcome of one operation. */
export interface OpOutcome {
  /** 0, -errno, or -(1000 + signal). */
  readonly result: number;
  /** Change of the number of anonymous pages in the operation's address space. */
  readonly anonDelta: number;
  /** What the operation returned: the word read, the resulting address, the count. */
  readonly value: bigint;
  /** The kind of memory that ran out. Undefined when a rule refused the operation: that may be ENOMEM too. */
  readonly refused: Refused | undefined;
}

/**
 * What ran out: frames, pages for page tables, or pages for objects (mappings, anon_vmas, …). The options `memory`,
 * `swap` and `store` give more frames, `metadata` gives more of the other two.
 */
export type Refused = "frame" | "table" | "object";

/** One operation for a CPU. `a`, `b`, `c` are u64: safe integers or bigints. */
export interface OpRecord {
  readonly op: number;
  readonly flags?: number;
  readonly space?: number;
  readonly aux?: number;
  readonly a?: number | bigint;
  readonly b?: number | bigint;
  readonly c?: number | bigint;
}

/** Byte offsets of the fields of an operation record. */
export interface RecordOffsets {
  readonly size: number;
  readonly op: number;
  readonly flags: number;
  readonly space: number;
  readonly aux: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Looks the offsets up in a layout. */
export function recordOffsets(struct: Struct): RecordOffsets {
  const at = (field: string) => struct.offset(field);
  return {
    size: struct.size,
    op: at("op"),
    flags: at("flags"),
    space: at("space"),
    aux: at("aux"),
    a: at("a"),
    b: at("b"),
    c: at("c"),
  };
}

/** What an operation lacked, from its result and from its record's `aux` afterwards. */
export function refusals(layout: Layout): (result: number, aux: number) => Refused | undefined {
  const results = new Set([-layout.constant("ENOMEM"), -layout.constant("EAGAIN")]);
  const kinds = new Map<number, Refused>([
    [layout.constant("REFUSED_FRAME"), "frame"],
    [layout.constant("REFUSED_TABLE"), "table"],
    [layout.constant("REFUSED_OBJECT"), "object"],
  ]);
  return (result, aux) => (results.has(result) ? kinds.get(aux) : undefined);
}

/** Turns a record in memory into words, for messages: `MUNMAP space 3, a=0x7f0000000000, b=8192, aux=0`. */
export function describeRecord(view: MemoryView, layout: Layout, record: number): string {
  const at = recordOffsets(layout.struct("OpRecord"));
  const code = view.u8(record + at.op);
  const name = layout.nameOf("OP_", code) ?? `operation ${code}`;
  const hex = (offset: number) => `0x${view.u64(record + offset).toString(16)}`;
  return `${name} on address space ${view.u16(record + at.space)}, a=${hex(at.a)}, b=${hex(at.b)}, aux=${view.u32(record + at.aux)}`;
}
