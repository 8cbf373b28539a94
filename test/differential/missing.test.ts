/** Missing pages: the engine's calling thread, which does not wait, against the plain model. */
import { afterAll, expect, it } from "vitest";
import { generate, type Profile } from "../../model/generate.js";
import type { Operation } from "../../src/ops/operation.js";
import { count } from "../support/sample.js";
import { Examiner } from "./examine.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 31);
const SCRIPTS = count(10, 120);
const PROFILES: readonly Profile[] = ["cow", "vma", "all", "lock", "pin", "stack", "ksm"];

const examiner = new Examiner();
afterAll(() => examiner.close());

/** A script in which ranges are registered and pages supplied, at the places of its other operations. */
function withMissing(ops: readonly Operation[], seed: number): Operation[] {
  let state = seed | 1;
  const draw = (below: number) => {
    state = Math.imul(state, 0x2c1b3c6d) + 0x9e3779b1;
    return ((state >>> 0) / 2 ** 32) * below;
  };
  return ops.flatMap((op): Operation[] => {
    if (!("process" in op && "page" in op) || op.kind === "unpin" || op.page === "any") return [op];
    if (draw(3) >= 1) return [op];
    const { process, page } = op;
    const at = Math.max(0, page - Math.floor(draw(3)));
    const pages = 1 + Math.floor(draw(12));
    const chance = draw(10);
    if (chance < 4) return [{ kind: "register", process, page: at, pages }, op];
    if (chance < 5) return [{ kind: "unregister", process, page: at, pages }, op];
    const value = chance < 6 ? undefined : BigInt(Math.floor(draw(1000)));
    return [{ kind: "supply", process, page, ...(value !== undefined && { value }) }, op];
  });
}

it(`agrees with the model on ${SCRIPTS} scripts with missing pages, seed ${SEED}`, async () => {
  let missed = 0;
  for (let i = 0; i < SCRIPTS; i++) {
    const profile = PROFILES[(SEED + i) % PROFILES.length] as Profile;
    const script = withMissing(generate(SEED + i, profile), SEED + i);
    const found = await examiner.examine(script);
    expect(found, `profile ${profile}, seed ${SEED + i}`).toBe(null);
    missed += script.filter((op) => op.kind === "supply").length;
  }
  expect(missed).toBeGreaterThan(SCRIPTS);
});
