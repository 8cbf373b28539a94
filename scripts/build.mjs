/**
 * Builds the package into dist/: the host's TypeScript as separate modules with declarations, and the engines.
 *
 *   node scripts/build.mjs [--wasm-only | --host-only] [--target NAME]… [--wat] [--clean]
 *                         [--no-cache] [--quiet] [--if-changed]
 *
 * --wasm-only   the engines only            --wat        their text format next to them
 * --host-only   the host's modules only     --no-cache   compile even what has not changed
 *
 * --clean       empty dist/ first            --quiet      no progress
 * --target      only this target of asconfig.json, such as release
 * --if-changed  nothing at all when the last whole build was of the same files: npm runs `prepare` again at the first `npx rmap`
 *
 * Exit code 1 when anything does not compile; the message names file, line and column.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundleCli } from "./bundle-cli.mjs";
import { emitPublished } from "./declarations.mjs";
import { optionsOf } from "./options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache/rmap-engine");
/** Holds the hash of what the last whole build was made of. */
const STAMP = join(cache, "built");

const { values: flags } = optionsOf({
  options: {
    "wasm-only": { type: "boolean", default: false },
    "host-only": { type: "boolean", default: false },
    target: { type: "string", multiple: true },
    wat: { type: "boolean", default: false },
    "no-cache": { type: "boolean", default: false },
    clean: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
    "if-changed": { type: "boolean", default: false },
  },
});

/** Progress, on stderr so that stdout stays free. */
function say(line) {
  if (!flags.quiet) process.stderr.write(`${line}\n`);
}

