/** Every script that the docs name runs, in its shortest form; and a filter that nothing matches is an error. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";
import { sample, WHOLE } from "../support/sample.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-scripts-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script. */
function script(name: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts", name), ...args], {
    ...{ cwd: ROOT, encoding: "utf8", timeout: PATIENCE },
  });
  return { status, stdout, stderr };
}

/** The short form of each script; those that another test file runs name it. */
const SHORT: Readonly<Record<string, readonly string[] | string>> = {
  "build.mjs": ["--target", "release", "--wasm-only", "--quiet"],
  "check-assembly.mjs": "test/canary/check.test.ts",
  "check-campaign.mjs": ["test/check/fixtures/bugs/2025-mremap-merge-unfaulted"],
  "coverage.mjs": ["--check"],
  "format-assembly.mjs": ["--check"],
  "fuzz.mjs": ["--kind", "script", "--count", "5", "--seed", "1"],
  "measure-scale.mjs": ["--most", "1"],
  "measure-allocate-at-link.mjs": ["--trace", "bash", "--engine", "mainline"],
  "stress-campaign.mjs": [
    ...["--only", "first-fault", "--runs", "0", "--clean", "0", "--mainline", "1"],
    ...["--out", folder],
  ],
  "mutants.mjs": ["--check"],
  // It serves until somebody ends it.
  "demo.mjs": "test/browser/demo.test.ts",
  // npm runs it around packing.
  "manifest.mjs": "test/consumers/consumers.campaign.ts",
  // Both take minutes of an idle machine, or a kernel: what they call is tested where it is written.
  "bench-results.mjs": "test/bench/ratios.test.ts",
  "test-kernel.mjs": "test/kernel/compare.test.ts",
  "variants.mjs": "test/variants/replaced.test.ts",
};

/** What other scripts and tests import: it has no options. */
const PARTS = [
  "bundle-cli.mjs",
  "declarations.mjs",
  "environment.d.ts",
  "merge-parts.mjs",
  "options.mjs",
  "serve.d.mts",
  "serve.mjs",
];

it("knows the short form of each script", () => {
  expect([...Object.keys(SHORT), ...PARTS].sort()).toEqual(readdirSync(join(ROOT, "scripts")).sort());
  for (const file of Object.values(SHORT)) {
    if (typeof file === "string") expect(readFileSync(join(ROOT, file), "utf8")).toMatch(/\b(it|test)\(/);
  }
});

/** A build and `npm run lint` run these two as well: `npm test` comes after both, and leaves them out. */
const RUN_BEFORE = ["build.mjs", "format-assembly.mjs"];

const RUN_HERE = Object.entries(SHORT).filter(
  ([name, args]) => typeof args !== "string" && (WHOLE || !RUN_BEFORE.includes(name)),
);

it.each(sample(RUN_HERE, 3, "test/scripts"))("%s %j", (name, args) => {
  const { status, stderr } = script(name, ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

const COMMANDS = Object.keys(SHORT);

it.each(sample(COMMANDS, 3, "test/scripts"))(
  "%s explains its options, and names them for a wrong one",
  (name) => {
    const help = script(name, "--help");
    expect(help).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(/npm run|node scripts\//),
    });
    const wrong = script(name, "--nothing-so");
    expect(wrong).toMatchObject({ status: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^[^\n]*--nothing-so[^\n]*\nhint: options are (--[\w-]+, )*--help\n$/);
  },
);

it.each([
  ["stress-campaign.mjs", ["--onyl", "x"], /^Unknown option '--onyl'[^\n]*\nhint: options are --runs, .*\n$/],
  ["build.mjs", ["--wta"], /\nhint: options are --wasm-only, .*--wat/],
  [
    "stress-campaign.mjs",
    ["--only", "nothing-so"],
    /no variant or scenario has a name that contains "nothing-so".*nearest/,
  ],
  [
    "measure-allocate-at-link.mjs",
    ["--trace", "nothing"],
    /--trace: no name contains "nothing"; the names are /,
  ],
  ["coverage.mjs", ["--measure"], /--measure needs result files/],
  ["coverage.mjs", ["x.json"], /result files need --measure/],
])("%s %j is wrong usage", (name, args, expected) => {
  const { status, stdout, stderr } = script(name, ...args);
  expect(stderr).toMatch(expected);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
});
