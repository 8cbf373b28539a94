/** The engine against the plain model: every result, and after every operation every mapping and every page. */
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { generate, type Profile } from "../../model/generate.js";
import { count } from "../support/sample.js";
import { Examiner } from "./examine.js";

/** `RMAP_SEED=… npx vitest run test/differential` repeats a run. */
const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 31);
/** How many scripts: each is run by both builds. Every run takes other ones; `npm run test:differential` takes 2,000. */
const SCRIPTS = Number(process.env["RMAP_SCRIPTS"] ?? count(40, 150));
const PROFILES: readonly Profile[] = ["cow", "vma", "file", "all", "stack", "heap", "ksm", "lock", "pin"];

const examiner = new Examiner();
afterAll(() => examiner.close());

it(`agrees with the model on ${SCRIPTS} random scripts, seed ${SEED}`, async () => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/differential`);
  const scripts = fc.tuple(fc.constantFrom(...PROFILES), fc.nat({ max: 2 ** 24 }));
  await fc.assert(
    fc.asyncProperty(scripts, async ([profile, seed]) => {
      const found = await examiner.examine(generate(seed, profile));
      expect(found, `profile ${profile}, script ${seed}`).toBe(null);
    }),
    // A smaller number is no simpler script: the examiner shortens the script itself.
    { seed: SEED, numRuns: SCRIPTS, endOnFailure: true },
  );
});
