/**
 * Encodes operations as the 32-byte records that the engine executes, and reads outcomes back. Numbers of operations,
 * flags and errors come from the engine's own layout, by name.
 */
import { EnvironmentError } from "../errors.js";
import {
  FILE_SLOT,
  isProcessOperation,
  type MmapOp,
  type MremapOp,
  type Operation,
  PAGE_BYTES,
  type Prot,
  WINDOW_BASE,
} from "../ops/operation.js";
import type { Outcome } from "../ops/outcome.js";
import type { Layout } from "../wasm/layout.js";
import { mmapAux, mmapWhere, mremapAux, readShifts, type Shifts } from "./pack.js";
import type { OpRecord } from "./record.js";
import { resultName } from "./results.js";

/** Encodes a script's operations and names their results, for one engine. */
export class ScriptEncoder {
  readonly #layout: Layout;
  readonly #shifts: Shifts;
  readonly #slotOf: (process: number) => number;
  /** By the name of an operation: its number. */
  readonly #numbers = new Map<string, number>();

  /** `slotOf` returns the address space slot of a process. */
  constructor(layout: Layout, slotOf: (process: number) => number = (process) => process) {
    this.#layout = layout;
    this.#shifts = readShifts((name) => this.#code(name));
    this.#slotOf = slotOf;
  }

