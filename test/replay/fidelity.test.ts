/** The bundled traces on a simple model: every sample matches, on any number of CPUs, in any order that is allowed. */

import { describe, expect, it } from "vitest";
import { replayTrace } from "../../src/replay/replay.ts";
import { traceFile } from "../../src/trace/source.ts";
import { ModelMachine } from "./model-machine.ts";

const TRACES = [
  { name: "bash", samples: 870, events: 6584, userFaults: 2347, forks: 15 },
  { name: "redis", samples: 6015, events: 18103, userFaults: 8032, forks: 8 },
  { name: "threads", samples: 8249, events: 27348, userFaults: 15655, forks: 4 },
];

function bundled(name: string) {
  return traceFile(new URL(`../../traces/${name}.perf.txt.gz`, import.meta.url).pathname);
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
    });
    expect(report).toMatchObject({ cpus, events, forks, failed: {}, skipped: {} });
    expect(report.faults.total).toBeGreaterThanOrEqual(userFaults);
    expect(machine.live.size).toBe(0);
    expect(report.waits > 0).toBe(cpus > 1);
  });
});
