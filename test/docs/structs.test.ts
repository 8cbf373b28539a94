/** The comments of assembly/obj/ against the structures: drawings have every field at its offset, and each field is explained. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { describeEngine } from "../../dist/build/index.js";
import { filesBelow, root, textOf } from "../support/pages.js";

const { structs } = describeEngine(readFileSync(join(root, "dist/engine.wasm"))).layout;

interface Drawn {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly ts.PropertyDeclaration[];
  readonly source: ts.SourceFile;
}

/** Every structure of a file, with the comment above it. */
function structuresOf(path: string): Drawn[] {
  const source = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ESNext, true);
  return source.statements.filter(ts.isClassDeclaration).map((node) => ({
    source,
    name: node.name?.text ?? "",
    comment: source.text.slice(node.getFullStart(), node.getStart(source)),
    fields: node.members.filter(ts.isPropertyDeclaration),
  }));
}

const all = filesBelow("assembly/obj", ".ts").flatMap(structuresOf);

/** The offsets and fields that a comment draws, in columns that two blanks or more keep apart: `0 flags   8 mapcount`. */
function drawing(comment: string): string[] {
  return [...comment.matchAll(/(?<= {2,})(\d+) ([a-z]\w*)/g)]
    .map(([, offset, field]) => [Number(offset), field] as const)
    .sort(([a], [b]) => a - b)
    .map(([offset, field]) => `${offset} ${field}`);
}

describe("a drawing", () => {
  const drawn = all.filter(({ comment }) => drawing(comment).length > 0);

  it("stands above Page and TlbEntry at least", () => {
    expect(drawn.map(({ name }) => name)).toEqual(expect.arrayContaining(["Page", "TlbEntry"]));
  });

  it.each(drawn)("of $name has every field at its offset", ({ name, comment }) => {
    const fields = Object.entries(structs[name]?.fields ?? {}).filter(([field]) => !/^pad/.test(field));
    expect(drawing(comment)).toEqual(fields.map(([field, { offset }]) => `${offset} ${field}`));
  });

  it.each(drawn)("of $name has the right size", ({ name, comment }) => {
    expect(comment).toContain(`${structs[name]?.size} bytes`);
  });
});

/** Fields without a comment of their own. Padding needs none, nor do numbered ones behind the first of their kind. */
function unexplained({ name, fields, source }: Drawn): string[] {
  let before = "";
  return fields.flatMap((field) => {
    const own = field.name.getText(source);
    const kind = own.replace(/\d+$/, "");
    const follows = kind !== own && kind === before;
    before = kind;
    const comments = ts.getLeadingCommentRanges(source.text, field.getFullStart()) ?? [];
    const explained = comments.some(({ pos }) => source.text.startsWith("/**", pos));
    return explained || follows || /^pad/.test(own) ? [] : [`${name}.${own}`];
  });
}

it("explains each field", () => {
  expect(all.length).toBeGreaterThan(20);
  expect(all.flatMap(unexplained)).toEqual([]);
});
