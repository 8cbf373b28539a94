/** The engine against the answers of the real kernel, in every field. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../dist/index.js";
import { parseScript } from "../../src/ops/script.js";
import { answer } from "../model/machine.js";
import { recordedAnswer, recordedCases, recordedScript } from "../model/recorded.js";
import { BUILDS, createEngine, EngineMachine } from "./engines.js";

const CASES = ["cow", "vma", "file", "all"].flatMap(recordedCases);

it("has 12 cases of each profile", () => expect(CASES).toHaveLength(48));

describe.each(BUILDS)("%s gives the kernel's answers", (build) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine(build);
  });
  afterAll(() => engine.dispose());

  for (const name of CASES) {
    const ops = parseScript(recordedScript(name), `${name}.ops`);
    const test = ops.some(({ kind }) => kind === "ksm") ? it.skip : it;
    test(test === it ? name : `${name}: needs KSM`, () => {
      const machine = new EngineMachine(engine);
      expect(answer(machine, ops)).toEqual(recordedAnswer(name));
      machine.check();
      machine.close();
    });
  }
});
