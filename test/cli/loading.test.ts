/** A command loads the files that it needs, and not those of the other commands: loading them costs more than a small replay. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";
import { mainPath } from "../support/rmap.js";

/** A module hook that prints the URL of each file that Node loads. */
const HOOK = `import { writeSync } from "node:fs";
export function load(url, context, next) {
  writeSync(2, "loads " + url + "\\n");
  return next(url, context);
}`;
const dataUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
const REGISTER = dataUrl(
  `import { register } from "node:module"; register(${JSON.stringify(dataUrl(HOOK))});`,
);

/** Runs a command line that prints what it loads. */
function run(...words: string[]): { readonly stderr: string } {
  const options = { encoding: "utf8", timeout: PATIENCE } as const;
  const { status, stderr } = spawnSync(process.execPath, ["--import", REGISTER, mainPath, ...words], options);
  expect(status, stderr).toBe(0);
  return { stderr };
}

/** The folders of src/, and the commands, whose modules are in the files that a command line loads: a comment names each. */
function loaded(...words: string[]): string[] {
  const { stderr } = run(...words);
  const files = [...stderr.matchAll(/^loads (file:.*\/dist\/.*)$/gm)].map(([, url = ""]) => new URL(url));
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const places = [...text.matchAll(/^\/\/ src\/(cli\/commands\/[\w-]+|[\w-]+)[/.]/gm)];
  return [...new Set(places.map(([, place = ""]) => place))].sort();
}

it("a replay loads nothing of the stress, the exploration, the checks or the compiler", () => {
  const places = loaded("replay", "traces/bash.perf.txt.gz");
  expect(places).toContain("cli/commands/replay");
  expect(places).toContain("replay");
  expect(places.filter((place) => place.startsWith("cli/commands/"))).toEqual(["cli/commands/replay"]);
  for (const other of ["stress", "explore", "check", "bench", "build", "scenario"])
    expect(places).not.toContain(other);
});

it("a replay loads few files, because each takes Node about a millisecond", () => {
  const { stderr } = run("replay", "traces/bash.perf.txt.gz");
  const files = stderr.match(/^loads file:/gm) ?? [];
  expect(files.length).toBeGreaterThan(2);
  expect(files.length).toBeLessThan(8);
});

it("the version loads no command, and no engine", () => {
  for (const word of ["--version", "-v"]) {
    const places = loaded(word);
    expect(places).toContain("text");
    expect(places.filter((place) => place.startsWith("cli/commands/") || place === "engine")).toEqual([]);
  }
});
