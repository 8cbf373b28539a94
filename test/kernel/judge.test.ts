/** The comparison with a running kernel, with a kernel that is wrong in one thing. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Recorded } from "../../dist/compare/index.js";
import { generate } from "../../model/generate.js";
import { answer } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import type { Operation } from "../../src/ops/operation.js";
import { printScript } from "../../src/ops/print.js";
import { PATIENCE } from "../support/patience.js";
import { Judge } from "./judge.js";
import type { Kernel } from "./live.js";

/** The model as a kernel; a write of `wrong` stores something else. */
class ModelKernel implements Kernel {
  readonly #wrong: bigint | undefined;

  constructor(wrong?: bigint) {
    this.#wrong = wrong;
  }

  answer(script: readonly Operation[]): Recorded {
    const change = (op: Operation): Operation =>
      op.kind === "write" && op.value === this.#wrong ? { ...op, value: 99n } : op;
    return { ...answer(new Model(), script.map(change)), by: "the wrong kernel" };
  }
}

const judges: Judge[] = [];
function judge(kernel: Kernel): Judge {
  const made = new Judge(kernel);
  judges.push(made);
  return made;
}
afterAll(() => Promise.all(judges.map((made) => made.dispose())));

it("finds nothing where nothing is wrong", async () => {
  const right = judge(new ModelKernel());
  for (const build of ["engine", "engine.checked"] as const) {
    expect(await right.compare(generate(5, "cow"), build)).toBeNull();
  }
});

it("tells the first difference, and the shortest script that has it", async () => {
  const found = await judge(new ModelKernel(3n)).compare(generate(1, "ksm", { without: ["ksm"] }), "engine");
  expect(printScript(found?.script ?? [])).toMatch(/^0 mmap 0 16 rw private anon\n0 write \d+ 3\n$/);
  expect(found?.text).toMatch(/^differs from the wrong kernel after operation 2: 0 write \d+ 3\n/);
  expect(found?.text).toMatch(
    /the wrong kernel: AX value 99, mapcount 1\n {4}the engine: AX value 3, mapcount 1/,
  );
});

describe("npm run test:kernel", () => {
  const program = fileURLToPath(new URL("../../scripts/test-kernel.mjs", import.meta.url));

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const env = { ...process.env, CC: "/no/such/compiler" };
    return spawnSync(process.execPath, [program, ...args], { encoding: "utf8", timeout: PATIENCE, env });
  }

  it("names what the machine lacks, with exit code 3", () => {
    const { status, stdout, stderr } = run();
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr).toMatch(
      /the kernel of this machine cannot be asked: it lacks .*(\/no\/such\/compiler|Linux)/,
    );
  });

  it.each([["--seeds", "0"], ["--profile", "cows"], ["--nonsense"]])(
    "refuses %s with exit code 2",
    (...args) => {
      expect(run(...args)).toMatchObject({ status: 2, stdout: "" });
    },
  );
});
