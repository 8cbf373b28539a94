/** The kernel's recorded answers: what a real Linux said to scripts, held against an engine. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageRoot } from "../build/engine.js";
import { compareAnswers, disagreementText, type Recorded, readRecorded } from "../compare/index.js";
import { Engine } from "../engine/engine.js";
import { EngineCrashError } from "../errors.js";
import type { Operation } from "../ops/operation.js";
import { parseScript } from "../ops/script.js";
import { runScript } from "../script/script.js";

/** A script with the kernel's answer. Plain data: it goes to a thread. */
export interface KernelCase {
  readonly name: string;
  readonly script: readonly Operation[];
  readonly answer: Recorded;
}

/** How an engine answers otherwise than the kernel. */
export interface AnswerDifference {
  /** The script, below `answers/` of the package. */
  readonly script: string;
  readonly text: string;
}

/** All cases of the package, by name. Throws InputError when one is damaged. */
export async function loadKernelCases(): Promise<KernelCase[]> {
  const folder = join(packageRoot(), "answers");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ops")).sort();
  return Promise.all(
    names.map(async (file) => {
      const name = file.slice(0, -".ops".length);
      const packed = await readFile(join(folder, `${name}.json.gz`));
      return {
        name,
        script: parseScript(await readFile(join(folder, file), "utf8"), file),
        answer: readRecorded(gunzipSync(packed).toString(), `${name}.json.gz`),
      };
    }),
  );
}

/** Runs a case on an engine of this module; undefined: it agrees in every field. */
export async function answerCase(
  module: WebAssembly.Module,
  { name, script, answer }: KernelCase,
): Promise<AnswerDifference | undefined> {
  const file = `${name}.ops`;
  try {
    const engine = await Engine.create({
      module,
      trusted: true,
      memory: MEMORY,
      metadata: MEMORY,
      spaces: 64,
      files: 8,
    });
    try {
      const found = await runScript(engine, script, { onDump: () => void engine.check() });
      const parted = compareAnswers(answer, found);
      if (parted === null) return undefined;
      const operation = script.filter(({ kind }) => kind !== "dump")[parted.at - 1] as Operation;
      const exact = parted.kind === "outcome" || parted.at - parted.agreed === 1;
      const location = { number: parted.at, operation, exact };
      return { script: file, text: disagreementText(file, answer.by, "this engine", parted, location) };
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    if (!(error instanceof EngineCrashError)) throw error;
    return { script: file, text: error.message };
  }
}

/** Bytes of frames, and of tables and objects: the scripts are small. */
const MEMORY = 8 * 2 ** 20;
