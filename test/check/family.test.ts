/** Programs about a family: the engine as it is runs them whole, and a seed gives the same ones. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Dice } from "../../dist/check/dice.js";
import { familyProgram } from "../../dist/check/family.js";
import { runProgram } from "../../dist/check/program.js";
import { Sequential } from "../../dist/check/sequential.js";
import { Values } from "../../dist/check/values.js";

it("fork, exit, split and join, and show nothing in the engine as it is", async () => {
  const wasm = readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url));
  const { machine } = new Sequential(await WebAssembly.compile(wasm), 1);
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 100; seed++) {
    const all = familyProgram(Dice.ofProgram(seed, 0))(new Values());
    expect(familyProgram(Dice.ofProgram(seed, 0))(new Values())).toEqual(all);
    const { made, symptom } = runProgram(machine, familyProgram(Dice.ofProgram(seed, 0)));
    expect(symptom, `seed ${seed}`).toBeUndefined();
    // No operation names a process that is no more.
    expect(made, `seed ${seed}`).toEqual(all);
    for (const { kind } of made) kinds.add(kind);
  }
  expect([...kinds].sort()).toEqual(["exit", "fork", "mmap", "mprotect", "write"]);
});
