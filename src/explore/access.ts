/** One access to shared memory, as the modelled engine passes it to its hooks. */

import { EnvironmentError } from "../errors.js";

/** A word: a number for 32 bits, a bigint for 64 bits; never negative. */
export type Value = number | bigint;

const KINDS = [
  "load",
  "store",
  "add",
  "mark",
  "sub",
  "or",
  "and",
  "xchg",
  "cas",
  "lock",
  "trylock",
  "unlock",
  "get",
  "put",
  "fence",
  "wait",
] as const;
const ORDERS = ["once", "acquire", "release", "dereference", "assign", "full", "read", "write"] as const;

/**
 * What an access does. `add` to `xchg` are read-modify-writes. `mark` adds beside a lock's bit, and does not look at it.
 * `lock` waits until no bit of `expected` is set in the word, and adds `value`; `trylock` does not wait. `unlock` and
 * `put` subtract `value`, and what they return is for checks only. `get` adds 1 when the word is above 0 and below
 * `value`.
 */
export type AccessKind = (typeof KINDS)[number];

/** What an access orders: overlays/model/arch/hooks.ts explains each. Only fences have `read` and `write`. */
type MemoryOrder = (typeof ORDERS)[number];

/** One hook of the module: the properties of an access that its import's name gives. */
export interface Hook {
  /** The import's name, such as `load32.acquire`. */
  readonly name: string;
  readonly kind: AccessKind;
  /** Width of the word; 0 for a fence. */
  readonly bits: 0 | 32 | 64;
  readonly order: MemoryOrder;
  /**
   * True: whoever makes the access asks only one thing of what was there. Of a load: whether it is `value`. Of a `sub`:
   * whether it was 1. There may be a check that a `sub` found more than 0.
   */
  readonly asks?: true;
}

/** Words of hooks that ask only one thing, with what they are otherwise. */
const ASKING: Readonly<Record<string, AccessKind>> = { ask: "load", drop: "sub" };

const NAME = /^([a-z]+)(32|64)?\.([a-z]+)$/;

/** Reads an import's name. Throws an EnvironmentError for a hook that this version does not know. */
export function parseHook(name: string): Hook {
  const [, word = "", width = "0", last] = NAME.exec(name) ?? [];
  const asked = ASKING[word];
  const kind = asked ?? KINDS.find((candidate) => candidate === word);
  const order = ORDERS.find((candidate) => candidate === last);
  if (kind === undefined || order === undefined) {
    throw new EnvironmentError(
      `the module needs an unknown hook: ${name}`,
      "the module and this package are of different versions: rebuild with `npm run build`",
    );
  }
  return { name, kind, bits: Number(width) as Hook["bits"], order, ...(asked && { asks: true }) };
}

/** An access with its operands. Each CPU reuses one object: copy what you want to keep. */
export class Access {
  hook: Hook = { name: "", kind: "fence", bits: 0, order: "once" };
  /** Number of the place in the code. The machine knows the names. */
  place = 0;
  /** Byte offset of the word. */
  at = 0;
  /** The operand: the value to store, to add, …; for a wait, the value that the CPU saw. */
  value: Value = 0;
  /** cas: the expected value. lock: the bits that must be clear. */
  expected: Value = 0;

  /** Takes over the fields of another access. */
  assign(other: Access): this {
    return this.set(other.hook, other.place, other.at, other.value, other.expected);
  }

  /** Sets every field. */
  set(hook: Hook, place: number, at: number, value: Value, expected: Value): this {
    this.hook = hook;
    this.place = place;
    this.at = at;
    this.value = value;
    this.expected = expected;
    return this;
  }
}

/** Called for every access. Returns the result of a load or a read-modify-write. */
export type HookHandler = (hook: Hook, place: number, at: number, value: Value, expected: Value) => Value;

/** What the names of the hooks for plain accesses begin with: see monitor/index.ts. */
const PLAIN = "plain.";

/** The hooks as a module's imports: each calls `handle` with the operands, 32-bit ones as unsigned numbers. */
export function bindHooks(
  module: WebAssembly.Module,
  handle: HookHandler,
): Record<string, (...operands: never[]) => Value> {
  const names = WebAssembly.Module.imports(module).filter(
    (entry) => entry.module === "model" && !entry.name.startsWith(PLAIN),
  );
  return Object.fromEntries(names.map(({ name }) => [name, bind(parseHook(name), handle)]));
}

function bind(hook: Hook, handle: HookHandler): (...operands: never[]) => Value {
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  if (hook.kind === "fence") return (place: number) => handle(hook, place, 0, 0, 0);
  if (hook.kind === "load" && hook.asks !== true) {
    const none = hook.bits === 64 ? 0n : 0;
    return (place: number, at: number) => handle(hook, place, at >>> 0, none, none);
  }
  if (hook.kind === "lock" || hook.kind === "trylock") {
    return (place: number, at: number, blockers: number, delta: number) =>
      handle(hook, place, at >>> 0, delta >>> 0, blockers >>> 0);
  }
  if (hook.kind === "cas") {
    return hook.bits === 64
      ? (place: number, at: number, expected: bigint, value: bigint) =>
          handle(hook, place, at >>> 0, u64(value), u64(expected))
      : (place: number, at: number, expected: number, value: number) =>
          handle(hook, place, at >>> 0, value >>> 0, expected >>> 0);
  }
  return hook.bits === 64
    ? (place: number, at: number, value: bigint) => handle(hook, place, at >>> 0, u64(value), 0n)
    : (place: number, at: number, value: number) => handle(hook, place, at >>> 0, value >>> 0, 0);
}
