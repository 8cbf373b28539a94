/** Parses the C of a process. */
import { isType, parseAssignment, parseExpression, skipType } from "./expression-parser.js";
import type { Lexer } from "./lexer.js";
import type { Expression, Statement } from "./syntax.js";

/** Statements that we name when we refuse them. */
const REFUSED = new Set(["goto", "switch", "return", "break", "continue", "asm", "typedef"]);

/** The statements up to the closing brace, which stays. Throws InputError. */
export function parseBody(lexer: Lexer): Statement[] {
  const body: Statement[] = [];
  while (lexer.peek().text !== "}") for (const part of parseStatement(lexer)) body.push(part);
  return body;
}

/** One statement: none for `;`, and several for `int a, b;`. */
function parseStatement(lexer: Lexer): Statement[] {
  const { kind, text, at } = lexer.peek();
  if (kind === "end") throw lexer.unexpected('"}" at the end of the process');
  if (lexer.accept(";")) return [];
  if (lexer.accept("{")) {
    const body = parseBody(lexer);
    lexer.expect("}");
    return [{ kind: "block", body }];
  }
  if (text === "if") return [conditional(lexer)];
  if (text === "while" || text === "do" || text === "for") return loop(lexer);
  if (REFUSED.has(text)) throw lexer.unsupported(`the statement "${text}"`, at);
  if (isType(text)) return declaration(lexer);
  const of = parseExpression(lexer);
  lexer.expect(";");
  return [{ kind: "expression", of }];
}

function conditional(lexer: Lexer): Statement {
  lexer.expect("if");
  const test = inParentheses(lexer);
  const yes = single(lexer);
  const no = lexer.accept("else") ? single(lexer) : undefined;
  return { kind: "if", test, yes, no };
}

function loop(lexer: Lexer): Statement[] {
  const { text, at } = lexer.take();
  if (text === "while") {
    const test = inParentheses(lexer);
    return [{ kind: "loop", test, body: single(lexer), step: undefined, first: false }];
  }
  if (text === "do") {
    const body = single(lexer);
    lexer.expect("while");
    const test = inParentheses(lexer);
    lexer.expect(";");
    return [{ kind: "loop", test, body, step: undefined, first: true }];
  }
  lexer.expect("(");
  const before = parseStatement(lexer);
  const test: Expression =
    lexer.peek().text === ";" ? { kind: "number", value: 1, at } : parseExpression(lexer);
  lexer.expect(";");
  const step = lexer.peek().text === ")" ? undefined : parseExpression(lexer);
  lexer.expect(")");
  return [...before, { kind: "loop", test, body: single(lexer), step, first: false }];
}

function inParentheses(lexer: Lexer): Expression {
  lexer.expect("(");
  const test = parseExpression(lexer);
  lexer.expect(")");
  return test;
}

function single(lexer: Lexer): Statement {
  const parts = parseStatement(lexer);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "block", body: parts };
}

function declaration(lexer: Lexer): Statement[] {
  skipType(lexer);
  const declared: Statement[] = [];
  do {
    while (lexer.accept("*"));
    const { at } = lexer.peek();
    const name = lexer.name("the name of a register");
    if (lexer.peek().text === "[") throw lexer.unsupported(`"${name}[…]", an array of a process,`, at);
    declared.push({ kind: "declare", name, value: lexer.accept("=") ? parseAssignment(lexer) : undefined });
  } while (lexer.accept(","));
  lexer.expect(";");
  return declared;
}
