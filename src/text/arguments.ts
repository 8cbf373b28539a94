/**
 * Checks arguments of calls. Each check takes the argument's name ("read: the address") and returns the value in the
 * engine's form. It throws UsageError with the given value, its unit, and the expected one.
 */

import { UsageError } from "../errors.js";
import { editDistance } from "./nearest.js";

/** Longest text of a value in a message. */
const SHOWN = 60;
/** The largest number of a 64-bit word. */
const MAX_WORD = 2n ** 64n - 1n;

/** A value for a message. Never throws, and never runs code of the value. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value));
    case "bigint":
      // A huge number takes long to print, and nobody reads it.
      if (value < -(2n ** 128n) || value > 2n ** 128n) return "a bigint of more than 128 bits";
      return `${value}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "symbol":
      return cut(String(value));
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : isArray(value) ? "an array" : "an object";
    default:
      return String(value);
  }
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** Array.isArray, without its error for a revoked proxy. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Bounds and unit of a whole number. */
export interface Range {
  /** The unit in the plural: `bytes`, `pages`. */
  readonly unit?: string;
  /** The smallest valid value. Default 0. */
  readonly low?: number;
  /** The largest valid value. Default: the largest exact integer. */
  readonly high?: number;
}

/** A number without a fraction, within bounds. */
export function wholeNumber(what: string, value: unknown, range: Range = {}): number {
  const { unit, low = 0, high = Number.MAX_SAFE_INTEGER } = range;
  const unitText = unit === undefined ? "" : ` ${unit}`;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    const hint = typeof value === "bigint" ? "Number(value) turns a bigint into a number" : "";
    const expected = unit === undefined ? "a whole number" : `a whole number of ${unit}`;
    throw new UsageError(`${what} must be ${expected}, not ${show(value)}`, hint);
  }
  if (value < low) throw new UsageError(`${what} must be at least ${low}${unitText}, not ${value}`);
  if (value > high) throw new UsageError(`${what} must be at most ${high}${unitText}, not ${value}`);
  // Removes the sign of -0.
  return value + 0;
}

/** An option's value, or the usual one when it is undefined. null is a wrong value, not a missing one. */
export function given<Value>(value: Value | undefined, usual: Value): Value {
  return value === undefined ? usual : value;
}

/** A 64-bit word: an unsigned bigint, or an exact number. Returns a bigint. */
export function word(what: string, value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= MAX_WORD) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const number = typeof value === "bigint" || typeof value === "number";
  throw new UsageError(
    `${what} must be an unsigned 64-bit word (0n to 2n ** 64n - 1n, or a number up to 2 ** 53 - 1), not ${show(value)}`,
    number && value < 0 ? "BigInt.asUintN(64, value) gives the word for a negative number" : "",
  );
}

/** True or false; undefined stays undefined. */
export function flag(what: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new UsageError(`${what} must be true or false, not ${show(value)}`);
}

/** One word of a list. */
export function oneOf<Name extends string>(what: string, value: unknown, names: readonly Name[]): Name {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const near = typeof value === "string" ? meant(value, names) : undefined;
  throw new UsageError(
    `${what} must be ${orList(names.map((name) => `"${name}"`))}, not ${show(value)}`,
    near === undefined ? "" : `did you mean "${near}"?`,
  );
}

/** A text. */
export function text(what: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new UsageError(`${what} must be a string, not ${show(value)}`);
}

/** A function. */
export function callable<F>(what: string, value: F): F {
  if (typeof value === "function") return value;
  throw new UsageError(`${what} must be a function, not ${show(value)}`);
}

/**
 * A copy of an object of options; reads each option once. `names` are the valid options. An undefined object counts
 * as empty, and an undefined option as missing.
 */
export function optionsOf<Options extends object>(
  what: string,
  value: Options | undefined,
  names: readonly (keyof Options & string)[],
): Partial<Options> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || isArray(value)) {
    throw new UsageError(
      `${what}: the options must be an object, not ${show(value)}`,
      `write { ${names[0]}: … }, or leave the options out`,
    );
  }
  for (const name of Object.keys(value)) {
    if ((names as readonly string[]).includes(name)) continue;
    const near = meant(name, names);
    const question = near === undefined ? "" : `; did you mean "${near}"?`;
    throw new UsageError(
      `${what}: there is no option ${show(name)}${question}`,
      names.length === 1 ? `the one option is ${names[0]}` : `the options are ${names.join(", ")}`,
    );
  }
  const copy: Partial<Options> = {};
  for (const name of names) {
    const given = value[name];
    if (given !== undefined) copy[name] = given;
  }
  return copy;
}

/**
 * For calls without options: refuses a plain object after the arguments, because the caller means it as options.
 * Ignores anything else, as JavaScript does: an event listener, for example, gets an event that it does not need.
 */
export function noOptions(what: string, rest: readonly unknown[]): void {
  const given = rest.find(isPlain);
  if (given === undefined) return;
  const names = Object.keys(given).map(show).join(", ");
  throw new UsageError(
    `${what} takes no options${names === "" ? "" : `, but got ${names}`}`,
    "leave them out",
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The name in a list that the caller probably meant; undefined when none is near. */
function meant(name: string, names: readonly string[]): string | undefined {
  // The distance of long strings takes long, and no name is long.
  if (name.length > SHOWN) return undefined;
  const ranked = names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(name.length / 2)) ? best.candidate : undefined;
}

function orList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} or ${items[items.length - 1]}`;
}
