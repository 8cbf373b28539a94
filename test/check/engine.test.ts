/** Races that made-up ones have shown to be wrong in the engine: each is clean now, in every order up to two preemptions. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { exploreRow } from "../../dist/explore/row.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { fixture } from "./plain.js";

const folder = fixture("engine");
const names = readdirSync(folder);

it.each(names)("%s", async (name) => {
  const module = await WebAssembly.compile(
    readFileSync(new URL("../../dist/engine.model.wasm", import.meta.url)),
  );
  const scenario = parseRace(readFileSync(`${folder}/${name}`, "utf8"), { file: name, name });
  const monitor = await loadMonitor();
  const report = exploreRow({
    scenario,
    module,
    monitor,
    settings: { strategy: "bounded", preemptions: 2, seed: 1 },
  });
  expect(report.found?.message).toBeUndefined();
  expect(report.complete).toBe(true);
});

it("has races", () => expect(names.length).toBeGreaterThan(4));
