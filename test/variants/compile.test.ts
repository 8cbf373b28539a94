/**
 * Every variant of the package still fits the engine: each of its files replaces one in every target, and all of it
 * compiles, in the target that the stress runner uses and in the model's for what only exploration can show.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { loadVariants } from "../../dist/scenario/variant.js";
import { readSections, SECTION } from "../../dist/wasm/section.js";
import { Plain } from "./plain.js";

const variants = await loadVariants();
let plain: Plain;

beforeAll(async () => {
  plain = await Plain.read();
});

it("there are variants", () => {
  expect(variants.length).toBeGreaterThan(50);
  expect(plain.targets).toEqual(expect.arrayContaining(["release", "checked", "stress", "model"]));
});

describe.each(variants)("$name", (variant) => {
  it("fits each target, and compiles", async () => {
    const explored = Object.values(variant.verdicts).some(({ expected }) => expected === "none");
    for (const target of plain.targets) await plain.sources(target, variant);
    for (const target of explored ? ["stress", "model"] : ["stress"]) {
      const wasm = await plain.wasm(target, variant, false);
      expect(WebAssembly.validate(wasm)).toBe(true);
      // Every CPU's instance would write static data again.
      expect(readSections(wasm).filter(({ id }) => id === SECTION.data)).toEqual([]);
    }
  });
});
