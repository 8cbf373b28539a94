/**
 * The packed package, installed elsewhere and used as others use it: each way gives the same content for the same program.
 * Takes about 60 s of processor time, most of it npm's, and the network for the tools.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, startBrowser, TestPage } from "../support/page.js";
import { until } from "../support/patience.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-consumers-"));
const isLinux = process.platform === "linux" && process.arch === "x64";
/** The page's wasm files: no tool resolves their types. */
const NO_MODULES = ["engine", "engine.checked", "engine.stress", "engine.model", "monitor"].map(
  (name) => `${name}.wasm`,
);

let tarball = "";
/** What the program gives on this Node, from the checkout. */
let hash = "";

/** Runs a program in the consumer's folder. */
const there = (command: string, ...args: string[]) => run(command, args, { cwd: folder, maxBuffer: 2 ** 26 });
const node = (...args: string[]) => there(process.execPath, ...args);
const tool = (path: string, ...args: string[]) => there(join(folder, "node_modules", path), ...args);
const bin = (name: string, ...args: string[]) => tool(`.bin/${name}`, ...args);

beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
  // What the scripts around packing print comes before it.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.lastIndexOf("\n[") + 1)) as [{ filename: string }];
  tarball = join(folder, filename);
  cpSync(join(ROOT, "test/consumers/fixtures"), folder, { recursive: true });
  const arch = isLinux ? [] : ["--omit=optional"];
  await there("npm", "install", "--no-audit", "--no-fund", ...arch, tarball);
  hash = (await node("node.mjs")).stdout.split(" ")[0] ?? "";
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  it("runs nothing when somebody installs it", () => {
    const { scripts, dependencies } = JSON.parse(
      readFileSync(join(folder, "node_modules/rmap-engine/package.json"), "utf8"),
    );
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|pack)$/.test(name))).toEqual(
      [],
    );
    expect(Object.keys(dependencies)).not.toContain("@assemblyscript/loader");
    // And package.json of the checkout is as it was.
    expect(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts.prepare).toBeTruthy();
  });

  it("names no source map that it does not have", () => {
    const dist = join(folder, "node_modules/rmap-engine/dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.[jt]s$/.test(file),
    );
    const naming = files.filter((file) =>
      readFileSync(join(dist, file), "utf8").includes("\n//# sourceMappingURL"),
    );
    expect(naming).toEqual([]);
  });

  it("is what attw and publint want", async () => {
    // It ends with an exit code when it finds something, and then this rejects with what it says.
    await bin("attw", tarball, "--profile", "esm-only", "--exclude-entrypoints", ...NO_MODULES);
    const { publint } = await import("publint");
    expect(
      (await publint({ pkgDir: join(folder, "node_modules/rmap-engine"), strict: true })).messages,
    ).toEqual([]);
  });
});

