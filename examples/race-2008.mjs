/** An exercise: find the race of October 2008, and read how it happens. Run: node examples/race-2008.mjs */
import { join } from "node:path";
import { cacheFolder, compileInThread, packageRoot } from "rmap-engine/build";
import { explore } from "rmap-engine/explore";
import { bundledScenarios } from "rmap-engine/scenarios";

// The code of that time lies over today's engine, in two layers. It takes seconds to compile, once.
const layers = ["2008-merged", "2008-original"].map((name) => join(packageRoot(), "variants", name));
const { wasm } = await compileInThread({ target: "model", overlays: [layers] }, { cache: cacheFolder() });
const module = await WebAssembly.compile(wasm);

// Two threads make the first faults of a mapping, and a third CPU looks at the page.
const races = await bundledScenarios();
const race = races.find(({ name }) => name === "publish-before-link");

const today = await explore(race);
console.log(`today: ${today.executions} executions, ${today.found ? "a finding" : "no finding"}`);

const { executions, found } = await explore(race, { module });
console.log(`2008:  ${found.invariant} after ${executions} executions`);
for (const { cpu, text, file, line } of found.events) {
  console.log(`${"".padEnd(cpu * 4)}CPU ${cpu} ${text}${file && `  (${file}:${line})`}`);
}
console.log(found.conclusion);
