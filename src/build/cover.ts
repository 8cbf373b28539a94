/**
 * Counters in chosen declarations: how often each of them ran, and each of its branches. A counter is a global of the
 * module, which it exports. So each instance of a module counts for itself, and no memory changes.
 */

import { COUNTER } from "../wasm/counts.js";
import { importCompiler, PREFIX, type Transform } from "./compiler.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";

/** Declarations to count in: a path below `assembly/`, and the names there; without names, all of them. */
export interface Covered {
  readonly path: string;
  readonly names?: readonly string[];
}

/** What a counter stands for: that a function was entered, or that a branch in it was taken. */
export interface CoverSite {
  /** Below `assembly/`. */
  readonly file: string;
  /** The function, or class and method: `copyEntries`, `TryToUnmapOne.one`. */
  readonly declaration: string;
  readonly kind: "entry" | "then" | "else" | "and" | "or" | "loop" | "case";
  /** In the file that the declaration comes from. */
  readonly line: number;
  /**
   * The condition of a branch, on one line; empty for an entry. The second half of `&&` is a branch of kind `and`, that of
   * `||` one of kind `or`: their condition is the first half.
   */
  readonly text: string;
}

/** Name of the custom section with the sites, in the order of the counters. */
export const COVER_SECTION = "rmap.cover";
/** The source file of the counters. */
const COUNTERS = "__cover.ts";
/** Characters of a condition that are kept. */
const MOST_TEXT = 80;

/** A node of the compiler's tree, as far as this needs it. */
interface Node {
  kind: number;
  range: { start: number; end: number };
}
type Statement = Node & {
  name?: { text: string };
  members?: Statement[];
  body?: Statement | null;
  statements?: Statement[];
  ifTrue?: Statement;
  ifFalse?: Statement | null;
  cases?: { statements: Statement[]; label: Node | null; range: Node["range"] }[];
  condition?: Node | null;
};

/** A node of an expression, as far as this needs it. */
type Expression = Node & {
  operator?: number;
  left?: Expression;
  right?: Expression;
  condition?: Expression;
  ifThen?: Expression;
  ifElse?: Expression;
};

interface Ast {
  readonly NodeKind: Readonly<
    Record<"Block" | "If" | "For" | "ForOf" | "While" | "Do" | "Switch" | "Binary" | "Ternary", number>
  >;
  readonly Token: Readonly<Record<"Plus_Plus" | "Ampersand_Ampersand" | "Bar_Bar", number>>;
  readonly Node: {
    createIdentifierExpression(name: string, range: Node["range"]): Node;
    createUnaryPostfixExpression(operator: number, operand: Node, range: Node["range"]): Node;
    createCommaExpression(expressions: Node[], range: Node["range"]): Node;
    createExpressionStatement(expression: Node): Statement;
    createBlockStatement(statements: Statement[], range: Node["range"]): Statement;
  };
}

interface Parser {
  readonly sources: { readonly normalizedPath: string; readonly statements: Statement[] }[];
  parseFile(text: string, path: string, isEntry: boolean): void;
}

/** Puts counters into the declarations while they are compiled. `sites` is complete after the compilation. */
export class CoverPass {
  readonly sites: CoverSite[] = [];
  readonly #ast: Ast;
  readonly #sources: SourceTree;
  readonly #covered: readonly Covered[];

  private constructor(ast: Ast, sources: SourceTree, covered: readonly Covered[]) {
    this.#ast = ast;
    this.#sources = sources;
    this.#covered = covered;
  }

  static async of(sources: SourceTree, covered: readonly Covered[]): Promise<CoverPass> {
    return new CoverPass(await importCompiler<Ast>("assemblyscript"), sources, covered);
  }

  get transform(): Transform {
    return {
      afterParse: (given) => {
        const parser = given as Parser;
        for (const { path, names } of this.#covered) {
          const source = parser.sources.find(({ normalizedPath }) => normalizedPath === PREFIX + path);
          for (const statement of source?.statements ?? []) {
            const name = statement.name?.text;
            if (name === undefined || (names !== undefined && !names.includes(name))) continue;
            this.#declaration(path, name, statement);
          }
        }
        const all = this.sites.map((_, number) => counter(number)).join("");
        parser.parseFile(all, PREFIX + COUNTERS, true);
        // The compiler goes through entry files in this order, and a global comes before its users.
        const last = parser.sources.pop();
        if (last !== undefined) parser.sources.unshift(last);
      },
    };
  }

