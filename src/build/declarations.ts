/** What `layout.ts` and the structure files declare, found with the compiler's own parser. */

import { importCompiler } from "./compiler.js";
import type { SourceTree } from "./sources.js";

/** A structure: an exported `@unmanaged` class of `obj/`, with its fields in the order of declaration. */
export interface StructDeclaration {
  /** Path of its file below `assembly/`. */
  readonly path: string;
  readonly name: string;
  /** The class that it extends, and whose fields it inherits; undefined for most. */
  readonly base?: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/** Everything that goes into the layout section, before any value is known. */
export interface Declarations {
  /** Names of the constants that `layout.ts` exports. */
  readonly constants: readonly string[];
  readonly structs: readonly StructDeclaration[];
}

/** The part of the compiler's syntax tree that this file reads. */
interface TreeNode {
  readonly kind: number;
  readonly flags: number;
  readonly range: { start: number; end: number };
  readonly name?: { text: string };
  readonly decorators?: readonly { decoratorKind: number }[] | null;
  readonly declarations?: readonly TreeNode[];
  readonly members?: readonly TreeNode[];
  readonly type?: TreeNode | null;
  readonly extendsType?: TreeNode | null;
  readonly typeParameters?: readonly unknown[] | null;
}

interface ParserModule {
  readonly NodeKind: Readonly<Record<"Variable" | "ClassDeclaration" | "FieldDeclaration", number>>;
  readonly CommonFlags: Readonly<Record<"Export" | "Static" | "Const", number>>;
  readonly DecoratorKind: Readonly<Record<"Unmanaged", number>>;
  readonly Parser: new () => {
    parseFile(text: string, path: string, isEntry: boolean): void;
    readonly sources: readonly { readonly statements: readonly TreeNode[] }[];
  };
}

/** Parses `layout.ts` and the files of `obj/`. Does not report syntax errors: the compilation that follows does. */
export async function findDeclarations(sources: SourceTree): Promise<Declarations> {
  const compiler = await importCompiler<ParserModule>("assemblyscript");
  const parse = (path: string): readonly TreeNode[] => {
    const parser = new compiler.Parser();
    parser.parseFile(sources.get(path)?.text ?? "", path, true);
    return parser.sources[0]?.statements ?? [];
  };
  const structFiles = [...sources.keys()].filter((path) => path.startsWith("obj/")).sort();
  return {
    constants: sources.has("layout.ts") ? constantsOf(parse("layout.ts"), compiler) : [],
    structs: structFiles.flatMap((path) =>
      structsOf(parse(path), compiler).map(({ node, fields }) => {
        const textOf = (type: TreeNode): string =>
          (sources.get(path)?.text ?? "").slice(type.range.start, type.range.end);
        const declaration = {
          path,
          name: node.name?.text ?? "",
          fields: fields.map((field) => ({
            name: field.name?.text ?? "",
            type: field.type ? textOf(field.type) : "",
          })),
        };
        return node.extendsType ? { ...declaration, base: textOf(node.extendsType) } : declaration;
      }),
    ),
  };
}

function constantsOf(statements: readonly TreeNode[], { NodeKind, CommonFlags }: ParserModule): string[] {
  return statements
    .filter((statement) => statement.kind === NodeKind.Variable)
    .flatMap((statement) => statement.declarations ?? [])
    .filter(({ flags }) => (flags & CommonFlags.Export) !== 0 && (flags & CommonFlags.Const) !== 0)
    .map((declaration) => declaration.name?.text ?? "");
}

function structsOf(
  statements: readonly TreeNode[],
  { NodeKind, CommonFlags, DecoratorKind }: ParserModule,
): { node: TreeNode; fields: TreeNode[] }[] {
  return statements
    .filter(
      (node) =>
        node.kind === NodeKind.ClassDeclaration &&
        (node.flags & CommonFlags.Export) !== 0 &&
        !node.typeParameters?.length &&
        node.decorators?.some(({ decoratorKind }) => decoratorKind === DecoratorKind.Unmanaged),
    )
    .map((node) => ({
      node,
      fields: (node.members ?? []).filter(
        (member) => member.kind === NodeKind.FieldDeclaration && (member.flags & CommonFlags.Static) === 0,
      ),
    }));
}
