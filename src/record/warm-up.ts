/**
 * What a CPU executes before anybody looks at a machine, on every build: it fills its own lists, so that programs meet
 * the protocol and not the allocator's first page, and it lets grace periods end.
 */
import { PAGE_BYTES, WINDOW_BASE } from "../ops/operation.js";
import type { Layout } from "../wasm/layout.js";
import type { Encoder } from "./encode.js";
import type { OpRecord } from "./record.js";

/** Pages that a CPU touches. */
const PAGES = 3;
/** Pages between the mappings of two CPUs: they share no table. */
const STRIDE = 512;

/** Rounds of idle operations on all CPUs after which no grace period is open: each advances RCU's epoch at most once. */
export const IDLE_ROUNDS = 4;

/**
 * The records with which a CPU fills its lists of frames, table pages and objects: a process that does not live yet maps
 * memory, stores to it, and ends.
 */
export function fillRecords(encoder: Encoder, process: number, cpu: number): OpRecord[] {
  const at = Number(WINDOW_BASE) + STRIDE * cpu * PAGE_BYTES;
  const stores = Array.from({ length: PAGES }, (_, page) =>
    encoder.write(process, at + page * PAGE_BYTES, 1),
  );
  return [
    encoder.spawn(process),
    encoder.mmap(process, PAGES * PAGE_BYTES, { at }),
    ...stores,
    encoder.exit(process),
  ];
}

/** An idle operation. With `drains` the CPU also lets go of the pages that it still has to put on an LRU list. */
export function idleRecord(layout: Layout, drains: boolean): OpRecord {
  return { op: layout.constant("OP_NOP"), aux: drains ? 1 : 0 };
}
