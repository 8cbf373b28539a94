/** Moving frames changes nothing that a process, or the reverse map, can see: the plain model knows nothing of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../dist/index.js";
import { generate, type Profile } from "../../model/generate.js";
import { Model } from "../../model/model.js";
import { PAGE_BYTES, WINDOW_BASE } from "../../src/ops/operation.js";
import { BUILDS, createEngine, EngineMachine } from "../support/engines.js";
import { count } from "../support/sample.js";

/** `RMAP_SEED=… npx vitest run test/migrate` repeats a run. */
const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 31);
const PROFILES: readonly Profile[] = ["cow", "vma", "file", "all", "ksm", "lock"];
const SCRIPTS = count(2, 5);

describe.each(BUILDS)("%s", (build) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine(build);
  });
  afterAll(() => engine.dispose());

  it(`moves pages under random scripts, seed ${SEED}`, () => {
    console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/migrate`);
    let moved = 0n;
    for (const profile of PROFILES) {
      for (let i = 0; i < SCRIPTS; i++) {
        const machine = new EngineMachine(engine);
        const model = new Model();
        const code = engine.layout.constant("OP_MIGRATE");
        for (const [at, operation] of generate(SEED + i, profile).entries()) {
          if (operation.kind === "dump") continue;
          const where = `profile ${profile}, script ${SEED + i}, operation ${at} (${operation.kind})`;
          expect(machine.run([operation]), where).toEqual(model.run([operation]));
          for (const space of machine.spaces()) {
            const answer = engine.execute({ op: code, space, a: WINDOW_BASE, b: 96 * PAGE_BYTES });
            expect(answer.result, where).toBe(0);
            moved += answer.value;
          }
          expect(machine.dump().procs, where).toEqual(model.dump().procs);
        }
        if (build === "engine.checked") machine.check();
        machine.close();
      }
    }
    // A test that moved nothing would show nothing.
    expect(moved).toBeGreaterThan(2000n * BigInt(SCRIPTS));
  });
});
