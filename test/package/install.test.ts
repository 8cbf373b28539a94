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
import { WHOLE } from "../support/sample.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-package-"));
const installed = join(folder, "node_modules/rmap-engine");

/** What npm says of the tarball, in bytes. */
interface Tarball {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}
let tarball: Tarball;

/** Unpacks the tarball where npm would, and links what it depends on: the same without a registry. */
beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  [tarball] = JSON.parse(stdout) as [Tarball];
  const { filename } = tarball;
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
      "dist/types/index.d.ts",
      "dist/engine.wasm",
      "dist/worker.js",
      "schemas/replay.json",
    ]) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
    expect(existsSync(join(installed, "test"))).toBe(false);
  });

  it("weighs what docs/embedding.md says", () => {
    const page = readFileSync(join(root, "docs/embedding.md"), "utf8");
    const [, packed, unpacked] = /The tarball has ([\d.]+) MB, ([\d.]+) MB unpacked/.exec(page) ?? [];
    const near = (bytes: number, said: string | undefined) => Math.abs(bytes / 1e6 / Number(said) - 1);
    expect(near(tarball.size, packed)).toBeLessThan(0.1);
    expect(near(tarball.unpackedSize, unpacked)).toBeLessThan(0.1);
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

  it("says what to install before it can compile, and then comes to a verdict", async () => {
    const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const command = (...args: string[]) =>
      run(process.execPath, [join(installed, bin.rmap), ...args], { cwd: folder, timeout: PATIENCE }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
      );
    const made = await command("new", "my-idea", "copyEntries");
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("copyEntries") });
    expect(existsSync(join(folder, "my-idea/mm/copy.ts"))).toBe(true);
    // A folder that other tests compile as well.
    const name = "2025-mremap-merge-unfaulted";
    cpSync(join(root, "test/check/fixtures/bugs", name), join(folder, name), { recursive: true });
    // TIME: a limit that it never meets: it ends at once, or at its finding.
    const limit = ["--seconds", "300"];
    const check = () => command("check", `./${name}`, "--no-catalogue", "--json", "--quiet", ...limit);
    const without = await check();
    expect(without).toMatchObject({ code: 3, stdout: "" });
    expect(without.stderr).toContain("needs the package assemblyscript");
    expect(without.stderr).toContain("hint: npm install assemblyscript@");
    symlinkSync(
      join(root, "node_modules/assemblyscript"),
      join(folder, "node_modules/assemblyscript"),
      "dir",
    );
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(JSON.parse(stdout).verdict).toBe("finding");
  });

  it.runIf(WHOLE)("has the compiler as rmap-engine/build, with its types", async () => {
    const code = `
      import { readTargets, packageRoot, compileEngine, compileInThread } from "rmap-engine/build";
      const targets: readonly string[] = (await readTargets(packageRoot())).map(({ name }) => name);
      // @ts-expect-error: a target has a name
      const wrong: number = targets;
      console.log(targets.join(), typeof compileEngine, typeof compileInThread, wrong === undefined);`;
    writeFileSync(join(folder, "compile.ts"), code);
    const options = [
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom",

      "--strict",
    ];
    const tsc = join(root, "node_modules/typescript/lib/tsc.js");
    await run(process.execPath, [tsc, ...options, "compile.ts"], { cwd: folder, timeout: PATIENCE });
    const { stdout } = await run(process.execPath, ["compile.js"], { cwd: folder, timeout: PATIENCE });
    expect(stdout).toBe("release,checked,stress,model function function false\n");
  });
});
