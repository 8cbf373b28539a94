/** Encodes calls as operation records, with the numbers of the engine's layout. */

import { UsageError } from "../errors.js";
import { flag, given, optionsOf, wholeNumber, word } from "../text/arguments.js";
import { formatAddress } from "../text/numbers.js";
import type { Layout } from "../wasm/layout.js";
import { type Advice, adviceNumber, type Protection, protectionBits } from "./calls.js";
import type { OpRecord } from "./record.js";

/** Options of a mapping, with its file as a slot. */
export interface MapOptions {
  /** Address in bytes, a multiple of the page size; without it the engine chooses. */
  readonly at?: number;
  /** Only with `at`: fail with EEXIST instead of replacing an existing mapping. */
  readonly noReplace?: boolean;
  /** Access rights. Default `rw`. */
  readonly protection?: Protection;
  /** True: all mappings see a write. Default false: private, copy-on-write. */
  readonly shared?: boolean;
  /** Slot of the file to map; without it the memory is anonymous. */
  readonly file?: number;
  /** Only with a file: the offset in it, in pages. */
  readonly filePage?: number;
  /** Grows downwards at faults, as a stack does. */
  readonly growsDown?: boolean;
}

/** Options of mremap. */
export interface RemapOptions {
  /** New address; replaces an existing mapping there. */
  readonly to?: number;
  /** Without `to`: allow a move when it cannot grow in place. Default true. */
  readonly mayMove?: boolean;
  /** Leave an empty mapping at the old place. */
  readonly dontUnmap?: boolean;
}

const MAP_OPTIONS: readonly (keyof MapOptions)[] = [
  "at",
  "noReplace",
  "protection",
  "shared",
  "file",
  "filePage",
  "growsDown",
];

const REMAP_OPTIONS: readonly (keyof RemapOptions)[] = ["to", "mayMove", "dontUnmap"];

/** Operations that this file encodes, by the names of their OP_ constants. */
const CODE_NAMES = [
  "SPAWN",
  "FORK",
  "EXEC",
  "EXIT",
  "MMAP",
  "MUNMAP",
  "MPROTECT",
  "MREMAP",
  "MADVISE",
  "BRK",
  "READ",
  "WRITE",
  "TOUCH",
  "FILE",
  "RMAP",
  "WAIT",
  "CHECK",
  "HASH",
  "DIRTY",
  "PIN",
  "UNPIN",
  "REGISTER",
] as const;

type Codes = Readonly<Record<(typeof CODE_NAMES)[number], number>>;

/**
 * Makes operation records. Addresses and lengths are bytes, safe integers. Throws UsageError for any argument that
 * makes no sense. Does not check slots of address spaces and files.
 */
export class Encoder {
  readonly #layout: Layout;
  readonly #codes: Codes;
  /** Bits that are zero in the address of a word. */
  readonly #unaligned: number;

