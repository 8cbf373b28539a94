/** `rmap scenarios`: what it says of each scenario is a whole sentence. */
import { expect, it } from "vitest";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { rmapHere } from "../support/here.js";

it("says of each scenario what is watched, also where that is no numbered invariant", async () => {
  const { code, stdout } = await rmapHere(["scenarios"]);
  // Lines are wrapped between words.
  const text = stdout.replace(/\s+/g, " ");
  for (const { watch, stress } of await loadScenarios()) {
    const watched =
      watch.length > 0 ? `Invariants: ${watch.join(", ")}.` : "Watched: the values that `expect` reads.";
    expect(text).toContain(`${watched} CPUs: ${stress.cpus.length}.`);
  }
  expect(text).not.toContain("Invariants: .");
  expect(code).toBe(0);
});

it("has an expect in each scenario that watches no numbered invariant", async () => {
  const without = (await loadScenarios()).filter(({ watch }) => watch.length === 0);
  for (const { name, stress } of without) {
    const kinds = [...stress.cpus, stress.finish].flat().map(({ kind }) => kind);
    expect(kinds, name).toContain("expect");
  }
});

it("tells all of a scenario that is named: its texts, and what is expected where", async () => {
  const { code, stdout } = await rmapHere(["scenarios", "first-fault"]);
  expect(stdout).toMatch(/^first-fault {2}/);
  expect(stdout).not.toContain("link-all");
  for (const part of [
    "    setup\n      0 mmap 0 4 rw",
    "    cpu\n      0 write 5 105",
    "    explore\n    setup",
  ])
    expect(stdout).toContain(part);
  expect(stdout.replace(/\s+/g, " ")).toContain("clean in mainline: The engine as it is.");
  expect(code).toBe(0);
  const json = JSON.parse((await rmapHere(["scenarios", "first-fault", "--json"])).stdout);
  expect(json.scenarios).toHaveLength(1);
});

it("tells all of a variant that is named, and which declarations it replaces", async () => {
  const { code, stdout } = await rmapHere(["variants", "2008-original"]);
  expect(stdout).toMatch(/^2008-original {2}/);
  // What is below it comes first.
  const text = stdout.replace(/\s+/g, " ");
  expect(text).toMatch(
    /It replaces: .*rmap\/clone\.ts: anonVmaClone[^(]* \(.* rmap\/prepare\.ts: anonVmaPrepare \([^ ]*variants\/2008-original\/rmap\/prepare\.ts\)/,
  );
  expect(code).toBe(0);
  const json = JSON.parse((await rmapHere(["variants", "2008-original", "--json"])).stdout);
  expect(json.variants[0].changes.at(-1)).toMatchObject({
    path: "rmap/prepare.ts",
    declarations: ["anonVmaPrepare"],
  });
});

it("prints the source of a variant, with the engine's own around it", async () => {
  const { code, stdout } = await rmapHere(["variants", "2010-youngest-anon-vma", "--source"]);
  expect(stdout).toMatch(/^\/\/ assembly\/rmap\/owner\.ts\n\n\/\*\*/);
  expect(stdout.match(/^\/\/ assembly/gm)).toHaveLength(1);
  expect(stdout).toContain("export function");
  expect(code).toBe(0);
  expect(await rmapHere(["variants", "--source"])).toMatchObject({ code: 2, stdout: "" });
});

it.each([
  [["scenarios", "first-fold"], /there is no scenario "first-fold".*\n.*did you mean "first-fault"/],
  [["variants", "2008-originl"], /there is no variant "2008-originl".*\n.*did you mean "2008-original"\? `/],
  [["variants", "2017"], /hint: did you mean "2017-madvise-flush-miss" or "2017-reclaim-batch"\? `/],
  [["variants", "my-ide"], /no variant "my-ide".*\nhint: `rmap variants` lists all/],
  [["variants", "drop-drop"], /drop-drop is a scenario, not a variant\nhint: .*`rmap stress drop-drop`/],
  [["scenarios", "2022-degree"], /2022-degree is a variant, not a scenario\nhint: .*--variant 2022-degree`/],
  [["stress", "drop-drop", "2022-degree"], /2022-degree is a variant, not a scenario/],
  [
    ["stress", "drop-drop", "./my-idea"],
    /no scenario ".\/my-idea"\nhint: .*use --variant for your own folder/,
  ],
])("%j is wrong usage", async (args, expected) => {
  const { code, stdout, stderr } = await rmapHere(args);
  expect(stderr).toMatch(expected);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});
