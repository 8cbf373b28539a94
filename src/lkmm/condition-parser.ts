/** Parses what stands below the processes: locations, filter, and the condition. */
import type { Condition, Variable } from "./condition.js";
import type { Lexer } from "./lexer.js";
import type { Quantifier } from "./syntax.js";
import type { Value } from "./value.js";

export interface Ending {
  readonly quantifier: Quantifier;
  readonly condition: Condition;
  readonly filter: Condition | undefined;
  readonly locations: readonly Variable[];
  /** What these name, and nothing in the test has: `0:r1` or `x`. It is 0. */
  readonly unknown: readonly string[];
}

/** Terms and brackets of the largest condition: we walk it by recursion. */
const MOST_TERMS = 2000;

/** The part of a litmus file behind its last process. Throws InputError. */
export function parseEnding(lexer: Lexer): Ending {
  const locations: Variable[] = [];
  let filter: Condition | undefined;
  for (;;) {
    if (lexer.accept("locations")) for (const variable of parseLocations(lexer)) locations.push(variable);
    else if (lexer.accept("filter")) filter = parseCondition(lexer);
    else break;
  }
  const quantifier = parseQuantifier(lexer);
  const condition = parseCondition(lexer);
  if (lexer.peek().kind !== "end") throw lexer.unexpected("the end of the condition");
  return { quantifier, condition, filter, locations, unknown: [...lexer.unknown] };
}

function parseQuantifier(lexer: Lexer): Quantifier {
  if (lexer.accept("exists")) return "exists";
  if (lexer.accept("forall")) return "forall";
  if (lexer.accept("~") || lexer.accept("not")) {
    lexer.expect("exists");
    return "~exists";
  }
  throw lexer.unexpected('another process, or "exists", "~exists", "forall", "filter" or "locations"');
}

function parseLocations(lexer: Lexer): Variable[] {
  lexer.expect("[");
  const variables: Variable[] = [];
  while (!lexer.accept("]")) {
    variables.push(parseVariable(lexer));
    // A type or a star may follow, as herd7 allows.
    while (lexer.accept("*"));
    if (!lexer.accept(";") && lexer.peek().text !== "]") throw lexer.unexpected('";" or "]"');
  }
  return variables;
}

/** `0:r1`, `x`, `[x]`, `*x` or `x[1]`. */
function parseVariable(lexer: Lexer): Variable {
  lexer.accept("*");
  if (lexer.accept("[")) {
    const inner = parseVariable(lexer);
    lexer.expect("]");
    return inner;
  }
  const { text, kind } = lexer.peek();
  if (kind === "number" || /^P\d+$/.test(text)) {
    const { at } = lexer.take();
    lexer.expect(":");
    return parseRegister(lexer, Number(text.replace(/^P/, "")), at);
  }
  const name = lexer.name("a register, such as 0:r1, or a location");
  if (!lexer.knows(-1, name)) lexer.unknown.add(name);
  return { process: -1, name: name + elementOf(lexer) };
}

/** `[2]`, if it follows; "" for element 0, which is the location itself. */
function elementOf(lexer: Lexer): string {
  if (!lexer.accept("[")) return "";
  const index = lexer.integer("the number of an element");
  lexer.expect("]");
  return index === 0 ? "" : `[${index}]`;
}

/** What follows `0:`. The number of the process is at `at`. */
function parseRegister(lexer: Lexer, process: number, at: number): Variable {
  if (process >= lexer.processes)
    throw lexer.error(`there is no process ${process}: the last one is P${lexer.processes - 1}`, at);
  const name = lexer.name("the name of a register");
  if (!lexer.knows(process, name)) lexer.unknown.add(`${process}:${name}`);
  return { process, name };
}

/** A condition. `=>` binds the weakest, then `\/`, then `/\`. */
function parseCondition(lexer: Lexer): Condition {
  const a = either(lexer);
  return lexer.accept("=>") ? { kind: "or", a: { kind: "not", of: a }, b: parseCondition(lexer) } : a;
}

function either(lexer: Lexer): Condition {
  const a = both(lexer);
  return lexer.accept("\\/") ? { kind: "or", a, b: either(lexer) } : a;
}

function both(lexer: Lexer): Condition {
  const a = atom(lexer);
  return lexer.accept("/\\") ? { kind: "and", a, b: both(lexer) } : a;
}

function atom(lexer: Lexer): Condition {
  if (++lexer.terms > MOST_TERMS)
    throw lexer.unsupported(`a condition of more than ${MOST_TERMS} terms`, lexer.peek().at);
  if (lexer.accept("(")) {
    const inner = parseCondition(lexer);
    lexer.expect(")");
    return inner;
  }
  if (lexer.accept("~") || lexer.accept("not")) return { kind: "not", of: atom(lexer) };
  if (lexer.accept("true")) return { kind: "true" };
  if (lexer.accept("false")) return { kind: "false" };
  const left = parseVariable(lexer);
  const { text } = lexer.peek();
  if (text !== "=" && text !== "==" && text !== "!=" && text !== "<") throw lexer.unexpected('"=" or "!="');
  lexer.take();
  if (text === "<") lexer.expect(">");
  const equal: Condition = { kind: "equal", left, right: parseSide(lexer) };
  return text === "!=" || text === "<" ? { kind: "not", of: equal } : equal;
}

/** What a variable is compared with: a number, the address of a location, or another register. */
function parseSide(lexer: Lexer): Variable | Value {
  if (lexer.accept("&")) return `&${lexer.name("a location")}${elementOf(lexer)}`;
  const { kind } = lexer.peek();
  if (kind === "name") return `&${lexer.take().text}${elementOf(lexer)}`;
  if (kind === "sign" && lexer.peek().text === "[") return parseVariable(lexer);
  const { at } = lexer.peek();
  const value = lexer.integer("a number, a location or a register");
  if (lexer.peek().text !== ":") return value;
  lexer.take();
  return parseRegister(lexer, value, at);
}
