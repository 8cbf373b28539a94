/** Accesses of a batch that come in typed arrays instead of one by one. */
import type { Many } from "../cpu/many.js";
import { UsageError } from "../errors.js";
import { optionsOf, show } from "../text/arguments.js";
import { formatAddress } from "../text/numbers.js";

/** What one access does. `look` accesses a page as a read does, and `touch` as a write, but they leave the value alone. */
export type AccessName = "read" | "write" | "look" | "touch";

/** The codes of accesses in an array of operations. */
export const ACCESS = { read: 0, write: 1, look: 2, touch: 3 } as const satisfies Readonly<
  Record<AccessName, number>
>;

/** Arrays of accesses. All have the same length. Leave them alone until the batch has run. */
export interface Accesses {
  /** What each access does, by its code in `ACCESS`; or the name of what all of them do. */
  readonly operations: Uint8Array | AccessName;
  /** Where: bytes, as anywhere else. */
  readonly addresses: Float64Array;
  /** The words that writes store. Afterwards: the words that were read or written, and 1 for each page looked at or touched. */
  readonly values: BigUint64Array;
  /** Afterwards: 0, -errno, or -(1000 + signal) of each access. `engine.nameOf` gives the name. */
  readonly results?: Int32Array;
}

const NAMES = ["operations", "addresses", "values", "results"] as const;

/**
 * Checks arrays of accesses: their kinds, their lengths, and every access. `unaligned`: bits that are zero in the address of
 * a word. Throws UsageError.
 */
export function checkedAccesses(slot: number, given: Accesses, unaligned: number): Many {
  const what = "accesses";
  if (given === undefined) throw new UsageError(`${what}: there are no arrays`);
  const { operations, addresses, values, results } = optionsOf(what, given, NAMES) as Accesses;
  const kind = (name: string, value: unknown, type: new (length: number) => object) => {
    if (value instanceof type) return;
    throw new UsageError(`${what}: ${name} must be a ${type.name}, not ${show(value)}`);
  };
  kind("addresses", addresses, Float64Array);
  kind("values", values, BigUint64Array);
  if (results !== undefined) kind("results", results, Int32Array);
  const named = typeof operations === "string" && Object.hasOwn(ACCESS, operations);
  if (!named && !(operations instanceof Uint8Array)) {
    throw new UsageError(
      `${what}: operations must be a Uint8Array, or "read", "write", "look" or "touch", not ${show(operations)}`,
      "the codes of an array are those of ACCESS",
    );
  }
  const codes = named ? ACCESS[operations] : (operations as Uint8Array);
  const count = addresses.length;
  const lengths = {
    operations: typeof codes === "number" ? undefined : codes.length,
    values: values.length,
    results: results?.length,
  };
  for (const [name, length] of Object.entries(lengths)) {
    if (length === undefined || length === count) continue;
    throw new UsageError(`${what}: there are ${count} addresses, and ${length} ${name}`);
  }
  checkEach(what, codes, addresses, unaligned);
  const halves = new Uint32Array(values.buffer, values.byteOffset, 2 * count);
  return { slot, codes, addresses, halves, results };
}

/**
 * Every access, in one pass. It multiplies instead of looking at bits: an address has more bits than those are fast for. One
 * kind of access for all has a loop of its own, because a choice in the loop costs as much as the rest.
 */
function checkEach(
  what: string,
  codes: Uint8Array | number,
  addresses: Float64Array,
  unaligned: number,
): void {
  const words = 1 / (unaligned + 1);
  if (typeof codes === "number") {
    const units = codes <= ACCESS.write ? words : 1;
    for (let i = 0; i < addresses.length; i++) {
      if (!isPlace(addresses[i] as number, units)) refuse(what, i, codes, addresses[i] as number);
    }
    return;
  }
  for (let i = 0; i < addresses.length; i++) {
    const code = codes[i] as number;
    const units = code <= ACCESS.write ? words : 1;
    if (!isPlace(addresses[i] as number, units) || code > ACCESS.touch)
      refuse(what, i, code, addresses[i] as number);
  }
}

/** Whether the address is that of a whole unit; `units` is how many of them a byte has. */
function isPlace(at: number, units: number): boolean {
  return at >= 0 && at <= Number.MAX_SAFE_INTEGER && Math.floor(at * units) === at * units;
}

function refuse(what: string, i: number, code: number, at: number): never {
  if (code > ACCESS.touch) {
    throw new UsageError(`${what}: operation ${i} has the code ${code}, which is none of ACCESS`);
  }
  if (!(Number.isSafeInteger(at) && at >= 0)) {
    throw new UsageError(`${what}: address ${i} must be a whole number of bytes, not ${show(at)}`);
  }
  throw new UsageError(`${what}: address ${i} must be a multiple of 8, not ${formatAddress(at)}`);
}
