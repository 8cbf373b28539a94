/** The engine against the answers of the real kernel, in every field. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, Layout } from "../../dist/index.js";
import { answer } from "../../model/machine.js";
import { parseScript } from "../../src/ops/script.js";
import { BUILDS, createEngine, EngineMachine } from "../support/engines.js";
import { recordedAnswer, recordedCases, recordedScript } from "../support/recorded.js";
import { engineBytes } from "../support/wasm.js";

const CASES = ["cow", "vma", "file", "all", "ksm"].flatMap(recordedCases);

it("has 12 cases of each profile", () => expect(CASES).toHaveLength(60));

/** Both builds, with one word or all 4 KiB of each page. */
const KINDS = BUILDS.flatMap((build) => [
  { build, content: "word" as const },
  { build, content: "full" as const },
]);

describe.each(KINDS)("$build, content $content, gives the kernel's answers", ({ build, content }) => {
  const hasKsm = Layout.of(new WebAssembly.Module(engineBytes(build))).find("OP_KSM") !== undefined;
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine(build, content);
  });
  afterAll(() => engine.dispose());

  for (const name of CASES) {
    const ops = parseScript(recordedScript(name), `${name}.ops`);
    const test = !hasKsm && ops.some(({ kind }) => kind === "ksm") ? it.skip : it;
    test(test === it ? name : `${name}: needs KSM`, () => {
      const machine = new EngineMachine(engine);
      expect(answer(machine, ops)).toEqual(recordedAnswer(name));
      machine.check();
      machine.close();
    });
  }
});
