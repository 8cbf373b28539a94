/** Failures of single operations, as typed errors: signals, out of memory, and the errno family. */

import type { Machine } from "../cpu/boot.js";
import { named, RmapError, UsageError } from "../errors.js";
import type { OpOutcome, Refused } from "../record/record.js";
import { resultName } from "../record/results.js";
import { formatAddress } from "../text/numbers.js";
import { adviceNow } from "./exhausted.js";

/** An access to an address that is not mapped, or whose mapping does not allow it: SIGSEGV. */
export class SegmentationFault extends RmapError {
  static {
    named(SegmentationFault, "SegmentationFault");
  }

  /** The address of the access, in bytes. */
  readonly address: number;

  constructor(address: number, access: string) {
    super(
      "SEGV",
      `segmentation fault: ${access} at ${formatAddress(address)}`,
      "no mapping there allows this access",
    );
    this.address = address;
  }
}

/** An access to a mapped address beyond the end of its file: SIGBUS. */
export class BusError extends RmapError {
  static {
    named(BusError, "BusError");
  }

  /** The address of the access, in bytes. */
  readonly address: number;

  constructor(address: number, access: string) {
    super(
      "BUS",
      `bus error: ${access} at ${formatAddress(address)}`,
      "the mapping reaches beyond its file's end",
    );
    this.address = address;
  }
}

/** A call that failed with an errno; `code` is its name, such as `EINVAL`. */
export class SystemCallError extends RmapError {
  static {
    named(SystemCallError, "SystemCallError");
  }

  /** The positive errno. */
  readonly errno: number;

  constructor(code: string, errno: number, call: string, hint = RULES[code]) {
    super(code, `${call}: ${code}`, hint);
    this.errno = errno;
  }
}

/** The engine is full: no frame, or no room for a page table or an object. `code` is `ENOMEM`; that of madvise is `EAGAIN`. */
export class OutOfMemory extends SystemCallError {
  static {
    named(OutOfMemory, "OutOfMemory");
  }

  /** What ran out. The hint names the options of `Engine.create` that are too small. */
  readonly refused: Refused;

  constructor(code: string, errno: number, call: string, refused: Refused, advice: string) {
    super(
      code,
      errno,
      call,
      `memory is full, ${FULL[refused]}: end or unmap something, or create the engine with more; ${advice}`,
    );
    this.refused = refused;
  }
}

/**
 * Hints for errno values that are not clear enough. EINVAL has many causes. ENOMEM and EAGAIN look as if the engine
 * were full.
 */
const RULES: Readonly<Record<string, string>> = {
  EINVAL:
    "check that the address is a multiple of the page size, that the range is neither empty nor too long, and that the call suits what is mapped there",
  ENOMEM:
    "memory is not full: part of the range is not mapped, or the new mapping does not fit or is too large",
  EMISSING:
    "a page of the range is missing, and no handler supplies it: give the range one with onMissing, as after Engine.load",
  EAGAIN: "memory is not full: the address space has reached its limit of mappings",
};
const FULL: Readonly<Record<Refused, string>> = {
  frame: "no frame is free",
  table: "no page is left for page tables",
  object: "no page is left for objects (mappings, anon_vmas, …)",
};

/**
 * The error for a failed operation. `what` names the call (`mmap of 4 pages`) or the access (`write`). An access has
 * an address.
 */
export function operationError(
  machine: Machine,
  outcome: OpOutcome,
  what: string,
  address?: number,
): RmapError {
  const { result, refused } = outcome;
  const { layout } = machine;
  const name = String(resultName(layout, result));
  if (name === "SEGV") return new SegmentationFault(address ?? 0, what);
  if (name === "BUS") return new BusError(address ?? 0, what);
  const call = address === undefined ? what : `${what} at ${formatAddress(address)}`;
  if (refused) return new OutOfMemory(name, -result, call, refused, adviceNow(machine, refused));
  return new SystemCallError(name, -result, call);
}

/** @internal The error for an address space that no operation has filled yet, or that one has ended. */
export function noSpace(what: string): UsageError {
  return new UsageError(
    `${what}: this address space does not exist yet, or no longer`,
    "you reserved it and no operation has filled it yet, or an operation record has ended it",
  );
}
