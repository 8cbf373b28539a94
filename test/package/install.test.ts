/** The package as it is published: packed, installed elsewhere, and used from there. */

import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-package-"));
const installed = join(folder, "node_modules/rmap-engine");

/** Unpacks the tarball where npm would, and links what it depends on: the same without a registry. */
beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components=1"]);
  const { dependencies = {} } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    const target = join(folder, "node_modules", name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, "node_modules", name), target, "dir");
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the installed package", () => {
  it("holds what it needs, and no sources of tests", () => {
    for (const file of [
      "dist/index.js",
      "dist/index.d.ts",
      "dist/engine.wasm",
      "dist/cpu/worker.js",
      "schemas/replay.json",
    ]) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
    expect(existsSync(join(installed, "test"))).toBe(false);
  });

  it("runs the example", async () => {
    cpSync(join(root, "examples/embed.mjs"), join(folder, "embed.mjs"));
    const { stdout, stderr } = await run(process.execPath, ["embed.mjs"], { cwd: folder, timeout: PATIENCE });
    expect(stderr).toBe("");
    expect(stdout).toContain("After a fork it is mapped by: the child and the parent");
    expect(stdout).toContain("The parent reads 42, the child reads 7.");
  });

  it("starts worker CPUs from there, also from code that is no file", async () => {
    const code = `
      import { Engine } from "rmap-engine";
      const engine = await Engine.create({ cpus: 2 });
      const space = engine.spawn();
      const address = space.mmap(4096);
      const batch = engine.batch();
      batch.on(1).write(space, address, 5n);
      await batch.run();
      console.log(String(space.read(address)));
      await engine.dispose();`;
    const args = ["--input-type=module", "-e", code];
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: PATIENCE });
    expect(stdout).toBe("5\n");
  });

  it("can be required", async () => {
    const code =
      'const { Engine } = require("rmap-engine"); Engine.create().then((e) => e.dispose()).then(() => console.log("ok"))';
    const args = ["--no-warnings", "--input-type=commonjs", "-e", code];
    const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: PATIENCE });
    expect(stdout).toBe("ok\n");
  });

  it("has the command", async () => {
    const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const { stdout } = await run(process.execPath, [join(installed, bin.rmap), "--version"], {
      timeout: PATIENCE,
    });
    expect(stdout).toMatch(/^rmap-engine \d/);
  });
});
