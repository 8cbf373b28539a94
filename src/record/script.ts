/**
 * Operations as the 32-byte records that the engine executes, and outcomes read back from them. Numbers of operations,
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

/** Bytes a record. */
export const RECORD_BYTES = 32;

/** Constants of the engine's layout by name (`OP_MMAP`, `PROT_READ`, `MADV_FREE`, `ENOMEM`, …). */
export type OpCodes = Readonly<Record<string, number>>;

/** The result word of a signal is -(1000 + number). */
const SIGNAL_BASE = 1000;
const SIGNALS: Readonly<Record<number, string>> = { 7: "BUS", 11: "SEGV" };

/** What a record says after it ran. */
export interface RecordOutcome {
  readonly outcome: Outcome;
  /** read: the word; mmap, mremap, brk: the address; touch: pages touched. */
  readonly value: bigint;
  /** Change of the number of anonymous pages of the space. */
  readonly anonDelta: number;
}

/** Encodes operations and decodes outcomes for one engine. */
export class RecordCodec {
  private readonly errors = new Map<number, string>();

  /**
   * `codes` are the layout's constants; `slotOf` tells the address space slot of a process.
   */
  constructor(
    private readonly codes: OpCodes,
    private readonly slotOf: (process: number) => number = (process) => process,
  ) {
    for (const [name, number] of Object.entries(codes)) {
      if (/^E[A-Z0-9]+$/.test(name) && number > 0 && !this.errors.has(number)) this.errors.set(number, name);
    }
  }

  /**
   * Writes the record of an operation at `at`. False for what the host does itself (`cpu`, `sync`, `dump`): nothing is
   * written then. Throws `EnvironmentError` when the engine has no constant of that name.
   */
  encode(op: Operation, view: DataView, at: number, flags = 0): boolean {
    if (op.kind === "cpu" || op.kind === "sync" || op.kind === "dump") return false;
    const space = isProcessOperation(op) ? this.slotOf(op.process) : 0;
    const fields = this.fields(op);
    view.setUint8(at, this.code(`OP_${fields.name}`));
    view.setUint8(at + 1, flags | (fields.flags ?? 0));
    view.setUint16(at + 2, space, true);
    view.setUint32(at + 4, fields.aux ?? 0, true);
    view.setBigUint64(at + 8, fields.a ?? 0n, true);
    view.setBigUint64(at + 16, fields.b ?? 0n, true);
    view.setBigUint64(at + 24, fields.c ?? 0n, true);
    return true;
  }

  /** Reads the outcome of the record at `at`. */
  decode(view: DataView, at: number): RecordOutcome {
    const result = view.getInt32(at + 24, true);
    return {
      outcome: this.outcomeOf(result),
      value: view.getBigUint64(at + 16, true),
      anonDelta: view.getInt32(at + 28, true),
    };
  }

  /** The name of a result word: 0, an errno name, "SEGV" or "BUS"; an unknown number is spelled out. */
  outcomeOf(result: number): Outcome {
    if (result >= 0) return 0;
    if (result < -SIGNAL_BASE) return SIGNALS[-result - SIGNAL_BASE] ?? `SIGNAL ${-result - SIGNAL_BASE}`;
    return this.errors.get(-result) ?? `ERRNO ${-result}`;
  }