/** Every TypeScript file below src/, or of one folder of it. */
async function sources(folder = "src") {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A hash of everything that a build reads in the checkout. */
async function inputs() {
  const files = [
    "asconfig.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "package.json",
    "package-lock.json",
    "scripts/build.mjs",
    "scripts/bundle-cli.mjs",
    "scripts/merge-parts.mjs",
    "scripts/declarations.mjs",
    "scripts/environment.d.ts",
  ];
  for (const folder of ["src", "assembly", "overlays", "monitor", "races"]) {
    files.push(...(await sources(folder)).map((file) => relative(root, file)));
    if (folder === "races")
      files.push(...Object.keys(await texts(folder, ".race")).map((path) => `races/${path}`));
  }
  const hash = createHash("sha256").update(process.version);
  for (const file of files.sort()) {
    if (existsSync(join(root, file))) hash.update(`\n${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest("hex");
}

/** Whether dist/ holds what a whole build of these inputs makes; a file that is gone counts as a change. */
async function isBuilt(hash) {
  const { targets } = JSON.parse(await readFile(join(root, "asconfig.json"), "utf8"));
  const outputs = [
    "monitor.wasm",
    "index.js",
    "index.d.ts",
    "worker.js",
    "inline-data.js",
    "bin/main.js",
  ].map((file) => `dist/${file}`);
  for (const { outFile } of Object.values(targets)) outputs.push(outFile);
  if (!outputs.every((file) => existsSync(join(root, file)))) return false;
  return (await readFile(STAMP, "utf8").catch(() => "")) === hash;
}

/** Builds what the flags ask for. */
async function buildAll() {
  const files = (await sources()).filter(
    (file) => !BUNDLED.includes(relative(root, file)) && !file.startsWith(PAGES),
  );
  const builder = files.filter((file) =>
    // The layers up to the build's own: what compiles the engines.
    /^src[/\\]((build|platform|text|wasm)[/\\]|errors\.ts$)/.test(relative(root, file)),
  );
  await all([compileHost(builder), bundleLoader(), writeNotice()]);
  const host = () => [
    compileHost(files),
    bundleWorkers(),
    bundlePages(),
    bundleCli(root, COMMON, writeOutput),
    writeTexts(),
    emitDeclarations(),
    emitPublished(root, writeOutput),
  ];
  await all([...(flags["host-only"] ? [] : [compileEngines()]), ...(flags["wasm-only"] ? [] : host())]);
  await writeInline();
}

/** What is not a module by itself in dist/: the worker has no imports, and the loader's package goes into its only user. */
const BUNDLED = ["src/cpu/worker.ts", "src/explore/worker.ts", "src/wasm/loader.ts"];

/** The scripts of pages: each is text in dist/page-scripts.js. */
const PAGES = join(root, "src/report/page/client");

/** What every call of esbuild shares. No source maps: the package would name files that it does not have. */
const COMMON = { absWorkingDir: root, target: "node20", logLevel: "silent", write: false, charset: "utf8" };

/** Puts the AssemblyScript loader into the module that uses it; what else that imports stays an import. */
async function bundleLoader() {
  const { outputFiles } = await build({
    ...COMMON,
    ...{ entryPoints: ["src/wasm/loader.ts"], outfile: "dist/wasm/loader.js", bundle: true, format: "esm" },
    external: ["../errors.js", "../platform/host.js"],
    banner: { js: "/* Contains @assemblyscript/loader, Apache-2.0: see dist/NOTICE.txt. */" },
  });
  await writeOutput(outputFiles[0].path, outputFiles[0].contents);
}

/** The version of a package, and its licence if the file is there. */
async function licenceOf(name) {
  const folder = join(root, "node_modules", name);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  return { version, licence: await readFile(join(folder, "LICENSE"), "utf8").catch(() => "") };
}

/** Says whose code dist/ contains besides the project's own. */
async function writeNotice() {
  const [loader, uplot, commander] = await Promise.all(
    ["@assemblyscript/loader", "uplot", "commander"].map(licenceOf),
  );
  const text = [
    `dist/wasm/loader.js, dist/worker.js, dist/inline-data.js and dist/bin/ contain @assemblyscript/loader ${loader.version},`,
    "Copyright Daniel Wirtz and the AssemblyScript authors, https://github.com/AssemblyScript/assemblyscript,",
    "under the Apache License, Version 2.0, https://www.apache.org/licenses/LICENSE-2.0. It is unchanged, but bundled.",
    "",
    `dist/page-scripts.js, and so each page of rmap replay --html, contains uPlot ${uplot.version}, https://github.com/leeoniya/uPlot:`,
    "",
    uplot.licence,
    `dist/bin/ contains commander ${commander.version}, https://github.com/tj/commander.js:`,
    "",
    commander.licence,
  ].join("\n");
  await writeOutput(join(root, "dist/NOTICE.txt"), text);
}

/** The worker as one file without imports: `esm` for dist/worker.js, `iife` for the text in inline-data.js. */
async function bundledWorker(format, minify, from = "src/cpu/worker.ts", outfile = "dist/worker.js") {
  const { outputFiles } = await build({
    ...COMMON,
    ...{ entryPoints: [from], outfile, bundle: true, format, minify },
    // It gets the module in its first message, so it needs no file, and no bundler need look for one.
    define: { "import.meta.url": '"about:blank"' },
    // Without an import or an export, some tools take a file for CommonJS.
    ...(format === "esm" && { footer: { js: "export {};" } }),
  });
  return outputFiles[0];
}

async function bundleWorkers() {
  const cpu = bundledWorker("esm", false);
  const explorer = bundledWorker("esm", true, "src/explore/worker.ts", "dist/explore-worker.js");
  for (const { path, contents } of await Promise.all([cpu, explorer])) await writeOutput(path, contents);
}

/** The scripts of the reports' pages as text, each one script without imports, and the style of the curves. */
async function bundlePages() {
  const scripts = await Promise.all(
    ["replay", "story"].map(async (name) => {
      const { outputFiles } = await build({
        ...COMMON,
        ...{
          entryPoints: [join(PAGES, `${name}.ts`)],
          bundle: true,
          format: "iife",
          minify: true,
          target: "es2022",
        },
      });
      return [name, outputFiles[0].text.trim()];
    }),
  );
  const chartStyle = (await readFile(join(root, "node_modules/uplot/dist/uPlot.min.css"), "utf8")).trim();
  await writeModule("page-scripts", { ...Object.fromEntries(scripts), chartStyle });
}

/** The texts below a folder with an ending, by path. */
async function texts(folder, ending) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && entry.name.endsWith(ending) && !/\.d\.ts$/.test(entry.name),
  );
  const paths = files.map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)));
  const all = await Promise.all(
    paths
      .sort()
      .map(async (path) => [path.replaceAll("\\", "/"), await readFile(join(root, folder, path), "utf8")]),
  );
  return Object.fromEntries(all);
}

/** What has no file system reads from modules: the races, and the sources of the engine with its targets' overlays. */
async function writeTexts() {
  const races = Object.entries(await texts("races", ".race")).map(([path, text]) => [
    path.slice(0, -".race".length),
    text,
  ]);
  await writeModule("race-texts", { races: Object.fromEntries(races) });
  const config = JSON.parse(await readFile(join(root, "asconfig.json"), "utf8"));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const folders = new Set(Object.values(config.targets).flatMap(({ overlays }) => overlays));
  const overlays = await Promise.all(
    [...folders].map(async (folder) => [folder, await texts(folder, ".ts")]),
  );
  const sources = {
    version,
    config,
    assembly: await texts("assembly", ".ts"),
    overlays: Object.fromEntries(overlays),
  };
  await writeModule("engine-sources", { sources });
}

/** A module of dist/ with constants. */
async function writeModule(name, constants) {
  const lines = Object.entries(constants).map(
    ([key, value]) => `export const ${key} = ${JSON.stringify(value)};\n`,
  );
  await writeOutput(join(root, `dist/${name}.js`), lines.join(""));
}

/** The engine and the worker as text, for src/inline.ts. */
async function writeInline() {
  const wasm = join(root, "dist/engine.wasm");
  if (!existsSync(wasm)) return;
  const base64 = (await readFile(wasm)).toString("base64");
  const { text } = await bundledWorker("iife", true);
  await writeModule("inline-data", { wasm: base64, worker: text });
}

