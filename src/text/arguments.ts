/**
 * Checks of what callers pass. Each takes the name of what it checks ("read: the address"), returns the value in the
 * form that the engine takes, and throws UsageError with the value that was given, its unit, and what is expected.
 */

import { UsageError } from "../errors.js";
import { editDistance } from "./nearest.js";

/** Longest text of a value in a message. */
const SHOWN = 60;
/** The largest number of a 64-bit word. */
const MAX_WORD = 2n ** 64n - 1n;

/** A value as messages show it. Never throws, whatever the value is, and never runs code of the value's own. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value));
    case "bigint":
      // Printing a huge one takes long, and nobody reads it.
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

/** Array.isArray, which throws for a proxy that was revoked. */
function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Bounds and unit of a whole number. */
export interface Range {
  /** What is counted, in the plural: `bytes`, `pages`. */
  readonly unit?: string;
  /** The least that is allowed. Default 0. */
  readonly low?: number;
  /** The most that is allowed. Default: the largest number that is exact. */
  readonly high?: number;
}

/** A number without a fraction, within bounds. */
export function wholeNumber(what: string, value: unknown, range: Range = {}): number {
  const { unit, low = 0, high = Number.MAX_SAFE_INTEGER } = range;
  const unitText = unit === undefined ? "" : ` ${unit}`;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    const hint = typeof value === "bigint" ? "Number(value) makes a number of a bigint" : "";
    const expected = unit === undefined ? "a whole number" : `a whole number of ${unit}`;
    throw new UsageError(`${what} must be ${expected}, not ${show(value)}`, hint);
  }
  if (value < low) throw new UsageError(`${what} must be at least ${low}${unitText}, not ${value}`);
  if (value > high) throw new UsageError(`${what} must be at most ${high}${unitText}, not ${value}`);
  // Without the sign of a zero.
  return value + 0;
}

/** An option's value, or the usual one when it is not given. null is given, and wrong. */
export function given<Value>(value: Value | undefined, usual: Value): Value {
  return value === undefined ? usual : value;
}

/** A 64-bit word: a bigint without sign, or a number that is exact. Comes back as a bigint. */
export function word(what: string, value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= MAX_WORD) return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  const number = typeof value === "bigint" || typeof value === "number";
  throw new UsageError(
    `${what} must be a word of 64 bits without sign (0n to 2n ** 64n - 1n, or a number up to 2 ** 53 - 1), not ${show(value)}`,
    number && value < 0 ? "BigInt.asUintN(64, value) makes the word that stands for a negative number" : "",
  );
}

/** True or false; undefined stays so. */
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
 * An object of options, copied: each is read once. `names` are the options that there are; undefined is an empty object,
 * and an option that is undefined counts as not given.
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
      `write { ${names[0]}: … }, or leave them out`,
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
 * For calls that take no options, or none behind their arguments: refuses a plain object, which somebody meant as options.
 * Anything else is left alone, as JavaScript does: a listener gets an event that it does not look at.
 */
export function noOptions(what: string, rest: readonly unknown[]): void {
  const given = rest.find(isPlain);
  if (given === undefined) return;
  const names = Object.keys(given).map(show).join(", ");
  throw new UsageError(
    `${what} takes no options${names === "" ? "" : `, and was given ${names}`}`,
    "leave them out",
  );
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The name of a list that another one was probably meant to be; undefined when none is near. */
function meant(name: string, names: readonly string[]): string | undefined {
  // Distances of long strings take long, and no name is.
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