  private fields(op: Operation): Fields {
    switch (op.kind) {
      case "mmap":
        return this.mmap(op);
      case "mremap":
        return this.mremap(op);
      case "munmap":
      case "mlock":
      case "munlock":
      case "migrate":
        return { name: op.kind.toUpperCase(), a: address(op.page), b: bytes(op.pages) };
      case "mprotect":
        return { name: "MPROTECT", a: address(op.page), b: bytes(op.pages), aux: this.prot(op.prot) };
      case "madvise": {
        const aux = this.code(`MADV_${op.advice.toUpperCase()}`);
        return { name: "MADVISE", a: address(op.page), b: bytes(op.pages), aux };
      }
      case "read":
        return { name: "READ", a: address(op.page) };
      case "write":
        return { name: "WRITE", a: address(op.page), b: op.value };
      case "touch":
        return { name: "TOUCH", a: address(op.page), b: BigInt(op.pages), aux: op.write ? 1 : 0 };
      case "pin":
        return {
          name: "PIN",
          flags: this.code("OPF_RANGE"),
          a: address(op.page),
          b: BigInt(op.pages),
          aux: op.write ? 1 : 0,
        };
      case "unpin":
        return { name: "UNPIN", flags: this.code("OPF_RANGE"), a: address(op.page), b: BigInt(op.pages) };
      case "heap":
        return { name: "BRK", a: address(op.page), aux: 1 };
      case "brk":
        return { name: "BRK", a: address(op.page) };
      case "fork":
        return { name: "FORK", aux: this.slotOf(op.child) };
      case "hold":
        return { name: "PIN", a: address(op.page), aux: op.write ? 1 : 0 };
      case "expect": {
        const flags = this.code("OPF_EXPECT");
        return { name: "READ", flags, a: address(op.page), b: op.value, c: op.other };
      }
      case "release":
        return op.value === undefined
          ? { name: "UNPIN" }
          : { name: "UNPIN", flags: this.code("OPF_EXPECT"), b: op.value, c: op.value };
      case "scan": {
        const aux = op.hold === "locked" ? 0 : this.code(`SCAN_${op.hold.toUpperCase()}`);
        return { name: "SCAN", a: BigInt(op.rounds), aux };
      }
      case "check":
        return { name: "CHECK", aux: 1 };
      case "reclaim":
      case "writeback":
        return { name: op.kind.toUpperCase(), a: BigInt(op.pages) };
      default:
        return { name: op.kind.toUpperCase() };
    }
  }

  private mmap(op: MmapOp): Fields {
    let flags = this.code(op.shared ? "MAP_SHARED" : "MAP_PRIVATE");
    if (op.page !== "any") flags |= this.code("MAP_FIXED");
    if (op.stack) flags |= this.code("MAP_GROWSDOWN");
    let c = 0n;
    if (op.backing === "anon") flags |= this.code("MAP_ANONYMOUS");
    else c = BigInt(op.backing) | (BigInt(FILE_SLOT) << 40n);
    const a = op.page === "any" ? 0n : address(op.page);
    return { name: "MMAP", a, b: bytes(op.pages), c, aux: this.prot(op.prot) | (flags << 8) };
  }

  private mremap(op: MremapOp): Fields {
    let flags = 0;
    if (op.to !== "stay") flags |= this.code("MREMAP_MAYMOVE");
    if (typeof op.to === "number") flags |= this.code("MREMAP_FIXED");
    if (op.keep) flags |= this.code("MREMAP_DONTUNMAP");
    const c = typeof op.to === "number" ? address(op.to) : 0n;
    return { name: "MREMAP", a: address(op.page), b: bytes(op.pages), c, aux: flags | (op.newPages << 4) };
  }

  private prot(prot: Prot): number {
    if (prot === "none") return 0;
    return this.code("PROT_READ") | (prot === "rw" ? this.code("PROT_WRITE") : 0);
  }

  private code(name: string): number {
    const code = this.codes[name];
    if (code === undefined) {
      throw new EnvironmentError(
        `the engine has no constant ${name}`,
        "This build of the engine lacks the operation: use a complete build of the same version.",
      );
    }
    return code;
  }
}

interface Fields {
  readonly name: string;
  readonly flags?: number;
  readonly aux?: number;
  readonly a?: bigint;
  readonly b?: bigint;
  readonly c?: bigint;
}

function address(page: number): bigint {
  return WINDOW_BASE + BigInt(page) * BigInt(PAGE_BYTES);
}

function bytes(pages: number): bigint {
  return BigInt(pages) * BigInt(PAGE_BYTES);
}
