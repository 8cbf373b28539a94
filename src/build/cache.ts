/** Keeps compiled engines on disk, under the hash of everything that went into them. */

import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineInput } from "./engine-input.js";
import { makeFolder } from "./make-folder.js";

/**
 * The number of engines to keep: each variant for stress and for exploration, and a few versions of them. The least
 * recently used ones go first.
 */
const KEPT = 256;

/** Ending of a cache file. It holds a line of JSON, the entry's head, then the module and its text, one behind the other. */
const ENDING = ".engine";

/** Bytes of the longest head that is read. */
const HEAD = 1024;

/** The head of a cache file: the input that it belongs to, and the sizes and hash of its contents. */
interface Head {
  readonly key: string;
  /** Bytes of the module; the text follows. */
  readonly wasm: number;
  /** Hash of everything after the head. */
  readonly hash: string;
}

/** The parts of an engine that the cache keeps. */
export interface CachedEngine {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/** The key of an input: a hash over its sources, its options, the compiler's version and the code of this builder. */
export async function cacheKey(input: EngineInput, text: boolean): Promise<string> {
  const hash = createHash("sha256");
  const { sources, target, overlays, version, covered = null } = input;
  const compiler = await installedCompiler();
  hash.update(JSON.stringify([target, overlays, version, compiler, text, covered, await builderHash()]));
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

/** A hash over the compiler's version and the code of this builder. */
export async function builderKey(): Promise<string> {
  return `${await installedCompiler()} ${await builderHash()}`;
}

let builder: Promise<string> | undefined;

/** A hash over the files of this folder: a changed builder may make a different module from the same sources. */
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

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The cached engine for a key. Null when there is none, or when its file is unreadable, cut off, changed, or belongs
 * to another key. Marks the engine as used.
 */
export async function readCached(folder: string, key: string): Promise<CachedEngine | null> {
  const file = join(folder, key + ENDING);
  try {
    const bytes = await readFile(file);
    const head = readHead(bytes);
    if (head === undefined || head.key !== key) return null;
    const contents = bytes.subarray(bytes.indexOf("\n") + 1);
    if (hashOf(contents) !== head.hash) return null;
    await utimes(file, new Date(), new Date()).catch(() => {});
    const wasm = new Uint8Array(contents.subarray(0, head.wasm));
    return { wasm, text: contents.toString("utf8", head.wasm) };
  } catch {
    return null;
  }
}

/** The head of a cache file; undefined when the file does not begin with one. */
function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.subarray(0, HEAD).indexOf("\n");
  if (end < 0) return undefined;
  return JSON.parse(bytes.toString("utf8", 0, end)) as Head;
}

/**
 * Puts an engine into the cache, whole or not at all, and then drops the oldest ones. When the folder is not writable
 * it does nothing: the engine is usable all the same.
 */
export async function writeCached(folder: string, key: string, engine: CachedEngine): Promise<void> {
  const contents = Buffer.concat([engine.wasm, Buffer.from(engine.text)]);
  const head: Head = { key, wasm: engine.wasm.length, hash: hashOf(contents) };
  const file = join(folder, key + ENDING);
  const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    await makeFolder(folder);
    await writeFile(temporary, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), contents]));
    await rename(temporary, file);
    await dropOldest(folder);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function dropOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING));
  if (names.length <= KEPT) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.used - a.used).slice(KEPT);
  for (const { name } of old) await rm(join(folder, name), { force: true });
}
