/** Programs about a crowd: they are large, and the engine is clean in them. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { crowdProgram } from "../../dist/check/crowd.js";
import { Dice } from "../../dist/check/dice.js";
import { runProgram } from "../../dist/check/program.js";
import { SHAPES } from "../../dist/check/sequential.js";
import { printOperation } from "../../dist/ops/print.js";
import { count } from "../support/sample.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));

it("fill the lists that gather pages, and break nothing", () => {
  const file = new URL("../../dist/engine.checked.wasm", import.meta.url);
  const machine = new CheckedMachine(new WebAssembly.Module(new Uint8Array(readFileSync(file))), SHAPES[10]);
  const room = machine.layout.constant("GATHER");
  const gone: number[] = [];
  for (let program = 0; program < count(60, 600); program++) {
    const { made, symptom } = runProgram(
      machine,
      crowdProgram(Dice.ofProgram(SEED, program)),
      () => {},
      "all",
    );
    const text = made.map(printOperation).join("\n");
    expect(symptom?.message, `${text}\nrepeat with RMAP_SEED=${SEED} npx vitest run test/check/crowd`).toBe(
      undefined,
    );
    for (const one of made) if (one.kind === "madvise" && one.advice === "dontneed") gone.push(one.pages);
  }
  expect(Math.max(...gone)).toBeGreaterThan(room);
});