describe("runs in", () => {
  const both = () => ({ stdout: `${hash} ${hash}\n`, stderr: "" });

  it("Node, imported and required", async () => {
    expect(hash).toMatch(/^\d+$/);
    expect(await node("node.mjs")).toEqual(both());
    expect(await node("--no-warnings", "required.cjs")).toEqual(both());
  });

  const others = [
    { name: "Deno", runs: (file: string) => tool("@deno/linux-x64-glibc/deno", "run", "-A", file) },
    { name: "Bun", runs: (file: string) => tool("@oven/bun-linux-x64/bin/bun", file) },
  ];
  it.runIf(isLinux).each(others)("$name", async ({ runs }) => {
    expect((await runs("node.mjs")).stdout).toBe(both().stdout);
  });

  it("every entry, in Node and elsewhere the same", async () => {
    const here = await node("entries.mjs");
    expect(here.stderr).toBe("");
    expect(here.stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^(\d+) \1 [0-9a-f]{16}$/),
      expect.stringMatching(/^true \d+ undefined$/),
      ...["true", "0,0,0 true true"],
      ...[
        "UsageError EUSAGE true",
        "EnvironmentError EENVIRONMENT false",
        "EnvironmentError EENVIRONMENT false",
      ],
    ]);
    if (isLinux) for (const { runs } of others) expect(await runs("entries.mjs")).toEqual(here);
  });

  it("CommonJS, every entry required", async () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const names = Object.entries<{ types?: string }>(exports)
      .filter(([name, { types }]) => types !== undefined && !name.endsWith("worker"))
      .map(([name]) => `rmap-engine${name.slice(1)}`);
    expect(names.length).toBeGreaterThan(6);
    const code = `console.log(${JSON.stringify(names)}.filter((name) => Object.keys(require(name)).length === 0).length)`;
    expect(await node("--no-warnings", "-e", code)).toEqual({ stdout: "0\n", stderr: "" });
  });

  it("a bundle of esbuild for Node, beside the two files, or inline and alone", async () => {
    const common = ["node.mjs", "--bundle", "--platform=node", "--format=esm", "--log-level=warning"];
    await bin("esbuild", ...common, "--outfile=out-node/app.mjs");
    copyFiles("out-node");
    expect(await node("out-node/app.mjs")).toEqual(both());
    await bin(
      "esbuild",
      ...common,
      "--minify",
      "--alias:rmap-engine=rmap-engine/inline",
      "--outfile=alone/app.mjs",
    );
    const alone = mkdtempSync(join(tmpdir(), "rmap-alone-"));
    try {
      cpSync(join(folder, "alone"), alone, { recursive: true });
      expect(await node(join(alone, "app.mjs"))).toEqual(both());
    } finally {
      rmSync(alone, { recursive: true });
    }
  });

  it("a minified bundle, whose errors keep their names", async () => {
    writeFileSync(
      join(folder, "errors.mjs"),
      `import * as library from "rmap-engine";
       const made = Object.entries(library).filter(([, type]) => type?.prototype instanceof Error);
       console.log(made.filter(([name, type]) => name !== type.prototype.name).map(([name]) => name).join() || made.length);
       await library.Engine.create({ cpu: 1 }).catch((error) => console.log(String(error).split(":")[0], error.code));`,
    );
    await bin(
      "esbuild",
      "errors.mjs",
      "--bundle",
      "--minify",
      "--platform=node",
      "--format=esm",
      "--outfile=out-node/errors.mjs",
    );
    const { stdout } = await node("out-node/errors.mjs");
    expect(stdout).toMatch(/^\d\d\nUsageError EUSAGE\n$/);
  });
});

describe.each([
  { module: "esnext", moduleResolution: "bundler" },
  { module: "node16", moduleResolution: "node16" },
  { module: "nodenext", moduleResolution: "nodenext" },
])("TypeScript with $moduleResolution", (options) => {
  it.each([[[]], [["node"]]])("types %j", async (types) => {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, skipLibCheck: false, target: "es2022", lib: ["es2022"], types },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...options,
    };
    // `console` is neither the language's nor the library's.
    writeFileSync(
      join(folder, "console.d.ts"),
      "declare const console: { log(...values: unknown[]): void };\n",
    );
    const files = ["types.ts", ...(types.length === 0 ? ["console.d.ts"] : [])];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const { stdout } = await bin("tsc", "-p", "tsconfig.json").catch((error) => error as { stdout: string });
    expect(stdout).toBe("");
  });
});

