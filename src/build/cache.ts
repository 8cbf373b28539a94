/** Compiled engines kept on disk by the hash of everything that went into them. */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineInput } from "./engine.js";

/** Engines that are kept; the ones not used for longest go first. */
const KEPT = 64;

/** The key of an input: a hash over its sources, its options, the compiler's version and the code of this builder. */
export async function cacheKey(input: EngineInput, text: boolean): Promise<string> {
  const hash = createHash("sha256");
  const { sources, target, overlays, version } = input;
  const compiler = await installedCompiler();
  hash.update(JSON.stringify([target, overlays, version, compiler, text, await builderHash()]));
  for (const path of [...sources.keys()].sort()) {
    hash.update(`\0${path}\0${sources.get(path)?.text ?? ""}`);
  }
  return hash.digest("hex").slice(0, 32);
}

/** The compiler's version from its package file, so that a hit does not load the compiler; empty when not installed. */
async function installedCompiler(): Promise<string> {
  try {
    const file = createRequire(import.meta.url).resolve("assemblyscript/package.json");
    return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
  } catch {
    return "";
  }
}

let builder: Promise<string> | undefined;

/** A hash over the files of this folder: another builder may make another module of the same sources. */
function builderHash(): Promise<string> {
  builder ??= (async () => {
    const folder = dirname(fileURLToPath(import.meta.url));
    const hash = createHash("sha256");
    const names = (await readdir(folder)).filter((name) => /(?<!\.d)\.[jt]s$/.test(name)).sort();
    for (const name of names) hash.update(await readFile(join(folder, name)));
    return hash.digest("hex");
  })();
  return builder;
}

/** A file of the cache, or null when it is not there. Marks it as used. */
export async function readCached(folder: string, name: string): Promise<Uint8Array | null> {
  const file = join(folder, name);
  try {
    const bytes = await readFile(file);
    await utimes(file, new Date(), new Date());
    return new Uint8Array(bytes);
  } catch {
    return null;
  }
}

/** Puts files into the cache, each whole or not at all, then drops the oldest beyond what is kept. */
export async function writeCached(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, contents] of files) {
    const temporary = join(folder, `${name}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`);
    await writeFile(temporary, contents);
    await rename(temporary, join(folder, name));
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  if (names.length <= KEPT) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.used - a.used).slice(KEPT);
  for (const { name } of old) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, name.replace(/\.wasm$/, ".wat")), { force: true });
  }
}
