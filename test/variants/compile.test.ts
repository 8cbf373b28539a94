/**
 * Every variant of the package still fits the engine: each of its files replaces one in every target. A third of them
 * compiles here, each time another third, and with RMAP_VARIANTS=all (`npm run test:variants`, `.ci/run`) all do: in the
 * target that the stress runner uses, and in the model's for what only exploration can show.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { loadVariants } from "../../dist/scenario/variant.js";
import { readSections, SECTION } from "../../dist/wasm/section.js";
import { Plain } from "./plain.js";

const variants = await loadVariants();
/** Of three variants one compiles, from this one on; 1 of 1 for all. */
const [FIRST, OF] = process.env["RMAP_VARIANTS"] === "all" ? [0, 1] : [seedOf() % 3, 3];
let plain: Plain;

/** RMAP_SEED, or another number each time. */
function seedOf(): number {
  const seed = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
  console.log(`repeat with RMAP_SEED=${seed} npx vitest run test/variants/compile`);
  return seed;
}

beforeAll(async () => {
  plain = await Plain.read();
});

it("there are variants", () => {
  expect(variants.length).toBeGreaterThan(50);
  expect(plain.targets).toEqual(expect.arrayContaining(["release", "checked", "stress", "model"]));
});

describe.each(variants)("$name", (variant) => {
  it("fits each target", async () => {
    for (const target of plain.targets) await plain.sources(target, variant);
  });
});

describe.each(variants.filter((_, index) => index % OF === FIRST))("$name", (variant) => {
  it("compiles", async () => {
    const explored = Object.values(variant.verdicts).some(({ expected }) => expected === "none");
    for (const target of explored ? ["stress", "model"] : ["stress"]) {
      const wasm = await plain.wasm(target, variant, false);
      expect(WebAssembly.validate(wasm)).toBe(true);
      // Every CPU's instance would write static data again.
      expect(readSections(wasm).filter(({ id }) => id === SECTION.data)).toEqual([]);
    }
  });
});
