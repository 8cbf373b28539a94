/** What the README shows: its code runs, and prints what it says. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { boot } from "../../dist/cpu/boot.js";
import { rmapHere } from "../support/here.js";
import { blocks, codeOf, folders, root, tableRows, textOf } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a block as a module in the folder, from where the package is found by its name. */
function runModule(name: string, source: string): string {
  writeFileSync(join(folder, name), source);
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8", timeout: PATIENCE });
}

/** Puts the checkout where the code expects it: under the package's name, and as `dist`. */
function linkCheckout(): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/rmap-engine"), "dir");
  symlinkSync(join(root, "dist"), join(folder, "dist"), "dir");
}

it("embeds and compiles an overlay as shown", () => {
  linkCheckout();
  const [embed = ""] = blocks("README.md", "js");
  const overlay = blocks("docs/embedding.md", "js").find((block) => block.includes("compileEngine")) ?? "";
  const [replacing = ""] = blocks("README.md", "ts");
  const printed = embed.matchAll(/console\.log\(.*\); \/\/ ([^:\n]*)/g);
  const expected = [...printed].map(([, comment]) => comment as string);
  expect(expected.length).toBeGreaterThan(0);
  expect(runModule("embed.mjs", embed).trim().split("\n")).toEqual(expected);

  const file = join(folder, "my-idea/rmap/reusable.ts");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, replacing);
  expect(blocks("docs/embedding.md", "")).toContain(runModule("try.mjs", overlay));
});

it("finds the race of 2008 as shown", async () => {
  const shown = codeOf("README.md").find((code) => /^npx rmap stress .*--variant 2008-original$/.test(code));
  const args = (shown ?? "").split(" ").slice(2);
  const { stdout: printed } = await rmapHere([...args, "--rounds", "20000"]);
  // Times, rounds, addresses and the order of events differ from run to run; either of two rules may be the first to break.
  const [story = ""] = blocks("README.md", "text");
  for (const text of [printed, story]) {
    expect(text).toMatch(
      /^publish-before-link in 2008-original: I[15] after .* rounds; as expected\n {2}CPU \d: I[15]: /,
    );
    expect(text).toMatch(/^ +0 +CPU \d /m);
    expect(text).toContain(" anon_vma A");
    expect(text).toMatch(
      /^ {2}again: rmap stress publish-before-link --variant 2008-original --cpus 4 --seed \d+$/m,
    );
  }
});

it("shows what npm start finds", () => {
  const output = execFileSync(process.execPath, [join(root, "dist/bin/start.js")], {
    encoding: "utf8",
    timeout: PATIENCE,
  });
  const [shown = ""] = blocks("README.md", "");
  // What depends on the machine is left out.
  const lines = shown.split("\n").filter((line) => /^(fidelity|leaks)/.test(line));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(output.split("\n")).toContain(line);
});

it("has an example that runs", () => {
  const output = execFileSync(process.execPath, [join(root, "examples/embed.mjs")], {
    encoding: "utf8",
    timeout: PATIENCE,
  });
  expect(output).toContain("The parent reads 42, the child reads 7.");
});

/** A part of a page, by its title, in one line. */
function part(page: string, title: string): string {
  const [, after = ""] = textOf(page).split(`\n## ${title}\n`);
  return (after.split("\n## ")[0] as string).replace(/\s+/g, " ");
}

it("gives the command line a folder as shown", async () => {
  const shown = codeOf("README.md").find((code) => /^npx rmap stress .*--variant \.\//.test(code)) ?? "";
  const [, name = "", file = ""] = /`(my-idea)\/(rmap\/\w+\.ts)`/.exec(textOf("README.md")) ?? [];
  const [replacing = ""] = blocks("README.md", "ts");
  mkdirSync(dirname(join(folder, name, file)), { recursive: true });
  writeFileSync(join(folder, name, file), replacing);
  const args = shown.split(" ").slice(2);
  expect(args).toContain(`./${name}`);
  args.splice(args.indexOf("--seconds"), 2, "--rounds", "50");
  const here = process.cwd();
  process.chdir(folder);
  const { stdout: printed } = await rmapHere(args).finally(() => process.chdir(here));
  expect(printed).toMatch(/ in my-idea: nothing in .*; as expected/);
});

it("says of nothing that it is not there but of what limits.md does", () => {
  const [sentence = ""] = part("README.md", "What it does not do").trim().split(". ");
  const named = sentence
    .split(", ")
    .map((words) => words.replace(/^no /i, "").split(" of memory")[0] as string);
  const not = part("docs/limits.md", "Not modelled") + part("docs/limits.md", "What a clean run proves");
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((words) => !not.toLowerCase().includes(words.toLowerCase()))).toEqual([]);
});

it("names every folder of the repository", () => {
  const named = [...textOf("README.md").matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) =>
    [...(cell as string).matchAll(/`(\w+)\/`/g)].map(([, name]) => name as string),
  );
  expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  if (folders) expect(named.sort()).toEqual(folders.filter((name) => !name.startsWith(".")).sort());
  expect(tableRows("README.md", "In this repository").length).toBeGreaterThan(5);
});

it("names the overlays that there are", () => {
  const [, what = ""] = /^\| `overlays\/` \| (.*) \|$/m.exec(textOf("README.md")) ?? [];
  const words: Readonly<Record<string, string>> = { model: "exploration", bench: "benchmarks" };
  for (const name of readdirSync(join(root, "overlays"))) expect(what).toContain(words[name] ?? name);
});

it("says how much memory a replay takes", async () => {
  const [, frames, takes] =
    /with (\d+) MiB of\s+page frames on two CPUs takes (\d+) MiB/.exec(textOf("README.md")) ?? [];
  const sizes = { spaces: 65535, files: 8192, queueRecords: 16384, metadata: 256 * 2 ** 20 };
  const { memory } = await boot({ ...sizes, cpus: 2, memory: Number(frames) * 2 ** 20 });
  expect(Math.round(memory.buffer.byteLength / 2 ** 20)).toBe(Number(takes));
});
