/** What handles (address spaces, files, pins, batches) and their engine need of each other. */
import { UsageError } from "../errors.js";
import { show } from "./arguments.js";
import type { Encoder } from "./encode.js";
import type { Engine } from "./engine.js";
import type { EngineFile } from "./file.js";
import type { HostCpu } from "./host-cpu.js";
import type { Pin } from "./pin.js";
import type { AddressSpace } from "./space.js";

/** What an engine does for its own handles, and for nobody else. */
export interface Owner {
  readonly engine: Engine;
  readonly encoder: Encoder;
  /** The calling thread's CPU; knows whether the engine is disposed. */
  readonly cpu: HostCpu;
  /** Throws UsageError when the engine is disposed, and while a batch runs: for what needs CPUs that stand still. */
  mustRest(what: string): void;
  /** Notes a pin that was taken. */
  pinned(pin: Pin): void;
  /** Drops a pin's hold on its page. */
  unpinned(pin: Pin, page: number): void;
  /** Gives the slot of something that has ended back, once no batch names it any more. */
  giveBack(handle: AddressSpace | EngineFile): void;
  /** Runs something while kswapd pauses. */
  still<T>(run: () => T): T;
  /** Runs a batch when its turn comes. `handles` is asked first, and names what must keep its slot until the batch has ended. */
  runBatch<T>(handles: () => ReadonlySet<AddressSpace | EngineFile>, run: () => Promise<T>): Promise<T>;
}

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

/** Throws UsageError unless a handle's engine is the one that it is used with. */
export function mustBeOf(what: Name, handle: { readonly engine: Engine }, engine: Engine): void {
  if (handle.engine === engine) return;
  throw new UsageError(
    `${what()} belongs to another engine`,
    "nothing is shared between engines: make one on this engine",
  );
}
