/** The kernel's recorded answers, and the engines that are held against them. */

import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll } from "vitest";
import {
  compareAnswers,
  disagreementText,
  extentOf,
  type Recorded,
  readRecorded,
} from "../../dist/compare/index.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, type EngineOptions } from "../../dist/index.js";
import type { Operation } from "../../dist/ops/operation.js";
import { type Answer, printAnswer } from "../../dist/ops/outcome.js";
import { parseScript } from "../../dist/ops/script.js";
import { runScript } from "../../dist/script/script.js";
import { leaks } from "./engines.js";

/** Address spaces of an engine that many scripts share. */
const SPACES = 4096;

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
export const RECORDED = new URL("../../answers/", import.meta.url);

/** Answers a script on a new engine; a checked one checks every invariant at each dump. */
export async function answerOf(script: readonly Operation[], options: EngineOptions): Promise<Answer> {
  const engine = await Engine.create(options);
  try {
    return await answerOn(engine, script, options.checked ?? false);
  } finally {
    await engine.dispose();
  }
}

function answerOn(engine: Engine, script: readonly Operation[], checked: boolean): Promise<Answer> {
  const onDump = () => void engine.check();
  return runScript(engine, script, checked ? { onDump } : {});
}

/**
 * One engine for all scripts of a block of tests, whose threads start once: that takes longer than a script. What a script
 * leaves is taken down after it, and nothing may be left then. Not for scripts that hold pages.
 */
export class SharedEngine {
  readonly #options: EngineOptions;
  #engine: Engine | undefined;
  /** Slots of address spaces that were given out. */
  #slots = 0;

  private constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** For the tests of the block that calls this. */
  static forBlock(options: EngineOptions): SharedEngine {
    const shared = new SharedEngine(options);
    afterAll(() => shared.#renew());
    return shared;
  }

  /** Answers a script as `answerOf` does. Throws when something is left of it. */
  async answer(script: readonly Operation[]): Promise<Answer> {
    const slots = 1 + script.filter(({ kind }) => kind === "fork").length;
    if (this.#slots + slots > SPACES) await this.#renew();
    this.#engine ??= await Engine.create({ ...this.#options, spaces: SPACES });
    const engine = this.#engine;
    const { checked = false } = this.#options;
    try {
      const answer = await answerOn(engine, script, checked);
      for (let slot = this.#slots; slot < this.#slots + slots; slot++)
        engine.execute(coreOf(engine).encoder.exit(slot));
      this.#slots += slots;
      if (checked) engine.check();
      const left = leaks(engine);
      if (left !== "") throw new Error(`not freed: ${left}`);
      return answer;
    } catch (error) {
      await this.#renew();
      throw error;
    }
  }

  async #renew(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#slots = 0;
    await engine?.dispose();
  }
}

/** What an engine says otherwise than the kernel, in words; null when they agree in every field. */
export async function disagreement(
  { name, script, answer }: Case,
  engine: EngineOptions | SharedEngine,
): Promise<string | null> {
  const found = await (engine instanceof SharedEngine ? engine.answer(script) : answerOf(script, engine));
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
