/** `rmap scenarios`: what it says of each scenario is a whole sentence. */
import { expect, it } from "vitest";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { rmap } from "./rmap.js";

it("says of each scenario what is watched, also where that is no numbered invariant", async () => {
  const { code, stdout } = await rmap(["scenarios"]);
  // Lines are wrapped between words.
  const text = stdout.replace(/\s+/g, " ");
  for (const { watch, cpus } of await loadScenarios()) {
    const watched = watch.length > 0 ? `Invariants: ${watch.join(", ")}.` : "Watched: what `expect` reads.";
    expect(text).toContain(`${watched} CPUs: ${cpus.length}.`);
  }
  expect(text).not.toContain("Invariants: .");
  expect(code).toBe(0);
});

it("has an expect in each scenario that watches no numbered invariant", async () => {
  const without = (await loadScenarios()).filter(({ watch }) => watch.length === 0);
  for (const { name, cpus, finish = "" } of without) {
    expect([...cpus, finish].join("\n"), name).toMatch(/\bexpect\b/);
  }
});