/** Writes a file whole or not at all, and only when it differs: others may be running what is in dist/. */
async function writeOutput(file, contents) {
  const same = await readFile(file).then(
    (old) => Buffer.compare(old, Buffer.from(contents)) === 0,
    () => false,
  );
  if (same) return;
  await mkdir(dirname(file), { recursive: true });
  // npx makes the command executable when it links it for the first time, and never again.
  const isCommand = Buffer.from(contents.slice(0, 2)).toString() === "#!";
  await writeFile(`${file}.${process.pid}.tmp`, contents, { mode: isCommand ? 0o777 : 0o666 });
  await rename(`${file}.${process.pid}.tmp`, file);
}

/** Compiles TypeScript files one by one, each to its place in dist/. */
async function compileHost(entryPoints) {
  const { outputFiles, warnings } = await build({
    ...COMMON,
    entryPoints,
    outbase: "src",
    outdir: "dist",
    bundle: false,
    format: "esm",
  });
  for (const warning of warnings) say(explain(warning));
  await Promise.all(outputFiles.map(({ path, contents }) => writeOutput(path, contents)));
}

/** Writes the declarations; rejects when the types do not hold. */
function emitDeclarations() {
  return new Promise((resolve, reject) => {
    const tsc = fileURLToPath(import.meta.resolve("typescript/lib/tsc.js"));
    const child = spawn(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
      stdio: "inherit",
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0
        ? resolve()
        : reject(Object.assign(new Error("tsc found errors in the types"), { code: "ETYPES" })),
    );
  });
}

/** Writes a compiled target of asconfig.json to where the target says. */
async function writeTarget(target, compiling, started) {
  const engine = await compiling;
  const file = join(root, target.outFile);
  await writeOutput(file, engine.wasm);
  if (engine.text !== undefined) await writeOutput(file.replace(/\.wasm$/, ".wat"), engine.text);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${relative(root, file)}: ${engine.wasm.length} bytes, ${seconds} s`);
}

/** Waits for all; throws one error that holds the errors of all that failed. */
async function all(steps) {
  const failed = (await Promise.allSettled(steps)).filter(({ status }) => status === "rejected");
  if (failed.length > 0) throw new AggregateError(failed.map(({ reason }) => reason));
}

/** Compiles the targets, as many at once as there are cores. */
async function compileEngines() {
  const builder = await import(pathToFileURL(join(root, "dist/build/index.js")).href);
  const targets = flags.target
    ? await Promise.all(flags.target.map((name) => builder.readTarget(root, name)))
    : await builder.readTargets(root);
  const started = performance.now();
  const engines = builder.compileAll(
    targets.map(({ name }) => ({ root, target: name, text: flags.wat })),
    flags["no-cache"] ? {} : { cache },
  );
  const monitor = flags.target === undefined ? [compileMonitor()] : [];
  await all([...monitor, ...targets.map((target, i) => writeTarget(target, engines[i], started))]);
}

/** Compiles the monitor of modelled engines by its own asconfig.json: a small module that needs none of our build. */
async function compileMonitor() {
  const { default: asc } = await import("assemblyscript/asc");
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    ["--config", "asconfig.json", "--baseDir", join(root, "monitor")],
    {
      writeFile: (name, contents) => outputs.set(name, contents),
    },
  );
  if (error)
    throw Object.assign(new Error(`monitor/index.ts does not compile\n${stderr}`), { code: "EMONITOR" });
  const [wasm] = outputs.values();
  await writeOutput(join(root, "dist/monitor.wasm"), wasm);
  say(`dist/monitor.wasm: ${wasm.length} bytes`);
}

/** An error, or several of them, as lines: `file:line:column: message` where the place is known. */
function explain(error) {
  if (error.errors) return error.errors.map(explain).join("\n");
  if (error.location) {
    const { file, line, column } = error.location;
    return `${file}:${line}:${column + 1}: ${error.text}`;
  }
  if (!error.code) return error.stack ?? error.text ?? String(error);
  const text = error.message.replaceAll(root, "");
  return error.hint ? `${text}\n  ${error.hint}` : text;
}

try {
  if (flags.clean) await rm(join(root, "dist"), { recursive: true, force: true });
  const whole = !flags["host-only"] && !flags["wasm-only"] && flags.target === undefined;
  const hash = await inputs();
  if (!(flags["if-changed"] && whole && (await isBuilt(hash)))) {
    // What is built in between is no whole build of anything.
    await rm(STAMP, { force: true });
    await buildAll();
    if (whole) await writeOutput(STAMP, hash);
  }
} catch (error) {
  // The same mistake breaks all engines: each line once.
  process.stderr.write(`${[...new Set(explain(error).split("\n"))].join("\n")}\n`);
  process.exitCode = 1;
}
