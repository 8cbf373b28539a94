/** The bundled traces on a simple model: every sample matches, on any number of CPUs, in any order that is allowed. */

import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../src/replay/replay.js";
import { traceFile } from "../../src/trace/source.js";
import { ModelMachine } from "./model-machine.js";

const TRACES = [
  { name: "bash", samples: 870, events: 6584, userFaults: 2347, forks: 15 },
  { name: "redis", samples: 6015, events: 18103, userFaults: 8032, forks: 8 },
  { name: "threads", samples: 8249, events: 27348, userFaults: 15655, forks: 4 },
];

function bundled(name: string) {
  return traceFile(new URL(`../../traces/${name}.perf.txt.gz`, import.meta.url).pathname);
}

/** A program that maps 4 pages of a file of 16, lets the mapping grow to the whole file, and writes what grew. */
function growing() {
  return traceFile(new URL("fixtures/mremap-file.perf.txt.gz", import.meta.url).pathname);
}

/** A small generator of repeatable choices. */
function chooser(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

describe.each(TRACES)("$name", ({ name, samples, events, userFaults, forks }) => {
  it.each([1, 2, 3])("matches every sample on %i CPUs", async (cpus) => {
    const machine = new ModelMachine(cpus, 4096, chooser(cpus), 2 ** 32 - 1000);
    const report = await replayTrace(bundled(name), machine);
    expect(machine.errors).toEqual([]);
    expect(report.fidelity).toEqual({
      samples,
      exact: samples,
      within1: samples,
      maxDiffPages: 0,
      worst: [],
      first: null,
    });
    expect(report).toMatchObject({ cpus, events, forks, failed: {}, skipped: {} });
    expect(report.faults.total).toBeGreaterThanOrEqual(userFaults);
    expect(machine.live.size).toBe(0);
    expect(report.waits > 0).toBe(cpus > 1);
  });
});

describe("a program that lets the mapping of a file grow", () => {
  it("matches every sample on a simple model", async () => {
    const machine = new ModelMachine();
    const report = await replayTrace(growing(), machine);
    expect(machine.errors).toEqual([]);
    expect(report).toMatchObject({ failed: {}, skipped: {}, fidelity: { samples: 296, exact: 296 } });
  });

  it.each([1, 2])("matches every sample on an engine with %i CPUs", async (cpus) => {
    const engine = await Engine.create({ cpus, checked: true });
    const report = await replayTrace(growing(), new EngineReplayMachine(engine));
    engine.check();
    await engine.dispose();
    expect(report).toMatchObject({ failed: {}, skipped: {}, fidelity: { samples: 296, exact: 296 } });
  });
});
