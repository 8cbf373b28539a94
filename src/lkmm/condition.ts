/** Conditions on final states: `exists (0:r1=1 /\ x=2)`. */
import { printValue, sameValue, type Value } from "./value.js";

/** What `locations [ … ]` asks for, and what a condition is about: a register of a process, or a location. */
export interface Variable {
  /** -1 for a location. */
  readonly process: number;
  readonly name: string;
}

/** A variable as herd7 prints it. */
export function printVariable({ process, name }: Variable): string {
  return process < 0 ? (/\[/.test(name) ? name : `[${name}]`) : `${process}:${name}`;
}

/** A proposition about registers and locations. */
export type Condition =
  | { readonly kind: "true" }
  | { readonly kind: "false" }
  | { readonly kind: "and"; readonly a: Condition; readonly b: Condition }
  | { readonly kind: "or"; readonly a: Condition; readonly b: Condition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "equal"; readonly left: Variable; readonly right: Variable | Value };

/** The value of a variable, or undefined as long as nobody knows it. */
export type Lookup = (variable: Variable) => Value | undefined;

/** Whether a condition holds; undefined when that depends on what `look` does not know yet. */
export function holds(condition: Condition, look: Lookup): boolean | undefined {
  switch (condition.kind) {
    case "true":
      return true;
    case "false":
      return false;
    case "not": {
      const of = holds(condition.of, look);
      return of === undefined ? undefined : !of;
    }
    case "and":
    case "or": {
      const decisive = condition.kind === "or";
      const a = holds(condition.a, look);
      if (a === decisive) return decisive;
      const b = holds(condition.b, look);
      if (b === decisive) return decisive;
      return a === undefined || b === undefined ? undefined : !decisive;
    }
    case "equal": {
      const left = look(condition.left);
      const { right } = condition;
      const other = typeof right === "object" ? look(right) : right;
      return left === undefined || other === undefined ? undefined : sameValue(left, other);
    }
  }
}

/** The variables of a condition, each once, in the order of their first mention. */
export function variablesOf(condition: Condition): Variable[] {
  const found = new Map<string, Variable>();
  const visit = (part: Condition): void => {
    if (part.kind === "and" || part.kind === "or") {
      visit(part.a);
      visit(part.b);
    } else if (part.kind === "not") visit(part.of);
    else if (part.kind === "equal") {
      const { left, right } = part;
      for (const variable of typeof right === "object" ? [left, right] : [left])
        found.set(`${variable.process}:${variable.name}`, variable);
    }
  };
  visit(condition);
  return [...found.values()];
}

/** A condition as herd7 prints it. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case "true":
    case "false":
      return condition.kind;
    case "not":
      return `not (${bare(condition.of)})`;
    case "equal": {
      const { left, right } = condition;
      return `${printVariable(left)}=${typeof right === "object" ? printVariable(right) : printValue(right)}`;
    }
    default:
      return `(${bare(condition)})`;
  }
}

function bare(condition: Condition): string {
  if (condition.kind !== "and" && condition.kind !== "or") return printCondition(condition);
  const { kind, a, b } = condition;
  const side = (part: Condition) => (part.kind === kind ? bare(part) : printCondition(part));
  return `${side(a)} ${kind === "and" ? "/\\" : "\\/"} ${side(b)}`;
}
