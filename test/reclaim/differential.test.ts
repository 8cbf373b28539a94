/**
 * Random scripts with `reclaim` in between, against the model, which has memory without end: the results, the mappings and
 * what every process reads in the end are the same. Which pages are shared is not: who is out is not merged, for one.
 */
import { afterAll, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { generate, type Profile, random } from "../../model/generate.js";
import { Model } from "../../model/model.js";
import type { Operation } from "../../src/ops/operation.js";
import type { DumpProcess } from "../../src/ops/outcome.js";
import { printOperation, printScript } from "../../src/ops/print.js";
import { BUILDS, EngineMachine } from "../support/engines.js";
import { count } from "../support/sample.js";
import { PAGE, slotsInUse, swapoff } from "../support/swap.js";

/** `RMAP_SEED=… npx vitest run test/reclaim/differential` repeats a run. */
const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
const SCRIPTS = Number(process.env["RMAP_SCRIPTS"] ?? count(42, 105));
const PROFILES: readonly Profile[] = ["cow", "vma", "file", "all", "stack", "heap", "ksm"];

const engines = new Map<string, Engine>();
afterAll(async () => {
  for (const engine of engines.values()) await engine.dispose();
});

async function engineOf(build: string): Promise<Engine> {
  const found = engines.get(build);
  if (found) return found;
  const checked = build === "engine.checked";
  const made = await Engine.create({ checked, memory: 8192 * PAGE, swap: 8192 * PAGE, spaces: 64, files: 8 });
  engines.set(build, made);
  return made;
}

/** A script with reclaim: now and then a little, or all that there is. */
function script(seed: number, profile: Profile): Operation[] {
  const next = random(seed ^ 0x5eed);
  const ops = generate(seed, profile).filter((op) => op.kind !== "madvise" || op.advice !== "free");
  return ops.flatMap((op) => {
    if (op.kind === "dump") return [];
    return next() < 0.12 ? [{ kind: "reclaim", pages: next() < 0.5 ? 8 : 4096 } as const, op] : [op];
  });
}

/** Pages and what they hold. A file's page that was dropped where nobody may read it stays away. */
function contents(process: DumpProcess | undefined): string[] {
  const { vmas, pages } = process ?? { vmas: [], pages: [] };
  const readable = (page: number) =>
    vmas.some(([start, end, rights]) => start <= page && page < end && rights[0] === "r");
  const shown = pages.filter(([page, , , flags]) => !flags.startsWith("F") || readable(page));
  return shown.map(([page, , , , value]) => `${page}: ${value}`);
}

/** What is wrong, or null. */
function problem(engine: Engine, ops: readonly Operation[]): string | null {
  const machine = new EngineMachine(engine);
  const model = new Model();
  const both = (op: Operation): string | null => {
    const [found] = machine.run([op]);
    if (op.kind === "reclaim") return found === 0 ? null : `reclaim answers ${found}`;
    const [expected] = model.run([op]);
    return found === expected ? null : `${printOperation(op)} answers ${found}, expected ${expected}`;
  };
  for (const op of ops) {
    const wrong = both(op);
    if (wrong !== null) return wrong;
  }
  machine.check();
  const mappings = (dump: { procs: Readonly<Record<string, DumpProcess>> }) =>
    Object.entries(dump.procs).map(([process, { vmas }]) => [process, vmas]);
  expect(mappings(machine.dump())).toEqual(mappings(model.dump()));
  // Everything comes back, what cannot be read too; clean pages of files come back when they are read.
  expect(engine.execute(swapoff(engine)).result).toBe(0);
  expect(slotsInUse(engine)).toBe(0);
  for (const [process, { vmas }] of Object.entries(model.dump().procs)) {
    for (const [start, end] of vmas) {
      for (let page = start; page < end; page++) {
        const wrong = both({ kind: "read", process: Number(process), page });
        if (wrong !== null) return wrong;
      }
    }
  }
  machine.check();
  const [found, expected] = [machine.dump(), model.dump()];
  for (const process of Object.keys(expected.procs)) {
    expect(contents(found.procs[process])).toEqual(contents(expected.procs[process]));
  }
  machine.close();
  return null;
}

it.each(BUILDS)(`%s agrees with the model on ${SCRIPTS} scripts, seed ${SEED}`, async (build) => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/reclaim/differential`);
  const engine = await engineOf(build);
  for (let i = 0; i < SCRIPTS; i++) {
    const profile = PROFILES[i % PROFILES.length] ?? "all";
    const ops = script(SEED + i, profile);
    let found: string | null;
    try {
      found = problem(engine, ops);
    } catch (error) {
      found = error instanceof Error ? error.message : String(error);
    }
    expect(
      found === null ? null : `${found}\nprofile ${profile}, script ${SEED + i}\n${printScript(ops)}`,
    ).toBe(null);
  }
  expect(engine.stats().swapIn).toBeGreaterThan(SCRIPTS);
});
