/** The record of one operation, as a CPU's ring holds it, and what the CPU writes over it when the operation has ended. */
import type { Layout, Struct } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** What became of one operation. */
export interface OpOutcome {
  /** 0, -errno, or -(1000 + signal). */
  readonly result: number;
  /** Change of the operation's address space's count of anonymous pages. */
  readonly anonDelta: number;
  /** What the operation returned: the word read, the resulting address, the count. */
  readonly value: bigint;
  /** Of an operation that found no memory: what kind. Undefined where a rule says no, which may be ENOMEM as well. */
  readonly refused: Refused | undefined;
}

/**
 * What there was none of: a frame for a page, a page for a page table, or one for objects (mappings, anon_vmas, …). Frames are
 * the options `memory`, `swap` and `store`, the other two are `metadata`.
 */
export type Refused = "frame" | "table" | "object";

/** One operation, as it is handed to a CPU. `a`, `b`, `c` are u64: safe integers or bigints. */
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

/** What an operation was refused, from its result and from what its record says in `aux` afterwards. */
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
