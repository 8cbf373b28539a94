/**
 * Bundles the command line: Node takes about a millisecond for each module that it opens, and a command needs 160 of them.
 *
 * The files of `dist/bin/` load a few parts, `dist/bin/part-*.js`, that hold the modules of `src/`. In `dist/` each module is a
 * file of its own as well: importers and other threads use those, and the tests those of `dist/cli/`, which the package lacks.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { build, transform } from "esbuild";
import { mergeParts } from "./merge-parts.mjs";

/** What Node runs: two commands, and a thread. */
const ENTRIES = ["main", "start", "guarded-entry"].map((name) => `src/cli/${name}.ts`);

/** The parts that hold what a replay needs, in the order in which it loads them. What `run` shares with it is a part too. */
const MERGED = [
  ["base", ["src/cli/main.ts"]],
  ["program", ["src/cli/program.ts"]],
  ["engine", ["src/cli/commands/replay.ts", "src/cli/commands/run.ts"]],
  ["replay", ["src/cli/commands/replay.ts"]],
];

/** Modules of texts, hundreds of kilobytes: those of the library are used. */
const DATA = /\/(race-texts|page-scripts|engine-sources|inline-data)\.js$/;

/**
 * A module asks `import.meta.url` where it lies, to find the package's files. In a bundle that would be the part's place, so each
 * module gets a constant with the place that it has by itself.
 */
const places = (root) => ({
  name: "places of modules",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      const name = relative(join(root, "src"), path).replaceAll("\\", "/").replace(/ts$/, "js");
      // A module of cli/ finds the entries beside it.
      const own = name.startsWith("cli/") ? `./${name.slice("cli/".length)}` : `../${name}`;
      const options = { loader: "ts", define: { "import.meta.url": "OWN_URL" }, sourcefile: path };
      const { code } = await transform(text, options);
      return { contents: `const OWN_URL = new URL("${own}", import.meta.url).href;\n${code}` };
    });
  },
});

/** Imports of data stay imports. All parts lie in dist/bin/. */
const data = {
  name: "data",
  setup({ onResolve }) {
    onResolve({ filter: DATA }, ({ path }) => ({ path: `../${basename(path)}`, external: true }));
  },
};

/**
 * commander requires `node:child_process` for commands that are programs of their own, which we have none of. Loading it takes
 * Node longer than to load commander.
 */
const noChildren = {
  name: "commander without child processes",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      basename(dirname(dirname(importer))) === "commander" ? { path: "none", namespace: "none" } : undefined,
    );
    onLoad({ filter: /./, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Bundles into dist/bin/ with `write`, which gets a path and bytes, and removes the parts of an older bundle. */
export async function bundleCli(root, common, write) {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: ENTRIES,
    outdir: "dist/bin",
    bundle: true,
    splitting: true,
    chunkNames: "part-[hash]",
    format: "esm",
    platform: "node",
    metafile: true,
    external: ["assemblyscript", "benchmark", "esbuild", "tar"],
    // commander is CommonJS, and requires modules of Node.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);',
    },
    plugins: [places(root), data, noChildren],
  });
  // Other texts have other names: an entry that runs while we build finds the parts that it knows.
  const hash = createHash("sha256");
  for (const { path, contents } of outputFiles) hash.update(`${path}\n`).update(contents);
  const version = hash.digest("hex").slice(0, 8);
  const texts = await mergeParts(
    new Map(outputFiles.map(({ path, text }) => [basename(path), text])),
    new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output])),
    MERGED.map(([name, modules]) => [`part-${name}_${version}.js`, modules]),
    common,
  );
  // The parts first: an entry must not name one that is not there yet.
  const isEntry = (name) => ENTRIES.some((entry) => basename(entry) === name.replace(/js$/, "ts"));
  const files = [...texts].map(([name, text]) => ({ name, path: join(root, "dist/bin", name), text }));
  const parts = files.filter(({ name }) => !isEntry(name));
  const contents = (text) => Buffer.from(text);
  await Promise.all(parts.map(({ path, text }) => write(path, contents(text))));
  await Promise.all(
    files.filter(({ name }) => isEntry(name)).map(({ path, text }) => write(path, contents(text))),
  );
  const kept = new Set(parts.map(({ name }) => name));
  const old = (await readdir(join(root, "dist/bin"))).filter(
    (name) => /^part-\w+\.js$/.test(name) && !kept.has(name),
  );
  await Promise.all(old.map((name) => rm(join(root, "dist/bin", name), { force: true })));
}
