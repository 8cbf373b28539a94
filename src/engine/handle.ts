/**
 * The common part of the handles of an engine (address spaces, files, pins, batches): who may make one, and its
 * engine.
 */
import { UsageError } from "../errors.js";
import { show } from "../text/arguments.js";

/** The first argument of every handle's constructor. Only code that has it can make a handle. */
export const MADE_HERE: unique symbol = Symbol("made by rmap-engine");

/** The method that `console.log` of Node calls on an object to show it. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** An object in a line, by its class and its main properties: `AddressSpace { slot: 3 }`. */
export function inLine(name: string, parts: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(parts).map(([part, value]) => `${part}: ${String(value)}`);
  return `${name} { ${said.join(", ")} }`;
}

/** Throws UsageError unless `key` is this library's own key. */
export function mustBeMadeHere(key: unknown, name: string, maker: string): void {
  if (key !== MADE_HERE) throw new UsageError(`new ${name}() does not make a usable ${name}`, `use ${maker}`);
}

/** Names an argument, for an error. */
export type Name = () => string;

/** Throws UsageError for a value that is not a handle of the expected kind. */
export function noHandle(what: Name, name: string, value: unknown, maker: string): never {
  throw new UsageError(`${what()} must be ${name}, not ${show(value)}`, `make one with ${maker}`);
}

/** Throws UsageError unless a handle's engine, `its`, is the engine in use. */
export function mustBeOf<Core extends object>(what: Name, its: Core, core: Core): void {
  if (its === core) return;
  throw new UsageError(
    `${what()} belongs to another engine`,
    "engines share nothing: make one on this engine",
  );
}
