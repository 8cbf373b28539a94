/**
 * Writes the declarations that the package publishes: those that its entries reach, without what is internal.
 */
import { readFile, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The files of src/ that the package's entries come from, without `.ts`. */
const ENTRIES = ["index", "inline", "trace", "replay", "explore", "scenarios", "build", "build-core"];

/** Emits into `dist/types` of `root`, by `write(file, text)`. Types are not checked: `npm run types` does that. */
export async function emitPublished(root, write) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.build.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const outDir = join(root, "dist/types");
  const program = ts.createProgram(
    ENTRIES.map((name) => join(root, `src/${name}.ts`)),
    { ...options, outDir, stripInternal: true, noCheck: true, removeComments: false },
  );
  const emitted = new Map();
  program.emit(undefined, (file, text) => emitted.set(resolve(file), text), undefined, true);
  const reached = new Set(ENTRIES.map((name) => join(outDir, `${name}.d.ts`)));
  for (const file of reached) {
    const text = emitted.get(file);
    if (text === undefined)
      throw new Error(`the declarations name ${relative(root, file)}, which is not emitted`);
    for (const { fileName } of ts.preProcessFile(text).importedFiles) {
      if (fileName.startsWith(".")) reached.add(resolve(file, "..", fileName.replace(/\.js$/, ".d.ts")));
    }
  }
  await rm(outDir, { recursive: true, force: true });
  const environment = join(outDir, "environment.d.ts");
  await write(
    environment,
    await readFile(fileURLToPath(new URL("environment.d.ts", import.meta.url)), "utf8"),
  );
  // The workers are scripts: they export nothing.
  for (const name of ["worker", "explore-worker"]) await write(join(outDir, `${name}.d.ts`), "export {};\n");
  await Promise.all([...reached].map((file) => write(file, freed(file, emitted.get(file), environment))));
}

/** A declaration file that needs no types of a browser or of Node: see environment.d.ts. */
function freed(file, text, environment) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const names = ["WebAssembly", "URL", "Response"].filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const path = relative(dirname(file), environment)
    .replaceAll("\\", "/")
    .replace(/\.d\.ts$/, ".js");
  const lines = [];
  if (/\bSymbol\.(asyncD|d)ispose\b/.test(code)) lines.push('/// <reference lib="esnext.disposable" />');
  if (names.length > 0)
    lines.push(`import type { ${names.join(", ")} } from "${path.startsWith(".") ? path : `./${path}`}";`);
  return [...lines, text].join("\n");
}
