/** Every command that a page shows is one that exists, with options that exist. */

import { expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { codeOf, pages, textOf } from "../support/pages.js";

/** What npm does by itself. */
const NPM = ["ci", "install", "pack"];

const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
const code = pages.flatMap(codeOf).join("\n");

async function help(...command: string[]): Promise<string> {
  return (await rmapHere([...command, "--help"])).stdout;
}

it("shows npm scripts that are in package.json", () => {
  const shown = [...code.matchAll(/\bnpm (?:run )?([a-z:]+)\b/g)].map(([, name]) => name as string);
  expect(shown).toContain("start");
  expect(shown.filter((name) => !NPM.includes(name) && !(name in scripts))).toEqual([]);
});

it("shows commands and options of rmap that its help has", async () => {
  const shown = [...code.matchAll(/^(?:npx )?rmap ([a-z]+)(.*)/gm)];
  expect(shown.length).toBeGreaterThan(3);
  const known = new Map<string, string>();
  const all = await help();
  for (const [, command, rest] of shown as unknown as [string, string, string][]) {
    expect(all).toContain(`  ${command} `);
    const options = known.get(command) ?? (await help(command));
    known.set(command, options);
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(options, `rmap ${command}`).toContain(option);
  }
});

it("shows the options that the README's table lists", async () => {
  for (const line of textOf("README.md").split("\n")) {
    const [, command] = /^\| `npx rmap ([a-z]+)/.exec(line) ?? [];
    if (command === undefined) continue;
    for (const [option] of line.matchAll(/--[a-z-]+/g)) expect(await help(command), line).toContain(option);
  }
});
