/** The examples of docs/embedding.md and of the entries' comments: they run, and print what they say. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blocks, root, textOf } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-embedding-"));
beforeAll(() => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/rmap-engine"), "dir");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a module prints. */
function printed(source: string): string[] {
  writeFileSync(join(folder, "example.mjs"), source);
  const text = execFileSync(process.execPath, ["example.mjs"], {
    cwd: folder,
    encoding: "utf8",
    timeout: PATIENCE,
  });
  return text.trim().split("\n");
}

/** What its comments say that it prints. */
function said(source: string): string[] {
  return [...source.matchAll(/console\.log\(.*\)+; \/\/ ([^:\n]*)/g)].map(([, comment]) => comment as string);
}

/** The examples in the comment at a file's head. */
function inComment(path: string): string[] {
  const [head = ""] = textOf(path).split("*/");
  const text = head.replace(/^ \* ?/gm, "");
  return [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string);
}

it("docs/embedding.md", () => {
  // The example with the compiler runs with those of README.
  const examples = blocks("docs/embedding.md", "js").filter((source) => !source.includes("compileEngine"));
  expect(examples.length).toBeGreaterThan(0);
  for (const source of examples) expect(printed(source)).toEqual(said(source));
});

it.each([
  { path: "src/index.ts", ends: "" },
  { path: "src/scenarios.ts", ends: "console.log(complete, found); // true undefined" },
])("$path", ({ path, ends }) => {
  const [source = ""] = inComment(path);
  const whole = `${source}${ends}\n`;
  expect(said(whole).length).toBeGreaterThan(0);
  expect(printed(whole)).toEqual(said(whole));
});

it("names the entries of package.json, and files that are there", () => {
  const { exports } = JSON.parse(textOf("package.json")) as { exports: Record<string, { types?: string }> };
  const entries = Object.entries(exports).filter(
    ([path, { types }]) => types !== undefined && !path.endsWith("worker"),
  );
  const page = textOf("docs/embedding.md");
  for (const [path] of entries) expect(page).toContain(`| \`rmap-engine${path.slice(1)}\` |`);
});
