/** What the library does in bundles where something is not there: its place, or the symbols of `using`. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";

const run = promisify(execFile);
const absWorkingDir = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rmap-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bundles a program for Node, into the folder. */
async function bundled(contents: string, name: string, options: object): Promise<string> {
  const outfile = join(folder, name);
  await build({
    ...{ absWorkingDir, bundle: true, platform: "node", outfile, logLevel: "silent" },
    stdin: { contents, resolveDir: absWorkingDir },
    ...options,
  });
  return outfile;
}

it.skipIf(process.platform === "win32")(
  "a build leaves the command executable: npx makes it so only once",
  () => {
    expect(statSync(join(absWorkingDir, "dist/bin/main.js")).mode & 0o111).not.toBe(0);
  },
);

it.each([
  { entry: "index", made: false },
  { entry: "inline", made: true },
])("in CommonJS the entry $entry has its engine: $made", async ({ entry, made }) => {
  const program = `
    import { Engine } from "./dist/${entry}.js";
    import { explore } from "./dist/explore.js";
    import { bundledScenarios } from "./dist/scenarios.js";
    const EMPTY = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    const say = (call) => call.then((it) => it.dispose().then(() => "made"), (error) => [error.name, error.hint].join());
    (async () => {
      for (const options of [{}, { cpus: 1 }, { checked: true }, { wasmBytes: EMPTY }, { wasmUrl: "file:///dev/null" }, { wasmUrl: "x.wasm" }])
        console.log(await say(Engine.create(options)));
      console.log(await say(explore((await bundledScenarios()).find(({ name }) => name === "drop-drop"))));
    })();`;
  const file = await bundled(program, `${entry}.cjs`, { format: "cjs" });
  const { stdout, stderr } = await run(process.execPath, [file], { timeout: PATIENCE });
  const lines = stdout.trim().split("\n");
  const lost = expect.stringMatching(/^EnvironmentError,bundle it as ESM, import "rmap-engine\/inline"/);
  expect({ lines, stderr }).toEqual({
    lines: [
      ...(made ? ["made", "made"] : [lost, lost]),
      lost,
      "EnvironmentError,pass the package's own engine.wasm",
      "EnvironmentError,expected at file:///dev/null",
      lost,
      lost,
    ],
    stderr: "",
  });
});

it("has the symbols of `using` where the platform does not", async () => {
  const symbols = { "Symbol.dispose": "undefined", "Symbol.asyncDispose": "undefined" };
  const program = 'export * from "./dist/index.js";';
  const file = await bundled(program, "old.mjs", { format: "esm", define: symbols });
  const { Engine, AddressSpace, EngineFile, Pin } = await import(pathToFileURL(file).href);
  // A class would call a method whose name is undefined so.
  for (const type of [Engine, AddressSpace, EngineFile, Pin])
    expect(Object.getOwnPropertyNames(type.prototype)).not.toContain("undefined");
  expect(Engine.prototype[Symbol.for("Symbol.asyncDispose")]).toBeTypeOf("function");
  for (const type of [AddressSpace, EngineFile, Pin])
    expect(type.prototype[Symbol.for("Symbol.dispose")]).toBeTypeOf("function");
});

it("runs in a worker thread, whose end ends its CPUs", async () => {
  const program = `
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    import { Engine } from "${pathToFileURL(join(absWorkingDir, "dist/index.js")).href}";
    if (isMainThread) {
      const worker = new Worker(new URL(import.meta.url));
      worker.once("message", async (value) => {
        console.log(value);
        await worker.terminate();
      });
    } else {
      const engine = await Engine.create({ cpus: 2, kswapd: true });
      const space = engine.spawn();
      const page = space.mmap(2 * engine.pageSize);
      for (let value = 1n; ; value++) {
        const batch = engine.batch();
        batch.on(0).write(space, page, value);
        batch.sync();
        batch.on(1).read(space, page);
        const [, read] = await batch.run();
        if (value === 3n) parentPort.postMessage(String(read.value));
      }
    }`;
  const file = join(folder, "nested.mjs");
  writeFileSync(file, program);
  // It ends by itself: nothing keeps the process alive.
  const { stdout, stderr } = await run(process.execPath, [file], { timeout: PATIENCE });
  expect({ stdout, stderr }).toEqual({ stdout: "3\n", stderr: "" });
});
