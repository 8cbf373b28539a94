/** Engines with next to no memory: operations fail, the engine lives, and nothing is lost. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { generate } from "../../model/generate.js";
import { BUILDS, EngineMachine } from "../support/engines.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
const SCRIPTS = 40;
const PAGE = 4096;

/** What there is too little of. `metadata` are bytes of page tables and objects. */
const SIZES = [
  { what: "64 frames", memory: 64 * PAGE, metadata: 2 ** 24 },
  { what: "8 frames", memory: 8 * PAGE, metadata: 2 ** 24 },
  { what: "80 KiB of tables and objects", memory: 2 ** 24, metadata: 20 * PAGE },
  { what: "little of either", memory: 48 * PAGE, metadata: 32 * PAGE },
];

describe.each(BUILDS)("%s", (build) => {
  it.each(SIZES)(`with $what, seed ${SEED}`, async ({ memory, metadata }) => {
    console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/exhaustion/small`);
    const checked = build === "engine.checked";
    const engine = await Engine.create({ checked, memory, metadata, spaces: 64, files: 8, queueRecords: 16 });
    const seen = new Map<string | 0, number>();
    for (let script = 0; script < SCRIPTS; script++) {
      const machine = new EngineMachine(engine);
      for (const [index, op] of generate(SEED + script, "all", { without: ["ksm"] }).entries()) {
        // A process whose fork failed never lived.
        if ("process" in op && !machine.lives(op.process)) continue;
        for (const outcome of machine.run([op])) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        if (index % 16 === 0) machine.check();
      }
      machine.close();
      machine.check();
    }
    expect(seen.get("ENOMEM") ?? 0).toBeGreaterThan(0);
    expect(seen.get(0) ?? 0).toBeGreaterThan(100);
    await engine.dispose();
  });
});
