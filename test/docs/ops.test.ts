/** docs/ops.md against the language that scripts are written in. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FORMS, GLOBAL_WORDS, PROCESS_WORDS } from "../../dist/ops/forms.js";
import { ADVICES } from "../../dist/ops/operation.js";
import { parseScript } from "../../dist/ops/script.js";
import { blocks, root, textOf } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";

const PAGE = "docs/ops.md";

/** The first cell of each row of a table, as a reader sees it, and the rest of the row. */
const rows = [...textOf(PAGE).matchAll(/^\| `((?:[^`|]|\\\|)+)` \|(.*)\|$/gm)].map(([, form, rest]) => ({
  form: (form as string).replaceAll("\\|", "|"),
  rest: (rest as string).replaceAll("\\|", ""),
}));

it("has every form, with what it does and what its result is", () => {
  const told = rows.filter(({ form }) => Object.values(FORMS).includes(form));
  expect(told.map(({ form }) => form).sort()).toEqual(Object.values(FORMS).sort());
  for (const { form, rest } of told) {
    const cells = rest.split("|").map((cell) => cell.trim());
    expect(cells, form).toHaveLength(2);
    for (const cell of cells) expect(cell, form).not.toBe("");
  }
});

it("has no form that there is not", () => {
  const words: readonly string[] = [...PROCESS_WORDS, ...GLOBAL_WORDS];
  const named = rows
    .map(({ form }) => form)
    .filter((form) => form.split(" ").some((word) => words.includes(word)));
  expect(named.filter((form) => !Object.values(FORMS).includes(form))).toEqual([]);
});

it("explains every advice", () => {
  const [, explained = ""] = textOf(PAGE).split("\nThe advice:");
  for (const advice of ADVICES) expect(explained).toContain(`\`${advice}\``);
});

describe("the example", () => {
  const [script = ""] = blocks(PAGE, "ops");

  it.each([[[]], [["--checked"]], [["--cpus", "2"]]])("prints what the page says, with %j", (options) => {
    const main = join(root, "dist/bin/main.js");
    const printed = execFileSync(process.execPath, [main, "run", "-", ...options], {
      input: script,
      encoding: "utf8",
      timeout: PATIENCE,
    });
    const [shown] = blocks(PAGE, "json");
    expect(printed.replace(/^\{.*?"results"/, '{"results"')).toBe(shown);
  });

  it("has a comment where an operation fails", () => {
    const [shown = ""] = blocks(PAGE, "json");
    const { results } = JSON.parse(shown) as { results: (0 | string)[] };
    const lines = script.split("\n");
    const failing = parseScript(script)
      .filter(({ kind }) => kind !== "dump")
      .map(({ place }, index) => ({ line: lines[(place?.line ?? 0) - 1], result: results[index] }))
      .filter(({ result }) => result !== 0);
    expect(failing.length).toBeGreaterThan(0);
    for (const { line, result } of failing) expect(line).toMatch(new RegExp(`# ${result}`));
  });
});

it("is what the help of `rmap run` names", () => {
  const help = execFileSync(process.execPath, [join(root, "dist/bin/main.js"), "run", "--help"], {
    encoding: "utf8",
    timeout: PATIENCE,
  });
  expect(help).toContain(PAGE);
});
