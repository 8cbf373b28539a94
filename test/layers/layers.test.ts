/** The check that `src/` imports one way, and tests their own topic: it finds what breaks a rule, types included, and nothing else. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { WHOLE } from "../support/sample.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-layers-test-"));
afterEach(() => {
  for (const part of ["src", "test"]) rmSync(join(folder, part), { recursive: true, force: true });
});
for (const name of ["tsconfig.json", "package.json", ".dependency-cruiser.mjs"]) {
  cpSync(join(root, name), join(folder, name));
}
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));

/** Runs the check on a few files; the rules that were broken. */
async function broken(files: Readonly<Record<string, string>>): Promise<string[]> {
  return [...new Set((await violations(files)).map(({ rule }) => rule.name))].sort();
}

interface Violation {
  readonly rule: { readonly name: string };
  /** The file that imports. */
  readonly from: string;
}

/** Runs the check on a few files; paths are below src/. */
function violations(files: Readonly<Record<string, string>>): Promise<readonly Violation[]> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, "src", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const command = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const parts = ["src", "test"].filter((part) => existsSync(join(folder, part)));
  const args = [command, ...parts, "--config", ".dependency-cruiser.mjs", "--output-type", "json"];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (_, stdout, stderr) => {
      try {
        const { summary } = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } };
        resolve(summary.violations);
      } catch {
        reject(new Error(stderr));
      }
    });
  });
}

it.runIf(WHOLE)("takes imports from the own folder and from below", async () => {
  const found = await broken({
    "errors.ts": "export type E = string;\n",
    "wasm/layout.ts": 'import type { E } from "../errors.js";\nexport type L = E;\n',
    "cpu/ring.ts": 'import type { L } from "../wasm/layout.js";\nexport type R = L;\n',
    "cpu/pool.ts": 'import type { R } from "./ring.js";\nexport type P = R;\n',
    "index.ts": 'export type { P } from "./cpu/pool.js";\n',
  });
  expect(found).toEqual([]);
});

it("finds an import from above, of a type as well", async () => {
  const found = await broken({
    "ops/line.ts": 'import type { C } from "../cli/command.js";\nexport type L = C;\n',
    "cli/command.ts": "export type C = string;\n",
  });
  expect(found).toEqual(["ops-imports-upwards"]);
});

it("finds a cycle of types inside of a folder, an unknown folder, an entry file and a test that is imported", async () => {
  const found = await broken({
    "engine/a.ts": 'import type { B } from "./b.js";\nexport type A = B;\n',
    "engine/b.ts": 'import type { A } from "./a.js";\nexport type B = A;\n',
    "elsewhere/new.ts": 'import "../errors.js";\n',
    "errors.ts": "export type E = string;\n",
    "index.ts": "export type I = string;\n",
    "cli/uses.ts":
      'import type { I } from "../index.js";\nimport type { T } from "../../test/t.js";\nexport type U = I | T;\n',
    "../test/t.ts": "export type T = string;\n",
  });
  expect(found).toEqual(["cli-imports-upwards", "in-a-layer", "no-cycle", "no-entry", "no-tests"]);
});

it.runIf(WHOLE)(
  "finds a test that imports from another topic's folder, and takes its own and test/support",
  async () => {
    const other = 'import type { O } from "../swap/on.js";\nexport type B = O;\n';
    const found = await violations({
      "errors.ts": "export type E = string;\n",
      "../test/support/swap.ts": "export type S = string;\n",
      "../test/swap/on.ts": "export type O = string;\n",
      "../test/swap/a.test.ts":
        'import type { S } from "../support/swap.js";\nimport type { O } from "./on.js";\nexport type A = S | O;\n',
      "../test/rmap/b.test.ts": other,
      "../test/support/b.ts": other,
    });
    expect(found.map(({ rule, from }) => `${rule.name}: ${from}`).sort()).toEqual([
      "test-imports-another-topic: test/rmap/b.test.ts",
      "test-imports-another-topic: test/support/b.ts",
    ]);
  },
);
