/** What docs/stress.md and CONTRIBUTING.md say of the scenarios and of the scripts is true of all of them. */
import { expect, it } from "vitest";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { codeOf, filesBelow, pages, textOf } from "../support/pages.js";

it("docs/stress.md names the scenarios that are not run on mainline", async () => {
  const elsewhere = (await loadScenarios()).filter(({ notOnMainline }) => notOnMainline !== undefined);
  const listed = [...textOf("docs/stress.md").matchAll(/^- `([a-z-]+)` /gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(elsewhere.map(({ name }) => name).sort());
});

it("docs/races.md and the scenarios name the same release for the page lock of a scan", async () => {
  const [, release] = /`scan N unlocked` \|.* before ([\d.]+) \|/.exec(textOf("docs/races.md")) ?? [];
  const unlocked = (await loadScenarios()).find(({ name }) => name === "ksm-unlocked");
  expect(unlocked?.notOnMainline).toContain(`since Linux ${release} `);
});

it("every script is named in a page", () => {
  const shown = pages.flatMap(codeOf).join("\n");
  const scripts = filesBelow("scripts", ".mjs");
  // What npm runs is known by its name there.
  const called = textOf("package.json");
  expect(scripts.filter((path) => !shown.includes(path) && !called.includes(path))).toEqual([]);
});