  /**
   * The record of an operation, with the caller's flags; undefined for operations of the host (`cpu`, `sync`,
   * `dump`). Throws EnvironmentError when the engine has no such operation.
   */
  encode(op: Operation, flags = 0): OpRecord | undefined {
    if (op.kind === "cpu" || op.kind === "sync" || op.kind === "dump") return undefined;
    const space = isProcessOperation(op) ? this.#slotOf(op.process) : 0;
    const { name, flags: own = 0, aux = 0, a = 0, b = 0, c = 0 } = this.#fields(op);
    return { op: this.#number(name), flags: flags | own, space, aux, a, b, c };
  }

  /** The name of a result: 0, an errno's name, `SEGV` or `BUS`. */
  outcomeOf(result: number): Outcome {
    return resultName(this.#layout, result);
  }

  #fields(op: Operation): Fields {
    switch (op.kind) {
      case "mmap":
        return this.#mmap(op);
      case "mremap":
        return this.#mremap(op);
      case "munmap":
      case "mlock":
      case "munlock":
      case "migrate":
        return { name: op.kind.toUpperCase(), a: address(op.page), b: bytes(op.pages) };
      case "mprotect":
        return { name: "MPROTECT", a: address(op.page), b: bytes(op.pages), aux: this.#prot(op.prot) };
      case "madvise": {
        const aux = this.#code(`MADV_${op.advice.toUpperCase()}`);
        return { name: "MADVISE", a: address(op.page), b: bytes(op.pages), aux };
      }
      case "read":
        return { name: "READ", a: address(op.page) };
      case "write":
        return { name: "WRITE", a: address(op.page), b: small(op.value) };
      case "touch":
        return { name: "TOUCH", a: address(op.page), b: op.pages, aux: op.write ? 1 : 0 };
      case "pin":
        return {
          name: "PIN",
          flags: this.#code("OPF_RANGE"),
          a: address(op.page),
          b: op.pages,
          aux: op.write ? 1 : 0,
        };
      case "unpin":
        return { name: "UNPIN", flags: this.#code("OPF_RANGE"), a: address(op.page), b: op.pages };
      case "register":
      case "unregister": {
        const aux = op.kind === "register" ? 1 : 0;
        return { name: "REGISTER", a: address(op.page), b: bytes(op.pages), aux };
      }
      case "supply":
        return op.value === undefined
          ? { name: "SUPPLY", a: address(op.page) }
          : { name: "SUPPLY", a: address(op.page), b: small(op.value), aux: this.#code("SUPPLY_WORD") };
      case "heap":
        return { name: "BRK", a: address(op.page), aux: 1 };
      case "brk":
        return { name: "BRK", a: address(op.page) };
      case "fork":
        return { name: "FORK", aux: this.#slotOf(op.child) };
      case "hold":
        return { name: "PIN", a: address(op.page), aux: op.write ? 1 : 0 };
      case "expect": {
        const flags = this.#code("OPF_EXPECT");
        return { name: "READ", flags, a: address(op.page), b: small(op.value), c: small(op.other) };
      }
      case "release":
        return op.value === undefined
          ? { name: "UNPIN" }
          : { name: "UNPIN", flags: this.#code("OPF_EXPECT"), b: small(op.value), c: small(op.value) };
      case "device":
        return { name: "DEVICE", b: small(op.value) };
      case "seen": {
        // The distance of the pages is signed.
        const aux = (op.nextPage - op.page) >>> 0;
        return { name: "SEEN", aux, a: address(op.page), b: small(op.value), c: small(op.nextValue) };
      }
      case "fail":
        return { name: "FAIL", a: op.after };
      case "scan": {
        const aux = op.hold === "locked" ? 0 : this.#code(`SCAN_${op.hold.toUpperCase()}`);
        return { name: "SCAN", a: op.rounds, aux };
      }
      case "check":
        return { name: "CHECK", aux: 1 };
      case "reclaim":
      case "writeback":
      case "compact":
        return { name: op.kind.toUpperCase(), a: op.pages };
      case "exit":
      case "cpu":
      case "ksm":
      case "swapoff":
      case "sync":
      case "dump":
        return { name: op.kind.toUpperCase() };
    }
  }

  #mmap(op: MmapOp): Fields {
    let flags = this.#code(op.shared ? "MAP_SHARED" : "MAP_PRIVATE");
    if (op.page !== "any") flags |= this.#code("MAP_FIXED");
    if (op.stack) flags |= this.#code("MAP_GROWSDOWN");
    let c = 0;
    if (op.backing === "anon") flags |= this.#code("MAP_ANONYMOUS");
    else c = mmapWhere(this.#shifts, FILE_SLOT, op.backing);
    const a = op.page === "any" ? 0 : address(op.page);
    return { name: "MMAP", a, b: bytes(op.pages), c, aux: mmapAux(this.#shifts, this.#prot(op.prot), flags) };
  }

  #mremap(op: MremapOp): Fields {
    let flags = 0;
    if (op.to !== "stay") flags |= this.#code("MREMAP_MAYMOVE");
    if (typeof op.to === "number") flags |= this.#code("MREMAP_FIXED");
    if (op.keep) flags |= this.#code("MREMAP_DONTUNMAP");
    const c = typeof op.to === "number" ? address(op.to) : 0;
    return {
      name: "MREMAP",
      a: address(op.page),
      b: bytes(op.pages),
      c,
      aux: mremapAux(this.#shifts, flags, op.newPages),
    };
  }

  #prot(prot: Prot): number {
    if (prot === "none") return 0;
    return this.#code("PROT_READ") | (prot === "rw" ? this.#code("PROT_WRITE") : 0);
  }

  #number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#code(`OP_${name}`);
    this.#numbers.set(name, number);
    return number;
  }

  #code(name: string): number {
    const code = this.#layout.find(name);
    if (code === undefined) {
      throw new EnvironmentError(
        `the engine has no constant ${name}`,
        "This build of the engine lacks the operation: use a complete build of the same version.",
      );
    }
    return code;
  }
}

type Fields = { readonly name: string } & Partial<Pick<OpRecord, "flags" | "aux" | "a" | "b" | "c">>;

const WINDOW = Number(WINDOW_BASE);

function address(page: number): number {
  return WINDOW + page * PAGE_BYTES;
}

function bytes(pages: number): number {
  return pages * PAGE_BYTES;
}

/** A number when that is exact: it is cheaper to write. */
function small(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
