/** What the README shows: its code runs, and prints what it says. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { blocks, root } from "./pages.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a block as a module in the folder, from where the package is found by its name. */
function runModule(name: string, source: string): string {
  writeFileSync(join(folder, name), source);
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" });
}

/** Puts the checkout where the code expects it: under the package's name, and as `dist`. */
function linkCheckout(): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/rmap-engine"), "dir");
  symlinkSync(join(root, "dist"), join(folder, "dist"), "dir");
}

it("embeds and compiles an overlay as shown", () => {
  linkCheckout();
  const [embed = "", overlay = ""] = blocks("README.md", "js");
  const [replacing = ""] = blocks("README.md", "ts");
  const printed = embed.matchAll(/console\.log\(.*\); \/\/ ([^:\n]*)/g);
  const expected = [...printed].map(([, comment]) => comment as string);
  expect(expected.length).toBeGreaterThan(0);
  expect(runModule("embed.mjs", embed).trim().split("\n")).toEqual(expected);

  const file = join(folder, "my-idea/rmap/reusable.ts");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, replacing);
  expect(blocks("README.md", "")).toContain(runModule("try.mjs", overlay));
});

it("shows what npm start finds", () => {
  const output = execFileSync(process.execPath, [join(root, "dist/cli/start.js")], { encoding: "utf8" });
  const [shown = ""] = blocks("README.md", "");
  // What depends on the machine is left out.
  const lines = shown.split("\n").filter((line) => /^(fidelity|leaks)/.test(line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(output.split("\n")).toContain(line);
});

it("has an example that runs", () => {
  const output = execFileSync(process.execPath, [join(root, "examples/embed.mjs")], { encoding: "utf8" });
  expect(output).toContain("The parent reads 42, the child reads 7.");
});