  #declaration(path: string, name: string, statement: Statement): void {
    for (const member of statement.members ?? []) {
      if (member.name !== undefined) this.#declaration(path, `${name}.${member.name.text}`, member);
    }
    const { body } = statement;
    if (!body || body.kind !== this.#ast.NodeKind.Block) return;
    const visit = new Visit(this.#ast, (kind, range, condition) => {
      const source = this.#sources.get(path);
      const line = source === undefined ? 0 : placeIn(source, range.start).line;
      const words = condition && source?.text.slice(condition.range.start, condition.range.end);
      const text = (words ?? "").replace(/\s+/g, " ").slice(0, MOST_TEXT);
      return this.sites.push({ file: path, declaration: name, kind, line, text }) - 1;
    });
    visit.body(body, "entry", statement.range);
  }
}

/** The source of a counter: every file sees it, and the module exports it. */
function counter(number: number): string {
  return `@global export let ${COUNTER}${number}: u32 = 0;\n`;
}

type Range = Node["range"];
type NewSite = (kind: CoverSite["kind"], range: Range, condition?: Node | null) => number;

/** Walks through the statements of one body. */
class Visit {
  readonly #ast: Ast;
  readonly #site: NewSite;

  constructor(ast: Ast, site: NewSite) {
    this.#ast = ast;
    this.#site = site;
  }

  /** Counts at the begin of a block, and in it. */
  body(block: Statement, kind: CoverSite["kind"], range: Range, condition?: Node | null): void {
    const number = this.#site(kind, range, condition);
    if (kind === "entry") this.#expressions(block);
    this.#all(block.statements ?? []);
    block.statements?.unshift(this.#count(number, block.range));
  }

  /** Counts in what only part of an expression comes to: `&&`, `||` and `?:`, wherever they are. */
  #expressions(node: Node): void {
    for (const [key, value] of Object.entries(node)) {
      // A range leads to the whole source.
      if (key === "range") continue;
      for (const child of [value].flat()) if (isNode(child)) this.#expressions(child);
    }
    const { NodeKind, Token } = this.#ast;
    const { kind, operator, left, right, condition, ifThen, ifElse } = node as Expression;
    const one = node as Expression;
    if (kind === NodeKind.Binary && left !== undefined && right !== undefined) {
      if (operator === Token.Ampersand_Ampersand) one.right = this.#counted(right, "and", left);
      else if (operator === Token.Bar_Bar) one.right = this.#counted(right, "or", left);
    } else if (kind === NodeKind.Ternary && ifThen !== undefined && ifElse !== undefined) {
      one.ifThen = this.#counted(ifThen, "then", condition);
      one.ifElse = this.#counted(ifElse, "else", condition);
    }
  }

  /** The expression, which counts whenever it is evaluated. */
  #counted(expression: Expression, kind: CoverSite["kind"], condition: Expression | undefined): Expression {
    const { range } = expression;
    const number = this.#site(kind, range, condition);
    return this.#ast.Node.createCommaExpression([this.#increment(number, range), expression], range);
  }

  #all(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    const { NodeKind } = this.#ast;
    switch (statement.kind) {
      case NodeKind.Block:
        this.#all(statement.statements ?? []);
        return;
      case NodeKind.If:
        this.#if(statement);
        return;
      case NodeKind.For:
      case NodeKind.ForOf:
      case NodeKind.While:
      case NodeKind.Do:
        if (statement.body) statement.body = this.#branch(statement.body, "loop", statement.condition);
        return;
      case NodeKind.Switch:
        for (const one of statement.cases ?? []) {
          const number = this.#site("case", one.range, one.label);
          this.#all(one.statements);
          // An empty case falls through to the next one.
          one.statements.unshift(this.#count(number, one.range));
        }
    }
  }

  #if(statement: Statement): void {
    const { condition, ifTrue, ifFalse, range } = statement;
    if (ifTrue !== undefined) statement.ifTrue = this.#branch(ifTrue, "then", condition);
    // The other way out of an `if` without `else` is a branch too.
    const other = ifFalse ?? this.#ast.Node.createBlockStatement([], range);
    statement.ifFalse = this.#branch(other, "else", condition);
  }

  #branch(statement: Statement, kind: CoverSite["kind"], condition?: Node | null): Statement {
    const { NodeKind, Node } = this.#ast;
    const block =
      statement.kind === NodeKind.Block ? statement : Node.createBlockStatement([statement], statement.range);
    this.body(block, kind, statement.range, condition);
    return block;
  }

  #count(number: number, range: Range): Statement {
    return this.#ast.Node.createExpressionStatement(this.#increment(number, range));
  }

  #increment(number: number, range: Range): Node {
    const { Node, Token } = this.#ast;
    const counter = Node.createIdentifierExpression(`${COUNTER}${number}`, range);
    return Node.createUnaryPostfixExpression(Token.Plus_Plus, counter, range);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}
