/** The compiler's syntax tree, as far as the operators read it, and ways through it. */

import { importCompiler } from "../../build/compiler.js";

/** A node. Which of the parts it has depends on its kind. */
export interface Node {
  readonly kind: number;
  readonly range: { readonly start: number; readonly end: number };
}
type Expression = Node & {
  readonly expression?: Expression | null;
  readonly args?: readonly Expression[];
  readonly operator?: number;
  readonly operand?: Expression;
  readonly left?: Expression;
  readonly right?: Expression;
  readonly text?: string;
  readonly property?: { readonly text: string };
};
export type Statement = Node & {
  readonly name?: { readonly text: string };
  readonly members?: readonly Statement[] | null;
  readonly body?: Statement | null;
  readonly statements?: readonly Statement[];
  readonly expression?: Expression | null;
  readonly condition?: Expression | null;
  readonly ifTrue?: Statement;
  readonly ifFalse?: Statement | null;
};
/** A call, with the name of the function and its arguments. */
export interface Call {
  readonly node: Expression;
  readonly name: string;
  readonly args: readonly Expression[];
  /** The call is a statement of its own. */
  readonly statement: Statement | undefined;
}
/** An `if`, with what it stands among. */
export interface If {
  readonly node: Statement;
  readonly condition: Expression;
  /** The statements before it in the same list, nearest last. */
  readonly before: readonly Statement[];
}

type Kinds =
  | "Assertion"
  | "Binary"
  | "Block"
  | "Break"
  | "Call"
  | "Continue"
  | "Expression"
  | "Identifier"
  | "If"
  | "Parenthesized"
  | "PropertyAccess"
  | "Return"
  | "UnaryPostfix"
  | "UnaryPrefix";
type Tokens = "Ampersand_Ampersand" | "Bar_Bar" | "Equals" | "Plus_Plus" | "Minus_Minus";
interface Ast {
  readonly NodeKind: Readonly<Record<Kinds, number>>;
  readonly Token: Readonly<Record<string, number | string>> & Readonly<Record<Tokens, number>>;
  readonly Parser: new () => {
    parseFile(text: string, path: string, isEntry: boolean): void;
    readonly sources: readonly { readonly statements: readonly Statement[] }[];
  };
}

/** A function or method with its body. */
export interface Body {
  /** `copyEntries`, or class and method: `TryToUnmapOne.one`. */
  readonly declaration: string;
  /** The whole file. */
  readonly text: string;
  readonly ast: Ast;
  readonly block: Statement;
}

/** The functions and methods of a file, in order. Those without a body are left out. */
export async function bodiesOf(text: string, path: string): Promise<Body[]> {
  const ast = await importCompiler<Ast>("assemblyscript");
  const parser = new ast.Parser();
  parser.parseFile(text, path, true);
  const found: Body[] = [];
  const look = (statements: readonly Statement[], above: string): void => {
    for (const { name, members, body } of statements) {
      if (name === undefined) continue;
      const declaration = above + name.text;
      if (body && body.kind === ast.NodeKind.Block) found.push({ declaration, text, ast, block: body });
      look(members ?? [], `${declaration}.`);
    }
  };
  look(parser.sources[0]?.statements ?? [], "");
  return found;
}

/** The text of a node. */
export function textOf({ text }: Body, { range }: Node): string {
  return text.slice(range.start, range.end);
}

/** Every node below one, in the order of the text, each before those in it. */
export function* nodesIn(node: Node): Generator<Node> {
  yield node;
  const children = Object.entries(node)
    .filter(([key]) => key !== "range")
    .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isNode)
    .sort((a, b) => a.range.start - b.range.start);
  for (const child of children) yield* nodesIn(child);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** Every list of statements. */
function listsIn({ block, ast }: Body): (readonly Statement[])[] {
  const lists: (readonly Statement[])[] = [];
  for (const node of nodesIn(block)) {
    const { kind, statements } = node as Statement;
    // A case of a switch has no kind of its own that anybody needs.
    if (statements !== undefined && (kind === ast.NodeKind.Block || "label" in node)) lists.push(statements);
  }
  return lists;
}

/** Neighbours: each statement with the one behind it. */
export function pairsIn(body: Body): (readonly [Statement, Statement])[] {
  return listsIn(body).flatMap((list) =>
    list.slice(1).map((second, at) => [list[at] as Statement, second] as const),
  );
}

/** Every call of a function by its name, in the order of the text. */
export function callsIn({ block, ast }: Body): Call[] {
  const statements = new Map<Node, Statement>();
  const calls: Call[] = [];
  for (const node of nodesIn(block)) {
    const { kind, expression, args = [] } = node as Expression;
    if (kind === ast.NodeKind.Expression && expression) statements.set(expression, node as Statement);
    if (kind !== ast.NodeKind.Call || expression?.kind !== ast.NodeKind.Identifier) continue;
    calls.push({ node, name: expression.text ?? "", args, statement: statements.get(node) });
  }
  return calls;
}

/** Every `if`, except those that only the checked build has. */
export function ifsIn(body: Body): If[] {
  const { block, ast } = body;
  const before = new Map<Node, readonly Statement[]>();
  for (const list of listsIn(body))
    for (const [at, one] of list.entries()) before.set(one, list.slice(0, at));
  const found: If[] = [];
  for (const node of nodesIn(block)) {
    const { kind, condition } = node as Statement;
    if (kind !== ast.NodeKind.If || !condition || isCheck(body, condition)) continue;
    found.push({ node, condition, before: before.get(node) ?? [] });
  }
  return found;
}

/** Whether a condition asks for the checked build. */
function isCheck(body: Body, condition: Node): boolean {
  return /\bCHECKED\b/.test(textOf(body, condition));
}

/** Every `&&` and `||`. */
export function junctionsIn(body: Body): { node: Node; left: Node; right: Node }[] {
  const { block, ast } = body;
  const { Ampersand_Ampersand: and, Bar_Bar: or } = ast.Token;
  const found = [];
  for (const node of nodesIn(block)) {
    const { kind, operator, left, right } = node as Expression;
    if (kind !== ast.NodeKind.Binary || !left || !right || isCheck(body, node)) continue;
    if (operator === and || operator === or) found.push({ node, left, right });
  }
  return found;
}

/** Whether control leaves a statement: a return, a break or a continue is in it. */
export function leaves({ ast }: Body, statement: Statement): boolean {
  const { Return, Break, Continue } = ast.NodeKind;
  return [...nodesIn(statement)].some(({ kind }) => [Return, Break, Continue].includes(kind));
}

/** The field that a statement assigns to, or counts up or down; undefined for any other statement. */
export function fieldStored(body: Body, statement: Statement): string | undefined {
  const { NodeKind, Token } = body.ast;
  const { kind, expression } = statement;
  if (kind !== NodeKind.Expression || !expression) return undefined;
  const counts = expression.operator === Token.Plus_Plus || expression.operator === Token.Minus_Minus;
  const isStep =
    (expression.kind === NodeKind.UnaryPostfix || expression.kind === NodeKind.UnaryPrefix) && counts;
  const target = isStep ? expression.operand : assignedBy(body, expression);
  return target?.kind === NodeKind.PropertyAccess ? target.property?.text : undefined;
}

function assignedBy(body: Body, expression: Expression): Expression | undefined {
  const { kind, left, right } = expression;
  if (kind !== body.ast.NodeKind.Binary || !left || !right) return undefined;
  const between = body.text.slice(left.range.end, right.range.start);
  return /^\s*(?:[-+|&^*/%]|<<|>>>?)?=\s*$/.test(between) ? left : undefined;
}
