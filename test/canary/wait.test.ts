/**
 * V8's baseline compiler (11.3, Node 20) loses what stands in registers across `memory.atomic.wait32`. So nothing may be
 * used after a wait in the same function, in any engine that waits; and a replay must be right with that compiler alone.
 */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { PATIENCE } from "../support/patience.js";
import { engineBytes } from "../support/wasm.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WAIT = /^memory\.atomic\.wait/;

/** The functions of a module that wait, each as its instructions in the order of execution. */
function waitingFunctions(wasm: Uint8Array): string[][] {
  const module = binaryen.readBinary(wasm);
  const text = module.emitStackIR();
  module.dispose();
  const functions = text.split(/^ \(func /m).slice(1);
  const bodies = functions.map((body) => body.split("\n").map((line) => line.trim()));
  return bodies.filter((lines) => lines.some((line) => WAIT.test(line)));
}

describe.each(["engine", "engine.checked"])("%s", (name) => {
  const functions = waitingFunctions(engineBytes(name));

  test("waits in one function only", () => {
    expect(functions).toHaveLength(1);
  });

  test("uses nothing after the wait, and does not come by it again", () => {
    for (const lines of functions) {
      const wait = lines.findIndex((line) => WAIT.test(line));
      const after = lines.slice(wait + 1).filter((line) => /^[a-z]/.test(line));
      expect(after).toEqual(["drop"]);
      expect(lines.filter((line) => /^(loop|br|call)/.test(line))).toEqual([]);
    }
  });
});

test("engine.model never waits: its CPUs are fibers of one thread", () => {
  expect(waitingFunctions(engineBytes("engine.model"))).toEqual([]);
});

test.each([[[]], [["--checked"]]])(
  "a replay with the baseline compiler alone is exact %j",
  async (options) => {
    const command = [
      "dist/bin/main.js",
      "replay",
      "traces/redis.perf.txt.gz",
      "--cpus",
      "2",
      "--json",
      ...options,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, ["--liftoff-only", ...command], {
      cwd: ROOT,
      timeout: PATIENCE,
    });
    const { fidelity, leaks, failed } = JSON.parse(stdout) as {
      readonly fidelity: { readonly samples: number; readonly exact: number };
      readonly leaks: Readonly<Record<string, number>>;
      readonly failed: Readonly<Record<string, number>>;
    };
    expect(fidelity.samples).toBe(6015);
    expect(fidelity.exact).toBe(fidelity.samples);
    expect(Object.values(leaks).every((left) => left === 0)).toBe(true);
    expect(failed).toEqual({});
  },
);
