/** A litmus test as it is written: what the parser makes of it. */
import type { Condition, Variable } from "./condition.js";
import type { Value } from "./value.js";

/** An expression of C; `at` is the offset of its first character in the file. */
export type Expression = { readonly at: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  /** What lies at an address: a plain access. */
  | { readonly kind: "deref"; readonly of: Expression }
  | { readonly kind: "address"; readonly of: Expression }
  /** The address of an element, or of a field, behind an address. */
  | { readonly kind: "element"; readonly base: Expression; readonly index: Expression }
  | { readonly kind: "field"; readonly base: Expression; readonly field: string }
  | { readonly kind: "unary"; readonly operator: string; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly a: Expression; readonly b: Expression }
  | { readonly kind: "choice"; readonly test: Expression; readonly a: Expression; readonly b: Expression }
  | { readonly kind: "sequence"; readonly a: Expression; readonly b: Expression }
  /** `before`: the value of the whole is that before the assignment, as for `i++`. */
  | {
      readonly kind: "assign";
      readonly target: Expression;
      readonly value: Expression;
      readonly before: boolean;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
);

/** A statement of C. */
export type Statement =
  | { readonly kind: "expression"; readonly of: Expression }
  | { readonly kind: "declare"; readonly name: string; readonly value: Expression | undefined }
  | { readonly kind: "block"; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly yes: Statement;
      readonly no: Statement | undefined;
    }
  /** `first`: the body runs before the first test, as for `do`. `step` runs after the body, as for `for`. */
  | {
      readonly kind: "loop";
      readonly test: Expression;
      readonly body: Statement;
      readonly step: Expression | undefined;
      readonly first: boolean;
    };

/** One process: its parameters name locations, all other names are registers. */
export interface Process {
  readonly parameters: ReadonlySet<string>;
  readonly body: readonly Statement[];
  /** Registers that the init section sets. */
  readonly registers: ReadonlyMap<string, Value>;
}

export type Quantifier = "exists" | "~exists" | "forall";

/** A litmus test. */
export interface Litmus {
  readonly name: string;
  /** The name of its file in messages. */
  readonly file: string;
  readonly text: string;
  /** Initial values; a location that is not there holds 0. */
  readonly memory: ReadonlyMap<string, Value>;
  readonly processes: readonly Process[];
  readonly quantifier: Quantifier;
  readonly condition: Condition;
  readonly filter: Condition | undefined;
  readonly locations: readonly Variable[];
  /** What the condition, the filter or `locations` name, and nothing in the test has: `0:r1` or `x`. It is 0. */
  readonly unknown: readonly string[];
}
