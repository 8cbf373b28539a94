/** Encodes calls as operation records, by the numbers of the engine's layout. */
import type { Operation } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import { type Advice, adviceNumber, type Protection, protectionBits } from "./calls.js";
import type { Layout } from "./layout.js";

/** How a mapping is made. */
export interface MapOptions {
  /** Address in bytes, a multiple of the page size; without it the engine chooses. */
  readonly at?: number;
  /** With `at`: fail with EEXIST instead of replacing what is mapped there. */
  readonly noReplace?: boolean;
  /** What may be done with it. Default `rw`. */
  readonly protection?: Protection;
  /** Writes are seen by all who map it. Default false: private, copy-on-write. */
  readonly shared?: boolean;
  /** Slot of the file that is mapped; without it the memory is anonymous. */
  readonly file?: number;
  /** Offset in the file, in pages. */
  readonly filePage?: number;
  /** Grows downwards at faults, as a stack does. */
  readonly growsDown?: boolean;
}

/** Where mremap may put a mapping. */
export interface RemapOptions {
  /** New address; what is mapped there is replaced. */
  readonly to?: number;
  /** Without `to`: allow a move when it cannot grow in place. Default true. */
  readonly mayMove?: boolean;
  /** Leave an empty mapping at the old place. */
  readonly dontUnmap?: boolean;
}

/** The kind of an access. */
export type Access = "read" | "write" | "exec";

/** Operations that are encoded here, by the names of their OP_ constants. */
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
  "PIN",
  "UNPIN",
] as const;

type Codes = Readonly<Record<(typeof CODE_NAMES)[number], number>>;

/** Makes operation records. Addresses and lengths are bytes, safe integers. */
export class Encoder {
  readonly #layout: Layout;
  readonly #codes: Codes;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#codes = Object.fromEntries(
      CODE_NAMES.map((name) => [name, layout.constant(`OP_${name}`)]),
    ) as unknown as Codes;
  }

  spawn(space: number): Operation {
    return { op: this.#codes.SPAWN, space };
  }

  fork(space: number, child: number): Operation {
    return { op: this.#codes.FORK, space, aux: child };
  }

  exec(space: number): Operation {
    return { op: this.#codes.EXEC, space };
  }

  exit(space: number): Operation {
    return { op: this.#codes.EXIT, space };
  }

  mmap(space: number, length: number, options: MapOptions): Operation {
    const flag = (name: string, on: boolean) => (on ? this.#layout.constant(name) : 0);
    const fixed = options.at !== undefined;
    const flags =
      flag("MAP_SHARED", options.shared === true) |
      flag("MAP_PRIVATE", options.shared !== true) |
      flag("MAP_FIXED", fixed && options.noReplace !== true) |
      flag("MAP_FIXED_NOREPLACE", fixed && options.noReplace === true) |
      flag("MAP_ANONYMOUS", options.file === undefined) |
      flag("MAP_GROWSDOWN", options.growsDown === true);
    const protection = protectionBits(this.#layout, options.protection ?? "rw");
    const shift = this.#layout.constant("MMAP_FILE_SHIFT");
    const file = BigInt(options.file ?? 0) << BigInt(shift);
    return {
      op: this.#codes.MMAP,
      space,
      // Flags reach beyond 24 bits: the shift is unsigned.
      aux: (protection | (flags << 8)) >>> 0,
      a: address(options.at ?? 0),
      b: address(length),
      c: file | BigInt(options.filePage ?? 0),
    };
  }

  munmap(space: number, at: number, length: number): Operation {
    return { op: this.#codes.MUNMAP, space, a: address(at), b: address(length) };
  }

  mprotect(space: number, at: number, length: number, protection: Protection): Operation {
    const aux = protectionBits(this.#layout, protection);
    return { op: this.#codes.MPROTECT, space, a: address(at), b: address(length), aux };
  }

  mremap(space: number, at: number, length: number, newLength: number, options: RemapOptions): Operation {
    const flag = (name: string, on: boolean) => (on ? this.#layout.constant(name) : 0);
    const fixed = options.to !== undefined;
    const flags =
      flag("MREMAP_MAYMOVE", fixed || options.mayMove !== false) |
      flag("MREMAP_FIXED", fixed) |
      flag("MREMAP_DONTUNMAP", options.dontUnmap === true);
    const pages = Math.ceil(newLength / this.#layout.constant("PAGE_SIZE"));
    const aux = flags + pages * 2 ** this.#layout.constant("MREMAP_LEN_SHIFT");
    if (aux >= 2 ** 32) throw new UsageError(`mremap to ${newLength} bytes: the new length is too large`);
    return {
      op: this.#codes.MREMAP,
      space,
      a: address(at),
      b: address(length),
      c: address(options.to ?? 0),
      aux,
    };
  }

  madvise(space: number, at: number, length: number, advice: Advice): Operation {
    const aux = adviceNumber(this.#layout, advice);
    return { op: this.#codes.MADVISE, space, a: address(at), b: address(length), aux };
  }

  brk(space: number, end: number, setStart = false): Operation {
    return { op: this.#codes.BRK, space, a: address(end), aux: setStart ? 1 : 0 };
  }

  read(space: number, at: number, exec = false): Operation {
    const flags = exec ? this.#layout.constant("OPF_EXEC") : 0;
    return { op: this.#codes.READ, flags, space, a: address(at) };
  }

  write(space: number, at: number, value: bigint): Operation {
    return { op: this.#codes.WRITE, space, a: address(at), b: BigInt.asUintN(64, value) };
  }

  touch(space: number, at: number, pages: number, write: boolean): Operation {
    return { op: this.#codes.TOUCH, space, a: address(at), b: address(pages), aux: write ? 1 : 0 };
  }

  createFile(file: number, pages: number): Operation {
    return { op: this.#codes.FILE, aux: file, a: address(pages) };
  }

  dropFile(file: number): Operation {
    return { op: this.#codes.FILE, aux: file, flags: this.#layout.constant("OPF_DROP") };
  }

  rmap(space: number, at: number, buffer: number, entries: number): Operation {
    return { op: this.#codes.RMAP, space, a: address(at), b: buffer, aux: entries };
  }

  /** Waits until another CPU has published an index of its ring. */
  wait(cpu: number, index: number): Operation {
    return { op: this.#codes.WAIT, aux: cpu, a: index };
  }

  /** Pins one page: its struct page comes back, for `unpin`. */
  pin(space: number, at: number, write: boolean): Operation {
    return { op: this.#codes.PIN, space, a: address(at), aux: write ? 1 : 0 };
  }

  unpin(page: number): Operation {
    return { op: this.#codes.UNPIN, a: page };
  }

  hash(space: number): Operation {
    return { op: this.#codes.HASH, space };
  }

  check(space: number): Operation {
    return { op: this.#codes.CHECK, space };
  }
}

/** An address, length or count as it goes into a record. */
function address(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`${value} is not an address or a length: a whole number of bytes, zero or more`);
}
