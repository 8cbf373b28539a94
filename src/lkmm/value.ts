/** Values of registers and of memory in a litmus test. */

/**
 * A number; the address of a location, `&x`, `&x[2]` or `&x.field`; the index that `srcu_read_lock` returns, `#…`; or
 * UNKNOWN.
 */
export type Value = number | string;

/** Stands for every value while we look for the values that a location can hold. */
export const UNKNOWN = "?";

/** The result of arithmetic on an address that is no address any more. Nothing can be read there. */
const WILD = "&";

/** The location that an address names; undefined when the value is no address. */
export function locationOf(value: Value): string | undefined {
  return typeof value === "string" && value.length > 1 && value[0] === "&" ? value.slice(1) : undefined;
}

/** True for the index of an SRCU critical section. */
function isCookie(value: Value): value is string {
  return typeof value === "string" && value[0] === "#";
}

/** The address of an element of the array at an address; the element 0 of `x` is `x` itself. */
export function elementAt(base: Value, index: Value): Value {
  const location = locationOf(base);
  if (location === undefined || typeof index !== "number") return WILD;
  const [, name = "", at = "0"] = /^(.*?)(?:\[(\d+)\])?$/.exec(location) ?? [];
  const place = Number(at) + index;
  if (place === 0) return `&${name}`;
  return place > 0 ? `&${name}[${place}]` : WILD;
}

/** True when two values are the same; the index of an SRCU critical section counts as 0. */
export function sameValue(a: Value, b: Value): boolean {
  return a === b || numberOf(a) === numberOf(b);
}

function numberOf(value: Value): Value {
  return isCookie(value) ? 0 : value;
}

/** A value as herd7 prints it. */
export function printValue(value: Value): string {
  return isCookie(value) ? "0" : String(locationOf(value) ?? value);
}

/** What a C operator makes of two values; UNKNOWN if one of them is. Numbers have 64 bits. */
export function operate(operator: string, a: Value, b: Value): Value {
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN;
  if (operator === "==" || operator === "!=") return Number(sameValue(a, b) === (operator === "=="));
  const left = numberOf(a);
  const right = numberOf(b);
  if (typeof left === "string" || typeof right === "string") return onAddress(operator, left, right);
  const act = OPERATORS[operator];
  if (act === undefined) return WILD;
  const result = act(left, right);
  const isExact = Math.abs(left) <= SMALL && Math.abs(right) <= SMALL && Number.isSafeInteger(result);
  const large = isExact && !(operator === "<<" && right > 0) ? undefined : LARGE[operator];
  return large === undefined ? result : Number(BigInt.asIntN(64, large(BigInt(left), BigInt(right))));
}

/** Up to here the operators of bits are exact. */
const SMALL = 2 ** 31 - 1;

/** The operators that need more bits than JavaScript gives to a number. */
const LARGE: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << (b & 63n),
  ">>": (a, b) => a >> (b & 63n),
};

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  "%": (a, b) => (b === 0 ? 0 : a % b),
  "&": (a, b) => a & b,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "&&": (a, b) => Number(a !== 0 && b !== 0),
  "||": (a, b) => Number(a !== 0 || b !== 0),
};

/** Arithmetic that tests do with addresses, such as `p ^ p` or `p + (r - r)`. */
function onAddress(operator: string, a: Value, b: Value): Value {
  switch (operator) {
    case "+":
      return typeof b === "number" ? elementAt(a, b) : typeof a === "number" ? elementAt(b, a) : WILD;
    case "-":
      return a === b ? 0 : typeof b === "number" ? elementAt(a, -b) : WILD;
    case "^":
      return a === b ? 0 : b === 0 ? a : a === 0 ? b : WILD;
    case "|":
      return b === 0 ? a : a === 0 ? b : WILD;
    case "&":
    case "*":
      return a === 0 || b === 0 ? 0 : WILD;
    case "&&":
      return Number(a !== 0 && b !== 0);
    case "||":
      return 1;
    default:
      return WILD;
  }
}
