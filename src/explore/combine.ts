/** What read-modify-writes compute. */

import type { AccessKind, Value } from "./access.js";

function combine32(kind: AccessKind, old: number, value: number): number {
  switch (kind) {
    case "add":
    case "mark":
      return (old + value) >>> 0;
    case "sub":
      return (old - value) >>> 0;
    case "or":
      return (old | value) >>> 0;
    case "and":
      return (old & value) >>> 0;
    default:
      return value;
  }
}

function combine64(kind: AccessKind, old: bigint, value: bigint): bigint {
  switch (kind) {
    case "add":
      return BigInt.asUintN(64, old + value);
    case "sub":
      return BigInt.asUintN(64, old - value);
    case "or":
      return old | value;
    case "and":
      return old & value;
    default:
      return value;
  }
}

/** The new value of a word after a read-modify-write; for `xchg` the operand. */
export function combine(kind: AccessKind, old: Value, value: Value): Value {
  return typeof old === "bigint"
    ? combine64(kind, old, value as bigint)
    : combine32(kind, old, value as number);
}
