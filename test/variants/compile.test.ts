/**
 * Every variant of the package still fits the engine: each of its files replaces one in every target. A tenth of them
 * compiles here, each time another tenth, and with RMAP_TESTS=all (`npm run test:variants`, `.ci/run`) all do: in the
 * target that the stress runner uses, and in the model's for what only exploration can show.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { loadVariants } from "../../dist/scenario/variant.js";
import { readSections, SECTION } from "../../dist/wasm/section.js";
import { sample } from "../support/sample.js";
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
  it("fits each target", async () => {
    for (const target of plain.targets) await plain.sources(target, variant);
  });
});

describe.each(sample(variants, Math.ceil(variants.length / 20), "test/variants/compile"))(
  "$name",
  (variant) => {
    it("compiles", async () => {
      const explored = Object.values(variant.verdicts).some(({ expected }) => expected === "none");
      for (const target of explored ? ["stress", "model"] : ["stress"]) {
        const wasm = await plain.wasm(target, variant, false);
        expect(WebAssembly.validate(wasm)).toBe(true);
        // Every CPU's instance would write static data again.
        expect(readSections(wasm).filter(({ id }) => id === SECTION.data)).toEqual([]);
      }
    });
  },
);
