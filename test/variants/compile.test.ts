/**
 * Every variant of the package still fits the engine: each of its files replaces one, and all of it compiles. Compiled
 * is the target that the stress runner uses, and the model for what only exploration can show; without optimising,
 * which takes most of the time and finds no mistakes.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compileSources } from "../../dist/build/compiler.js";
import { packageRoot, readTargets, type Target } from "../../dist/build/index.js";
import { applyOverlays, type Overlay, readLayers } from "../../dist/build/overlay.js";
import { readSections, SECTION } from "../../dist/build/section.js";
import { readSources, type SourceTree } from "../../dist/build/sources.js";
import { loadVariants } from "../../dist/scenario/variant.js";

const variants = await loadVariants();

let base: SourceTree;
/** Each target with its own overlays read. */
const targets = new Map<string, { target: Target; overlays: Overlay[] }>();

beforeAll(async () => {
  base = await readSources(join(packageRoot(), "assembly"));
  for (const target of await readTargets(packageRoot())) {
    const folders = target.overlays.map((folder) => join(packageRoot(), folder));
    targets.set(target.name, { target, overlays: await readLayers(base, folders) });
  }
});

it("there are variants", () => {
  expect(variants.length).toBeGreaterThan(50);
  expect([...targets.keys()]).toEqual(expect.arrayContaining(["release", "checked", "stress", "model"]));
});

describe.each(variants)("$name", ({ name, layers, verdicts }) => {
  it("fits each target, and compiles", async () => {
    const explored = Object.values(verdicts).some(({ expected }) => expected === "needs-exploration");
    const compiled = explored ? ["stress", "model"] : ["stress"];
    const [own] = await readLayers(base, [layers]);
    if (!own) throw new Error(`${name} has no layer`);
    for (const { target, overlays } of targets.values()) {
      const sources = applyOverlays(base, [...overlays, own]);
      if (!compiled.includes(target.name)) continue;
      const wasm = await compileSources(sources, "index.ts", target.options);
      // Every CPU's instance would write static data again.
      expect(readSections(wasm).filter(({ id }) => id === SECTION.data)).toEqual([]);
    }
  });
});
