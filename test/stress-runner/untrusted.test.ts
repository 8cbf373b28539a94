/**
 * Modules that loop, trap, wait, grow and overwrite what they share with the host: a finding or a typed error in bounded
 * time, and the process that asked lives on, its other engines too.
 *
 *   RMAP_SCRIBBLES=300 RMAP_SEED=1 npx vitest run test/stress-runner/untrusted.test.ts      many more seeds
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { afterUsable } from "../../dist/platform/fair-clock.js";
import { loadScenarios, pickScenarios } from "../../dist/scenario/catalogue.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { runRowInThread } from "../../dist/stress/row-thread.js";
import { sample } from "../support/sample.js";
import { regionOf, scribbling, withExport, withStart } from "./hostile.js";

const [scenario] = pickScenarios(await loadScenarios(), ["family-churn"]) as [Scenario];

const SCRIBBLES = Number(process.env["RMAP_SCRIBBLES"] ?? 3);
const SEED = Number(process.env["RMAP_SEED"] ?? 1 + (Date.now() % 0xffffff));
/** Milliseconds that everything below may take, of the time that this program can use: the limits are 4 s each. */
const BOUND = 20_000;

let other: Engine;
let page: number;
beforeAll(async () => {
  other = await Engine.create({ memory: 2 ** 20, cpus: 1 });
});
afterAll(() => other.dispose());

/** Milliseconds after which a row that hangs is ended here: what loops keeps a core busy for as long. */
const PATIENCE = 1000;

/**
 * Runs a row in a module; the other engine must work behind it as before. `patience` is the row's own limit.
 */
async function row(wasm: Uint8Array<ArrayBuffer>, seed = 1, cpus = 2, patience?: number) {
  const module = await WebAssembly.compile(wasm);
  const ending = runRowInThread({
    scenario,
    module,
    cpus,
    seconds: 1,
    seed,
    ...(patience && { patience }),
  }).catch((error: unknown) => error as Error & { code: string });
  const late = new Promise<never>((_, reject) => {
    const cancel = afterUsable(BOUND, () => reject(new Error(`no end within ${BOUND} ms`)));
    ending.finally(cancel);
  });
  const report = await Promise.race([ending, late]);
  const space = other.spawn();
  page = space.mmap(4096);
  space.write(page, 42n);
  expect(space.read(page)).toBe(42n);
  space.exit();
  return report;
}

/** What a start function does, and what comes of it; `npm test` takes three. */
const STARTS = [
  ["loop", "EWATCHDOG"],
  ["grow", "EWATCHDOG"],
  ["wait", "EWATCHDOG"],
  ["trap", "EENVIRONMENT"],
] as const;

/** Exports that do something else, and what comes of it; `npm test` takes three. */
const EXPORTS = [
  ["cpuStart", 1, false, "loop", { code: "EWATCHDOG" }],
  ["cpuRun", 0, true, "loop", { finding: { invariant: "I14", code: "LOCKUP" } }],
  ["cpuRun", 0, true, "wait", { finding: { invariant: "I14", code: "LOCKUP" } }],
  ["cpuRun", 0, true, "trap", { finding: { code: "TRAP" } }],
  ["checkAll", 0, true, "loop", { finding: { invariant: "I14", code: "LOCKUP" } }],
] as const;

const FILE = "test/stress-runner/untrusted";

describe.concurrent("a row", () => {
  it.each(sample(STARTS, 3, FILE))(
    "whose module has a start function with a %s is an error, %s",
    async (body, code) => {
      expect(await row(withStart(body), 1, 2, PATIENCE)).toMatchObject({ code });
    },
  );

  it.each(sample(EXPORTS, 3, FILE))(
    "whose %s has %s parameters, result %s and a %s comes to %j",
    async (...args) => {
      const [name, params, hasResult, body, expected] = args;
      expect(await row(withExport(name, params, hasResult, body), 1, 2, PATIENCE)).toMatchObject(expected);
    },
  );

  it(`comes to an end whatever is overwritten (RMAP_SCRIBBLES=${SCRIBBLES} RMAP_SEED=${SEED})`, async () => {
    const wasm = scribbling();
    const seeds = Array.from({ length: SCRIBBLES }, (_, index) => SEED + index);
    // Not every word that is overwritten shows. Many control words do: the last seed is one that overwrites them.
    let shows = SEED + SCRIBBLES;
    while (regionOf(shows) !== "control words") shows++;
    seeds.push(shows);
    const found: string[] = [];
    const next = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const report = await row(wasm, seed);
        const where = `seed ${seed}, ${regionOf(seed)}`;
        if (report instanceof Error) {
          expect(report, where).toMatchObject({
            code: expect.stringMatching(/^E(WATCHDOG|ENVIRONMENT|CRASH)$/),
          });
          found.push(`${where}: ${report.message}`);
        } else if (report.finding) {
          expect(report.finding.message, where).toMatch(/\S/);
          found.push(`${where}: ${report.finding.code} after ${report.seconds.toFixed(1)} s`);
        }
      }
    };
    await Promise.all([next(), next(), next()]);
    if (process.env["RMAP_SCRIBBLES"]) process.stdout.write(`${found.join("\n")}\n`);
    expect(found.length).toBeGreaterThan(0);
  });
});

describe.concurrent("Engine.create", () => {
  it.each(sample(["loop", "wait"] as const, 1, FILE))(
    "refuses a module with a start function with a %s",
    async (body) => {
      const wasmBytes = withStart(body);
      await expect(Engine.create({ wasmBytes, cpus: 1 })).rejects.toMatchObject({
        code: "EWATCHDOG",
        exitCode: 4,
      });
    },
  );

  it("has a typed error for a start function that traps", async () => {
    await expect(Engine.create({ wasmBytes: withStart("trap") })).rejects.toMatchObject({ exitCode: 3 });
  });

  it("has a typed error for CPUs that trap while they come up", async () => {
    const wasmBytes = withExport("cpuStart", 1, false, "trap");
    await expect(Engine.create({ wasmBytes, cpus: 2 })).rejects.toMatchObject({ exitCode: 3 });
  });
});