describe.skipIf(BROWSER === undefined)(`in ${BROWSER ?? "a browser, of which there is none"}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  /** What a bundled page comes to, isolated and not. */
  async function titles(out: string): Promise<string[]> {
    const found: string[] = [];
    for (const isolated of [true, false]) {
      const page = await TestPage.open(browser, isolated, join(folder, out));
      await page.page.goto(new URL("/index.html", page.page.url()).href);
      await page.page.waitForFunction(() => document.title !== "");
      found.push(await page.page.title());
      expect(page.errors).toEqual([]);
      await page.close();
    }
    return found;
  }

  it("vite builds it", async () => {
    const { stderr } = await bin("vite", "build", "--outDir", "out-vite", "--logLevel", "warn");
    expect(stderr).toBe("");
    expect(await titles("out-vite")).toEqual([hash, hash]);
  });

  it("vite serves it while you work on it", async () => {
    writeFileSync(
      join(folder, "dev.mjs"),
      `import { createServer } from "vite";
       const server = await createServer({ server: { port: 0, ws: false, hmr: false } });
       await server.listen();
       console.log(server.resolvedUrls.local[0]);`,
    );
    const child = execFile(process.execPath, ["dev.mjs"], { cwd: folder });
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.once("data", (line) => resolve(String(line).trim()));
      child.once("exit", () => reject(new Error(said)));
    });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.waitForFunction(() => document.title !== "");
      expect(await page.title()).toBe(hash);
      expect(said).toBe("");
      await page.close();
    } finally {
      child.kill();
    }
  });

  it("webpack builds it, without a warning", async () => {
    expect((await node("webpack.mjs")).stdout.trim()).toBe("");
    writeFileSync(join(folder, "out-webpack/index.html"), pageOf("main.js"));
    expect(await titles("out-webpack")).toEqual([hash, hash]);
  });

  it("esbuild builds it, with the two files copied beside the bundle", async () => {
    await bin(
      "esbuild",
      "page.js",
      "--bundle",
      "--format=esm",
      "--target=es2022",
      "--outdir=out-esbuild",
      "--log-level=warning",
    );
    copyFiles("out-esbuild");
    writeFileSync(join(folder, "out-esbuild/index.html"), pageOf("page.js"));
    expect(await titles("out-esbuild")).toEqual([hash, hash]);
  });

  it("a page imports it with an import map, without a bundler", async () => {
    const map =
      '<script type="importmap">{"imports":{"rmap-engine":"/node_modules/rmap-engine/dist/index.js"}}</script>';
    writeFileSync(join(folder, "index.html"), `${map}${pageOf("page.js")}`);
    expect(await titles(".")).toEqual([hash, hash]);
  });
});

/** README's section about the library, in a clean folder: its commands, its program and its page, word for word. */
describe("README", () => {
  const [, section = ""] = readFileSync(join(ROOT, "README.md"), "utf8").split("\n## Use it as a library\n");
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(section.split("\n## ")[0] ?? "")?.[1] ??
    "";
  const clean = mkdtempSync(join(tmpdir(), "rmap-readme-"));
  afterAll(() => rmSync(clean, { recursive: true, force: true }));

  it("leads from the tarball to a program that prints what it says", async () => {
    cpSync(tarball, join(clean, basename(tarball)));
    for (const line of block("sh").trim().split("\n")) {
      const [command = "", ...args] = line.split(" ");
      await run(command, args, { cwd: clean });
    }
    writeFileSync(join(clean, "program.mjs"), block("js"));
    const { stdout, stderr } = await run(process.execPath, ["program.mjs"], { cwd: clean });
    const says = [...block("js").matchAll(/console\.log\(.*\); \/\/ ([^:\n]*)/g)].map(
      ([, comment]) => comment,
    );
    expect(says.length).toBeGreaterThan(2);
    expect({ lines: stdout.trim().split("\n"), stderr }).toEqual({ lines: says, stderr: "" });
  });

  it.skipIf(BROWSER === undefined)("and to a page that shows it, isolated or not", async () => {
    writeFileSync(join(clean, "index.html"), block("html"));
    const browser = await startBrowser();
    try {
      for (const isolated of [true, false]) {
        const page = await TestPage.open(browser, isolated, clean);
        await page.page.goto(new URL("/index.html", page.page.url()).href);
        await page.page.waitForFunction(() => document.querySelector("pre")?.textContent !== "");
        expect(await page.page.textContent("pre")).toBe(`${isolated ? 2 : 0} CPUs read 42`);
        await until("the page's workers to end", () => page.page.workers().length === 0);
        expect(page.errors).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});

/** The step that docs/embedding.md describes. */
function copyFiles(out: string): void {
  for (const file of ["worker.js", "engine.wasm"])
    cpSync(join(folder, "node_modules/rmap-engine/dist", file), join(folder, out, file));
}

function pageOf(script: string): string {
  return `<!doctype html><title></title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}
