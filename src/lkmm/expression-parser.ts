/** Parses expressions of C, by precedence. */
import type { Lexer } from "./lexer.js";
import type { Expression } from "./syntax.js";

/** Words that begin a type. */
const TYPES = new Set(
  (
    "int long unsigned signed char short void volatile const static struct bool _Bool size_t intptr_t uintptr_t " +
    "spinlock_t raw_spinlock_t atomic_t atomic_long_t atomic64_t u8 u16 u32 u64 s8 s16 s32 s64"
  ).split(" "),
);

/** Operators of two operands, the weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** True when the next word begins a type. */
export function isType(word: string): boolean {
  return TYPES.has(word);
}

/** Consumes the words of a type and its stars; true when there were any. */
export function skipType(lexer: Lexer): boolean {
  let any = false;
  for (;;) {
    const { text } = lexer.peek();
    if (text === "struct") {
      lexer.take();
      lexer.name("the name of a struct");
    } else if (TYPES.has(text) || (any && text === "*")) lexer.take();
    else return any;
    any = true;
  }
}

/** An expression, with the comma operator. Throws InputError. */
export function parseExpression(lexer: Lexer): Expression {
  let a = parseAssignment(lexer);
  while (lexer.peek().text === ",") {
    const { at } = lexer.take();
    a = { kind: "sequence", a, b: parseAssignment(lexer), at };
  }
  return a;
}

/** An expression without the comma operator: an argument, or an initial value. Throws InputError. */
export function parseAssignment(lexer: Lexer): Expression {
  const target = choice(lexer);
  const { text, at } = lexer.peek();
  if (text === "=") {
    lexer.take();
    return { kind: "assign", target, value: parseAssignment(lexer), before: false, at };
  }
  if (!/^([-+|&^]|<<|>>)=$/.test(text)) return target;
  lexer.take();
  const value = parseAssignment(lexer);
  return {
    kind: "assign",
    target,
    value: { kind: "binary", operator: text.slice(0, -1), a: target, b: value, at },
    before: false,
    at,
  };
}

function choice(lexer: Lexer): Expression {
  const test = binary(lexer, 0);
  if (lexer.peek().text !== "?") return test;
  const { at } = lexer.take();
  const a = parseExpression(lexer);
  lexer.expect(":");
  return { kind: "choice", test, a, b: choice(lexer), at };
}

function binary(lexer: Lexer, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(lexer);
  let a = binary(lexer, level + 1);
  while (operators.includes(lexer.peek().text)) {
    const { text: operator, at } = lexer.take();
    a = { kind: "binary", operator, a, b: binary(lexer, level + 1), at };
  }
  return a;
}

function unary(lexer: Lexer): Expression {
  const { text, at } = lexer.peek();
  if (["*", "&", "!", "-", "~", "+"].includes(text)) {
    lexer.take();
    const of = unary(lexer);
    if (text === "*") return { kind: "deref", of, at };
    if (text === "&") return { kind: "address", of, at };
    return text === "+" ? of : { kind: "unary", operator: text, of, at };
  }
  if (text === "++" || text === "--") {
    lexer.take();
    return step(unary(lexer), text, false, at);
  }
  return postfix(lexer);
}

/** `i++` and its kind. */
function step(target: Expression, operator: string, before: boolean, at: number): Expression {
  const one: Expression = { kind: "number", value: 1, at };
  const value: Expression = { kind: "binary", operator: operator.slice(0, 1), a: target, b: one, at };
  return { kind: "assign", target, value, before, at };
}

function postfix(lexer: Lexer): Expression {
  let of = primary(lexer);
  for (;;) {
    const { text, at } = lexer.peek();
    if (text === "[") {
      lexer.take();
      const index = parseExpression(lexer);
      lexer.expect("]");
      of = { kind: "deref", of: { kind: "element", base: of, index, at }, at };
    } else if (text === "->" || text === ".") {
      lexer.take();
      const field = lexer.name("the name of a field");
      const base: Expression = text === "->" ? of : { kind: "address", of, at };
      of = { kind: "deref", of: { kind: "field", base, field, at }, at };
    } else if (text === "++" || text === "--") {
      lexer.take();
      of = step(of, text, true, at);
    } else return of;
  }
}

function primary(lexer: Lexer): Expression {
  const { kind, text, at } = lexer.peek();
  if (kind === "number") return { kind: "number", value: lexer.number(), at };
  if (lexer.accept("(")) {
    if (skipType(lexer)) {
      lexer.expect(")");
      return unary(lexer);
    }
    const of = text === "(" && lexer.peek().text === "{" ? undefined : parseExpression(lexer);
    if (of === undefined) throw lexer.unsupported("a statement in an expression, ({ … }),", at);
    lexer.expect(")");
    return of;
  }
  if (kind !== "name") throw lexer.unexpected("an expression");
  lexer.take();
  if (text === "NULL") return { kind: "number", value: 0, at };
  if (!lexer.accept("(")) return { kind: "name", name: text, at };
  const args: Expression[] = [];
  if (!lexer.accept(")")) {
    do args.push(parseAssignment(lexer));
    while (lexer.accept(","));
    lexer.expect(")");
  }
  return { kind: "call", name: text, args, at };
}
