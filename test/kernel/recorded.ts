/** The kernel's recorded answers, and the engines that are held against them. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  compareAnswers,
  disagreementText,
  extentOf,
  type Recorded,
  readRecorded,
} from "../../dist/compare/index.js";
import { runScript } from "../../dist/engine/script.js";
import { Engine, type EngineOptions } from "../../dist/index.js";
import type { Operation } from "../../dist/ops/operation.js";
import { type Answer, printAnswer } from "../../dist/ops/outcome.js";
import { parseScript } from "../../dist/ops/script.js";

/** A script and what the kernel said to it. */
export interface Case {
  readonly name: string;
  readonly script: readonly Operation[];
  readonly answer: Recorded;
}

/** All cases of a folder, by name: NAME.ops with NAME.json, or NAME.json.gz. */
export function readCases(folder: URL): Case[] {
  const files = readdirSync(folder);
  const names = files.filter((name) => name.endsWith(".ops")).map((name) => name.slice(0, -".ops".length));
  return names
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => {
      const packed = files.includes(`${name}.json.gz`);
      const bytes = readFileSync(new URL(packed ? `${name}.json.gz` : `${name}.json`, folder));
      return {
        name,
        script: parseScript(readFileSync(new URL(`${name}.ops`, folder), "utf8"), `${name}.ops`),
        answer: readRecorded((packed ? gunzipSync(bytes) : bytes).toString(), name),
      };
    });
}

/** The recorded random scripts: 12 of each profile. */
export const RECORDED = new URL("../fixtures/kernel/", import.meta.url);

/** Answers a script on a new engine; a checked one checks every invariant at each dump. */
export async function answerOf(script: readonly Operation[], options: EngineOptions): Promise<Answer> {
  const engine = await Engine.create(options);
  try {
    const onDump = () => void engine.check();
    return await runScript(engine, script, options.checked ? { onDump } : {});
  } finally {
    await engine.dispose();
  }
}

/** What an engine says otherwise than the kernel, in words; null when they agree in every field. */
export async function disagreement(
  { name, script, answer }: Case,
  options: EngineOptions,
): Promise<string | null> {
  const found = await answerOf(script, options);
  const parted = compareAnswers(answer, found);
  if (!parted) {
    // What is compared is everything that is there: the texts are the same, but for the name in front.
    const text = ({ results, dumps }: Answer) => printAnswer({ results, dumps });
    if (text(found) !== text(answer))
      throw new Error(`${name}: the texts differ and the comparison does not see it`);
    return null;
  }
  const operation = script.filter(({ kind }) => kind !== "dump")[parted.at - 1] as Operation;
  return disagreementText(name, answer.by, "the engine", parted, {
    number: parted.at,
    operation,
    exact: parted.kind === "outcome" || parted.at - parted.agreed === 1,
  });
}

export { extentOf };
