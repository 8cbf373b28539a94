/** `rmap explore --litmus-out` and `rmap litmus` decide a finding the same way; the reports explain it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MODELS } from "../../../dist/lkmm/rules.js";
import { rmapHere } from "../../support/here.js";
import { schemaErrors } from "../../support/rmap.js";
import { WHOLE } from "../../support/sample.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-judge-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

const ROW = ["explore", "store-order", "--variant", "2008-link-first", "--preemptions", "1", "--stale", "1"];

interface Explained {
  readonly results: readonly {
    readonly found: {
      readonly explanation: { readonly allowedBy: readonly string[]; readonly litmus: string };
    };
  }[];
}

describe("a finding of a weak model", () => {
  it("is written as a litmus test, which each model decides as the report says", async () => {
    const [file, html] = [path("finding.litmus"), path("finding.html")];
    const out = await rmapHere([...ROW, "--model", "pso", "--litmus-out", file, "--html", html, "--json"]);
    expect(out.code).toBe(0);
    const report = JSON.parse(out.stdout) as Explained;
    expect(schemaErrors("explore", report)).toBeUndefined();
    const explanation = report.results[0]?.found.explanation;
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(
      /^C store-order\+2008-link-first\+pso\n\(\*\n \* rmap explore store-order .* --replay "/,
    );
    for (const model of MODELS) {
      const decided = await rmapHere(["litmus", file, "--model", model, "--json"]);
      expect(decided.code, model).toBe(0);
      const [test] = (JSON.parse(decided.stdout) as { tests: { verdict: string; expected: string }[] }).tests;
      expect(test?.verdict, model).toBe(explanation?.allowedBy.includes(model) ? "Sometimes" : "Never");
      expect(test?.expected).toBe("Sometimes");
    }
    const page = readFileSync(html, "utf8");
    expect(page).toMatch(/<h3>Because<\/h3><ul><li>CPU 0&#39;s store|<h3>Because<\/h3><ul><li>CPU 0's store/);
    expect(page).toContain("<h3>Closed by</h3>");
    expect(page).toContain("int *r0 = READ_ONCE(*frame_");
  });

  it.runIf(WHOLE)("is explained below its story", async () => {
    const { stdout } = await rmapHere([...ROW, "--model", "pso"]);
    const lines = stdout.split("\n").filter((line) => /^(because|closed by) /.test(line));
    expect(lines[0]).toMatch(/^because {4}CPU 0's store to anon_vma A's last .*no write barrier or release/);
    expect(
      lines.filter((line) => /a write barrier before .*\(CPU 0\): pso; not in \d+ executions/.test(line)),
    ).toHaveLength(1);
    expect(lines.filter((line) => /one lock around/.test(line)).length).toBeGreaterThan(0);
  });
});

it("a finding without a read of an old value is no litmus test, and says so", async () => {
  const file = path("none.litmus");
  const { stderr } = await rmapHere([...ROW, "--model", "tso", "--litmus-out", file]);
  expect(existsSync(file)).toBe(false);
  expect(stderr).toMatch(/none\.litmus is not written: no finding is a litmus test/);
});
