/** What the kernel's primitives need of the process that calls them. */
import type { Cell, FenceKind } from "./event.js";
import type { Expression } from "./syntax.js";
import type { Value } from "./value.js";

/** A process while it runs. */
export interface Machine {
  /** The number of the process. */
  readonly number: number;
  /** Events so far. */
  readonly count: number;
  /** Chooses one of `count` possibilities, from 0. */
  readonly choose: (count: number) => number;
  /** Reads at an address; `only` keeps some of the values that can be there. */
  read(address: Cell, at: number, tags: number, only?: (value: Value) => boolean): Cell;
  /** Writes at an address. `rmwOf` is the read of the same read-modify-write. */
  write(address: Cell, stored: Cell, at: number, tags: number, rmwOf?: Cell): void;
  /** A barrier, or an operation of RCU; `domain` and `value` are for those of SRCU. */
  fence(kind: FenceKind, at: number, domain?: string, value?: Value): void;
  /** The value of an expression. */
  evaluate(of: Expression): Cell;
  /** The address of what an expression names: `*p`, `p->f`, or a location by its name. Throws UnsupportedError. */
  addressOf(of: Expression): Cell;
  /** The error for a construct that we do not know. */
  unsupported(what: string, at: number): Error;
}
