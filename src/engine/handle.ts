/** What the handles of an engine (address spaces, files, pins, batches) have in common: who may make one, and whose it is. */
import { UsageError } from "../errors.js";
import { show } from "../text/arguments.js";

/** The first argument of every constructor of a handle: who has not got it cannot make one. */
export const MADE_HERE: unique symbol = Symbol("made by rmap-engine");

/** The method that `console.log` of Node calls on an object to show it. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** An object in a line, by its class and what of it is of interest: `AddressSpace { slot: 3 }`. */
export function inLine(name: string, parts: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(parts).map(([part, value]) => `${part}: ${String(value)}`);
  return `${name} { ${said.join(", ")} }`;
}

/** Throws UsageError unless `key` is the one that only this library has. */
export function mustBeMadeHere(key: unknown, name: string, maker: string): void {
  if (key !== MADE_HERE) throw new UsageError(`new ${name}() makes no ${name} that works`, `use ${maker}`);
}

/** Names an argument, for an error. */
export type Name = () => string;

/** Throws the UsageError for a value that is no handle of a kind at all. */
export function noHandle(what: Name, name: string, value: unknown, maker: string): never {
  throw new UsageError(`${what()} must be ${name}, not ${show(value)}`, `make one with ${maker}`);
}

/** Throws UsageError unless a handle's engine, `its`, is the one that it is used with. */
export function mustBeOf<Core extends object>(what: Name, its: Core, core: Core): void {
  if (its === core) return;
  throw new UsageError(
    `${what()} belongs to another engine`,
    "nothing is shared between engines: make one on this engine",
  );
}