  /** With `aligned`, the address of a word must be a multiple of 8: for pages with more than one word. */
  constructor(layout: Layout, aligned = false) {
    this.#layout = layout;
    this.#unaligned = aligned ? 7 : 0;
    this.#codes = Object.fromEntries(
      CODE_NAMES.map((name) => [name, layout.constant(`OP_${name}`)]),
    ) as unknown as Codes;
  }

  spawn(space: number): OpRecord {
    return { op: this.#codes.SPAWN, space };
  }

  fork(space: number, child: number): OpRecord {
    return { op: this.#codes.FORK, space, aux: child };
  }

  exec(space: number): OpRecord {
    return { op: this.#codes.EXEC, space };
  }

  exit(space: number): OpRecord {
    return { op: this.#codes.EXIT, space };
  }

  mmap(space: number, length: number, options?: MapOptions): OpRecord {
    const { at, noReplace, protection, shared, file, filePage, growsDown } = optionsOf(
      "mmap",
      options,
      MAP_OPTIONS,
    );
    const bits = (name: string, on: boolean) => (on ? this.#layout.constant(name) : 0);
    const fixed = at !== undefined;
    const exclusive = flag("mmap: noReplace", noReplace) === true;
    const together = flag("mmap: shared", shared) === true;
    if (exclusive && !fixed) throw new UsageError("mmap: noReplace has no meaning without `at`");
    if (filePage !== undefined && file === undefined) {
      throw new UsageError("mmap: filePage has no meaning without `file`");
    }
    const shift = this.#layout.constant("MMAP_FILE_SHIFT");
    const first = wholeNumber("mmap: filePage", given(filePage, 0), { unit: "pages", high: 2 ** shift - 1 });
    const slot = file === undefined ? 0 : wholeNumber("mmap: file", file, { low: 1, high: 2 ** 20 });
    const flags =
      bits("MAP_SHARED", together) |
      bits("MAP_PRIVATE", !together) |
      bits("MAP_FIXED", fixed && !exclusive) |
      bits("MAP_FIXED_NOREPLACE", fixed && exclusive) |
      bits("MAP_ANONYMOUS", file === undefined) |
      bits("MAP_GROWSDOWN", flag("mmap: growsDown", growsDown) === true);
    return {
      op: this.#codes.MMAP,
      space,
      // Flags use more than 24 bits, so the shift is unsigned.
      aux: (protectionBits(this.#layout, "mmap: protection", given(protection, "rw")) | (flags << 8)) >>> 0,
      a: bytes("mmap: at", given(at, 0)),
      b: bytes("mmap: the length", length),
      c: (BigInt(slot) << BigInt(shift)) | BigInt(first),
    };
  }

  munmap(space: number, at: number, length: number): OpRecord {
    const a = bytes("munmap: the address", at);
    return { op: this.#codes.MUNMAP, space, a, b: bytes("munmap: the length", length) };
  }

  mprotect(space: number, at: number, length: number, protection: Protection): OpRecord {
    const a = bytes("mprotect: the address", at);
    const b = bytes("mprotect: the length", length);
    const aux = protectionBits(this.#layout, "mprotect: the protection", protection);
    return { op: this.#codes.MPROTECT, space, a, b, aux };
  }

  mremap(space: number, at: number, length: number, newLength: number, options?: RemapOptions): OpRecord {
    const a = bytes("mremap: the address", at);
    const b = bytes("mremap: the length", length);
    const pageSize = this.#layout.constant("PAGE_SIZE");
    const shift = this.#layout.constant("MREMAP_LEN_SHIFT");
    const high = (2 ** (32 - shift) - 1) * pageSize;
    const pages = Math.ceil(
      wholeNumber("mremap: the new length", newLength, { unit: "bytes", high }) / pageSize,
    );
    const { to, mayMove, dontUnmap } = optionsOf("mremap", options, REMAP_OPTIONS);
    const bits = (name: string, on: boolean) => (on ? this.#layout.constant(name) : 0);
    const fixed = to !== undefined;
    const movable = flag("mremap: mayMove", mayMove);
    if (fixed && movable === false) throw new UsageError("mremap: mayMove cannot be false with `to`");
    const flags =
      bits("MREMAP_MAYMOVE", fixed || movable !== false) |
      bits("MREMAP_FIXED", fixed) |
      bits("MREMAP_DONTUNMAP", flag("mremap: dontUnmap", dontUnmap) === true);
    const aux = flags + pages * 2 ** shift;
    return { op: this.#codes.MREMAP, space, a, b, c: bytes("mremap: to", given(to, 0)), aux };
  }

  madvise(space: number, at: number, length: number, advice: Advice): OpRecord {
    const a = bytes("madvise: the address", at);
    const b = bytes("madvise: the length", length);
    return { op: this.#codes.MADVISE, space, a, b, aux: adviceNumber(this.#layout, advice) };
  }

  brk(space: number, end: number, setStart = false): OpRecord {
    return { op: this.#codes.BRK, space, a: bytes("brk: the end", end), aux: setStart ? 1 : 0 };
  }

  read(space: number, at: number, exec = false): OpRecord {
    const flags = exec ? this.#layout.constant("OPF_EXEC") : 0;
    return { op: this.#codes.READ, flags, space, a: this.#ofWord("read", at) };
  }

  write(space: number, at: number, value: bigint | number): OpRecord {
    const a = this.#ofWord("write", at);
    return { op: this.#codes.WRITE, space, a, b: word("write: the value", value) };
  }

  touch(space: number, at: number, pages: number, write: boolean): OpRecord {
    const a = bytes("touch: the address", at);
    const b =
      Number.isSafeInteger(pages) && pages >= 0
        ? pages
        : wholeNumber("touch: the count", pages, { unit: "pages" });
    return { op: this.#codes.TOUCH, space, a, b, aux: write ? 1 : 0 };
  }

  createFile(file: number, pages: number): OpRecord {
    return {
      op: this.#codes.FILE,
      aux: file,
      a: wholeNumber("file: the size", pages, { unit: "pages", low: 1 }),
    };
  }

  dropFile(file: number): OpRecord {
    return { op: this.#codes.FILE, aux: file, flags: this.#layout.constant("OPF_DROP") };
  }

  rmap(space: number, at: number, buffer: number, entries: number): OpRecord {
    return { op: this.#codes.RMAP, space, a: bytes("whoMaps: the address", at), b: buffer, aux: entries };
  }

  /** Waits until another CPU has published an index of its ring. */
  wait(cpu: number, index: number): OpRecord {
    return { op: this.#codes.WAIT, aux: cpu, a: index };
  }

  /** Pins one page. Returns its struct page, for `unpin`. */
  pin(space: number, at: number, write: boolean): OpRecord {
    return { op: this.#codes.PIN, space, a: bytes("pin: the address", at), aux: write ? 1 : 0 };
  }

  unpin(page: number): OpRecord {
    return { op: this.#codes.UNPIN, a: page };
  }

  /** Absent pages of the range are missing from now on, or no longer. */
  register(space: number, at: number, length: number, on: boolean): OpRecord {
    return { op: this.#codes.REGISTER, space, a: at, b: length, aux: on ? 1 : 0 };
  }

  hash(space: number): OpRecord {
    return { op: this.#codes.HASH, space };
  }

  /** Which pages changed, from an address on. `mode` is the name of a DIRTY_ number. */
  dirty(space: number, from: number, mode: string): OpRecord {
    return { op: this.#codes.DIRTY, space, a: from, aux: this.#layout.constant(mode) };
  }

  check(space: number): OpRecord {
    return { op: this.#codes.CHECK, space };
  }

  /** The address of a word. */
  #ofWord(what: string, at: number): number {
    // Every synchronous access comes through here.
    if (Number.isSafeInteger(at) && at >= 0 && (at & this.#unaligned) === 0) return at;
    bytes(`${what}: the address`, at);
    throw new UsageError(
      `${what}: the address must be a multiple of 8, not ${formatAddress(at)}`,
      'with content: "full" a batch accesses aligned words; an address space itself also takes other addresses, and bytes',
    );
  }
}

/** An address or a length. */
function bytes(what: string, value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : wholeNumber(what, value, { unit: "bytes" });
}
