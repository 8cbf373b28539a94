/** `rmap new`: a folder with declarations of the engine as they are, to be changed and tried. */
import { lstat, writeFile } from "node:fs/promises";
import { basename, dirname, join, normalize, resolve } from "node:path";
import { engineSources } from "../../build/compose.js";
import { extract, type Found, lookUp } from "../../build/extract.js";
import { makeFolder } from "../../build/make-folder.js";
import { type SourceTree, shown } from "../../build/sources.js";
import { lacking, OutputError, systemReason, UsageError } from "../../errors.js";
import type { Command } from "../command.js";
import { writeResult } from "../terminal.js";

export const newCommand: Command = {
  usage: "new <folder> [...declarations]",
  summary: "Write a folder with declarations of the engine as they are, for you to change",
  options: [],
  examples: ["new my-idea findMergeableAnonVma", "new my-idea rmap/prepare.ts:anonVmaPrepare avcLink"],
  reading: "what a folder of yours may hold is in docs/stress.md",
  async run([folder = "", ...wanted], _options, context) {
    if (wanted.length === 0)
      throw new UsageError('"new" needs the name of a declaration', "such as anonVmaPrepare");
    const sources = await engineSources();
    const files = filesOf(choose(sources, wanted));
    const texts = new Map<string, string>();
    for (const [path, names] of files) {
      const header = `/** What is different in ${basename(resolve(folder))}, and why. */`;
      texts.set(path, extract(sources.get(path)?.text ?? "", names, header));
    }
    await writeFiles(folder, texts);
    const lines = [...files].map(([path, names]) => `${shown(join(folder, path))}: ${[...names].join(", ")}`);
    await writeResult(lines.join("\n"));
    context.note(`change them, then ask for a verdict: rmap check ${asPath(folder)}`);
    return 0;
  },
};

/** A folder's path as `--variant` takes it, also where its name is a variant's. */
function asPath(folder: string): string {
  return /^(?:[./]|[A-Za-z]:)/.test(folder) ? shown(folder) : `./${shown(folder)}`;
}

/** The declaration of each word. Throws UsageError for a name that there is not, or that several files declare. */
function choose(sources: SourceTree, wanted: readonly string[]): Found[] {
  return lookUp(sources, wanted).map(({ found, near }, i) => {
    const word = shown(wanted[i] ?? "");
    const [first, second] = found;
    if (first === undefined)
      throw new UsageError(`the engine declares no "${word}"`, `nearest: ${near.map(said).join(", ")}`);
    if (second === undefined) return first;
    throw new UsageError(
      `"${word}" is declared in ${found.length} files`,
      `name one of them: ${found.map(({ path, name }) => `${path}:${name}`).join(", ")}`,
    );
  });
}

function said({ path, name }: Found): string {
  return `${name} (${path})`;
}

/** Names by file, in the order in which the files were named first. */
function filesOf(chosen: readonly Found[]): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>();
  for (const { path, name } of chosen) files.set(path, (files.get(path) ?? new Set()).add(name));
  return files;
}

/** Writes all of the files, and none over another. Throws OutputError. */
async function writeFiles(folder: string, texts: ReadonlyMap<string, string>): Promise<void> {
  for (const path of texts.keys()) {
    const file = join(folder, path);
    if (await exists(file))
      throw new OutputError(shown(file), "it is there already", "name a folder that has no such file yet");
  }
  for (const [path, text] of texts) {
    const file = normalize(join(folder, path));
    try {
      await makeFolder(dirname(file));
      await writeFile(file, text, { flag: "wx" });
    } catch (error) {
      const hint = "name a folder that can be written";
      throw lacking(shown(file), error) ?? new OutputError(shown(file), systemReason(error), hint);
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
