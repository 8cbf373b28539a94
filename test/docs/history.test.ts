/** docs/history-2008.md: every row of its tables is what the axioms say, or what the catalogue expects of exploration. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decide } from "../../dist/lkmm/decide.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { MODELS } from "../../dist/lkmm/rules.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { loadVariant, verdictOf } from "../../dist/scenario/variant.js";
import { expectedIn } from "../../dist/scenario/verdict.js";
import { textOf } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";

const page = textOf("docs/history-2008.md");
const folder = fileURLToPath(new URL("../../docs/history-2008", import.meta.url));

/** Rows whose last cell is a litmus test, with the cell before it: the models that allow the test's condition. */
const tests = [...page.matchAll(/\| ([a-z, ]+) \| \[([\w-]+)\]\(history-2008\/([\w-]+)\.litmus\) \|$/gm)].map(
  ([, allowed = "", title = "", file = ""]) => ({ allowed, title, file }),
);

/** Rows of exploration: a protocol, a race, and whether a bug is found under sc, or in which models it is. */
const rows = [...page.matchAll(/\| `([\w-]+)` \| `([\w-]+)` \| ([a-z, ]+) \|$/gm)].map(
  ([, variant = "", race = "", found = ""]) => ({ variant, race, found }),
);

describe("a litmus test of the page", () => {
  it.each(tests)("$file can be in $allowed", ({ allowed, title, file }) => {
    expect(title).toBe(file);
    const test = parseLitmus(readFileSync(`${folder}/${file}.litmus`, "utf8"), file);
    expect(test.name).toBe(file);
    const models = MODELS.filter((model) => {
      const { verdict } = decide(test, { model, states: false, timeout: PATIENCE });
      expect(verdict).toMatch(/^(Never|Sometimes|Always)$/);
      return verdict !== "Never";
    });
    expect(models.join(", ") || "none").toBe(allowed);
  });

  it("is there for each file, and each is on the page once", () => {
    const files = readdirSync(folder).map((name) => name.replace(/\.litmus$/, ""));
    expect(tests.map(({ file }) => file).sort()).toEqual(files.sort());
  });
});

describe("a row of exploration on the page", () => {
  it("stands in every table that has them", () => {
    expect(rows.length).toBeGreaterThan(10);
  });

  it.each(rows)("$variant in $race: $found", async ({ variant, race, found }) => {
    const scenarios = await loadScenarios();
    const scenario = scenarios.find(({ name }) => name === race);
    expect(scenario?.explore).toBeDefined();
    const protocol = await loadVariant(variant);
    const verdict = scenario && verdictOf(protocol, scenario);
    // A verdict that somebody stated: the campaigns of stress and exploration hold it.
    expect(protocol.verdicts[race]).toBeDefined();
    const models = MODELS.filter((model) => verdict && expectedIn(verdict, model) === "bug");
    if (found === "bug" || found === "clean") expect(models.includes("sc")).toBe(found === "bug");
    else expect(models.join(", ") || "none").toBe(found);
  });
});
