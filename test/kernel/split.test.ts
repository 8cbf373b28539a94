/**
 * Scripts over several CPUs: the processes run where their numbers put them, and everything ends the same.
 */
import { describe, expect, it } from "vitest";
import type { Operation } from "../../dist/ops/operation.js";
import type { Outcome } from "../../dist/ops/outcome.js";
import { generate, PROFILES } from "../../model/generate.js";
import { answer } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import { type Case, disagreement, RECORDED, readCases, SharedEngine } from "../support/cases.js";
import { count, WHOLE } from "../support/sample.js";

/** `RMAP_SEED=… npx vitest run test/kernel/split` repeats the random scripts of a run. */
const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 31);
/** How many random scripts of each profile. */
const SCRIPTS = Number(process.env["RMAP_SCRIPTS"] ?? count(1, 2));
/** Profiles with nothing but what the engine has. */
const RANDOM = PROFILES.filter((profile) => profile !== "lock" && profile !== "pin");

/** The script with each process on the CPU of its number; the `cpu` lines have outcomes of their own, 0. */
function splitByProcess({ name, script, answer }: Case, keepDumps: boolean): Case {
  const split: Operation[] = [];
  const results: Outcome[] = [];
  let executed = 0;
  for (const operation of script) {
    if (operation.kind === "dump") {
      if (keepDumps) split.push(operation);
      continue;
    }
    split.push(operation);
    results.push(answer.results[executed++] as Outcome);
    if (operation.kind !== "fork") continue;
    split.push({ kind: "cpu", process: operation.child, cpu: operation.child });
    results.push(0);
  }
  // What a snapshot shows is the same, but more operations have run before it.
  const places = new Map<number, number>();
  let [before, after] = [0, 0];
  for (const operation of script) {
    if (operation.kind === "dump") places.set(before, after);
    else before++;
    if (operation.kind !== "dump") after += operation.kind === "fork" ? 2 : 1;
  }
  const dumps = answer.dumps.map((dump) => ({ ...dump, at: places.get(dump.at) as number }));
  if (keepDumps) return { name, script: split, answer: { ...answer, results, dumps } };
  split.push({ kind: "dump" });
  return { name, script: split, answer: { ...answer, results, dumps: dumps.slice(-1) } };
}

const cases = readCases(RECORDED);

describe.each(
  [
    { cpus: 2, checked: false },
    { cpus: 2, checked: true },
    { cpus: 4, checked: false },
    { cpus: 4, checked: true },
  ].map((options, index) => ({ options, index })),
)("split by process over $options", ({ options, index }) => {
  // In `npm test` each of the four takes other cases, and together they take all.
  const part = cases.filter((_, at) => WHOLE || at % 4 === index);
  const engine = SharedEngine.forBlock(options);
  // Without the snapshots in between the CPUs never meet: only what the order says holds them together.
  it.each(part)("$name ends in the kernel's state", async (recorded) => {
    expect(await disagreement(splitByProcess(recorded, false), engine)).toBeNull();
  });
});

describe("on 3 CPUs", () => {
  const engine = SharedEngine.forBlock({ cpus: 3, checked: true });
  it.each(cases.filter(({ name }) => name.endsWith("-1")))("$name gives every snapshot", async (recorded) => {
    expect(await disagreement(splitByProcess(recorded, true), engine)).toBeNull();
  });
});

describe.each(RANDOM)("random scripts, profile %s", (profile) => {
  const engines = [2, 4].flatMap((cpus) =>
    [true, false].map((checked) => ({ checked, engine: SharedEngine.forBlock({ cpus, checked }) })),
  );
  it(`end in the model's state on 2 and 4 CPUs, ${SCRIPTS} from seed ${SEED} on`, async () => {
    for (let seed = SEED; seed < SEED + SCRIPTS; seed++) {
      const script = generate(seed, profile);
      const told = { ...answer(new Model(), script), by: "the model" };
      for (const { checked, engine } of engines) {
        if (checked !== (seed % 2 === 0)) continue;
        const split = splitByProcess({ name: `${profile}-${seed}`, script, answer: told }, false);
        expect(await disagreement(split, engine)).toBeNull();
      }
    }
  });
});
