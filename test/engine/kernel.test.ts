/** The recorded answers of the Linux kernel, on worker CPUs and on the calling thread: the same, field by field. */

import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { runScript } from "../../dist/engine/script.js";
import { Engine } from "../../dist/index.js";
import { printAnswer } from "../../dist/ops/outcome.js";
import { parseScript } from "../../dist/ops/script.js";

const FOLDER = new URL("../fixtures/kernel/", import.meta.url);
/** Families that this engine has all operations for. */
const FAMILIES = ["all", "cow", "file", "ksm", "vma"];

const cases = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".ops") && FAMILIES.includes(name.split("-")[0] ?? ""))
  .map((name) => name.replace(/\.ops$/, ""));

describe.each([
  { cpus: 0, checked: false },
  { cpus: 1, checked: true },
])("on an engine with %j", (options) => {
  it.each(cases)("%s", async (name) => {
    const engine = await Engine.create(options);
    try {
      const operations = parseScript(readFileSync(new URL(`${name}.ops`, FOLDER), "utf8"), name);
      const answer = JSON.parse(printAnswer(await runScript(engine, operations)));
      const recorded = gunzipSync(readFileSync(new URL(`${name}.json.gz`, FOLDER))).toString();
      const { results, dumps } = JSON.parse(recorded);
      expect(answer.results).toEqual(results);
      expect(answer.dumps).toEqual(dumps);
    } finally {
      await engine.dispose();
    }
  });
});
