/** Every command that a page shows is one that exists, with options that exist. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PATIENCE } from "../patience.js";
import { codeOf, pages, root, textOf } from "./pages.js";

/** What npm does by itself. */
const NPM = ["ci", "install", "pack"];

const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
const code = pages.flatMap(codeOf).join("\n");

const helps = new Map<string, string>();

/** What a command's help says, asked once. */
function help(command = ""): string {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const args = [join(root, "dist/cli/main.js"), ...(command ? [command] : []), "--help"];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8", timeout: PATIENCE });
  helps.set(command, printed);
  return printed;
}

it("shows npm scripts that are in package.json", () => {
  const shown = [...code.matchAll(/\bnpm (?:run )?([a-z]+)\b/g)].map(([, name]) => name as string);
  expect(shown).toContain("start");
  expect(shown.filter((name) => !NPM.includes(name) && !(name in scripts))).toEqual([]);
});

it("shows commands and options of rmap that its help has", () => {
  const shown = [...code.matchAll(/^(?:npx )?rmap ([a-z]+)(.*)/gm)];
  expect(shown.length).toBeGreaterThan(3);
  for (const [, command, rest] of shown as unknown as [string, string, string][]) {
    expect(help()).toContain(`  ${command} `);
    for (const [option] of rest.matchAll(/--[a-z-]+/g))
      expect(help(command), `rmap ${command}`).toContain(option);
  }
});

it("shows the options that the README's table lists", () => {
  for (const line of textOf("README.md").split("\n")) {
    const [, command] = /^\| `npx rmap ([a-z]+)/.exec(line) ?? [];
    if (command === undefined) continue;
    for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(help(command), line).toContain(option);
  }
});
