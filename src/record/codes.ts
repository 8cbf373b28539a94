/** The engine's numbers that a replay writes into records, by their names in the engine's layout. */

export { PAGE_BYTES } from "../ops/operation.js";

/** Operations, flags, signals (a signal's result is -(SIGNAL_BASE + its number)), and the shifts of `pack.ts`. */
const NAMES = [
  "OP_WAIT",
  "OP_SPAWN",
  "OP_FORK",
  "OP_EXEC",
  "OP_EXIT",
  "OP_MMAP",
  "OP_MUNMAP",
  "OP_MPROTECT",
  "OP_MREMAP",
  "OP_MADVISE",
  "OP_BRK",
  "OP_READ",
  "OP_WRITE",
  "OP_TOUCH",
  "OP_MLOCK",
  "OP_MUNLOCK",
  "OP_FILE",
  "OP_HASH",
  "OP_TALLY",
  "OPF_PUBLISH",
  "OPF_EXEC",
  "SIGNAL_BASE",
  "SIGSEGV",
  "SIGBUS",
  "MMAP_FLAGS_SHIFT",
  "MMAP_FILE_SHIFT",
  "MREMAP_LEN_SHIFT",
] as const;

/** These numbers by name. A machine reads them from the layout section of its wasm. */
export type OpCodes = Readonly<Record<(typeof NAMES)[number], number>>;

/** Collects the codes by name, for instance with `layout.constant`. Throws what `constant` throws for an unknown name. */
export function readOpCodes(constant: (name: string) => number): OpCodes {
  return Object.fromEntries(NAMES.map((name) => [name, constant(name)])) as OpCodes;
}

/** Shifts and signals of a consumer that has no wasm. */
const OWN: Readonly<Record<string, number>> = {
  ...{ MMAP_FLAGS_SHIFT: 8, MMAP_FILE_SHIFT: 40, MREMAP_LEN_SHIFT: 4 },
  ...{ SIGNAL_BASE: 1000, SIGSEGV: 11, SIGBUS: 7 },
};

/** Codes of a consumer that has no wasm (the `.ops` writer): any distinct numbers do. */
export function ownOpCodes(): OpCodes {
  return readOpCodes((name) => {
    const index = (NAMES as readonly string[]).indexOf(name);
    return OWN[name] ?? (name.startsWith("OPF_") ? 1 << index : index);
  });
}

/** Name of an operation, without its prefix, for messages and counts. */
export function opName(codes: OpCodes, op: number): string {
  const name = NAMES.find((candidate) => candidate.startsWith("OP_") && codes[candidate] === op);
  return name === undefined ? `operation ${op}` : name.slice("OP_".length);
}

/** Linux's numbers, as system calls take them. */
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_TYPE = 15;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_GROWSDOWN = 0x100;
export const MAP_LOCKED = 0x2000;
export const MAP_POPULATE = 0x8000;
export const MAP_NONBLOCK = 0x10000;
export const MADV_DONTNEED = 4;
export const MADV_PAGEOUT = 21;
export const MADV_DONTNEED_LOCKED = 24;
export const MREMAP_MAYMOVE = 1;
export const MREMAP_FIXED = 2;
export const MREMAP_DONTUNMAP = 4;

/** First address that no user mapping reaches. */
export const USER_END = 2 ** 47;
