/** The bundled traces in 30 % of the memory that they use: the same figures and contents as without a limit, nothing left, no rule broken. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../dist/replay/index.js";
import { Recorder } from "../../dist/replay/recorder/recorder.js";
import { type ReplayResult, replayResult } from "../../dist/report/replay.js";
import { traceFile } from "../../dist/trace/index.js";
import { sample } from "../support/sample.js";
import { slotsInUse } from "../support/swap.js";

const MIB = 2 ** 20;
const NO_LEAKS = { pages: 0, tables: 0, vmas: 0, anonVmas: 0, anonVmaChains: 0 };

async function replay(
  trace: string,
  cpus: number,
  memory: number,
  checked: boolean,
  kswapd = false,
): Promise<ReplayResult> {
  const engine = await Engine.create({
    cpus,
    memory,
    swap: 512 * MIB,
    checked,
    kswapd,
    spaces: 4096,
    files: 4096,
    queueRecords: 16384,
  });
  try {
    const machine = new EngineReplayMachine(engine);
    const file = traceFile(new URL(`../../traces/${trace}.perf.txt.gz`, import.meta.url).pathname);
    const recorder = new Recorder(machine);
    const report = await replayTrace(file, machine, { recorder });
    const result = replayResult(report, engine, machine, checked, recorder.figures());
    expect(slotsInUse(engine)).toBe(0);
    return result;
  } finally {
    await engine.dispose();
  }
}

describe.each(["bash", "redis", "threads"])("%s", (trace) => {
  let free: ReplayResult;
  beforeAll(async () => {
    free = await replay(trace, 1, 512 * MIB, false);
  });

  it("says what it needs, the same each time", async () => {
    expect((await replay(trace, 1, 512 * MIB, false)).memory).toEqual(free.memory);
    // A table and an object at least, however short the recording.
    expect(free.memory.peakTableBytes).toBeGreaterThan(0);
    expect(free.memory.peakMetadataBytes).toBeGreaterThan(0);
  });

  it.each([2, 4])("holds the same on %i CPUs without a limit", async (cpus) => {
    expect(free.contents.spaces).toBeGreaterThan(0);
    expect((await replay(trace, cpus, 512 * MIB, false)).contents).toEqual(free.contents);
  });

  const cases = [1, 2, 4].flatMap((cpus) =>
    [true, false].flatMap((checked) => [true, false].map((kswapd) => ({ cpus, checked, kswapd }))),
  );
  const title = "on $cpus CPUs, checked: $checked, kswapd: $kswapd";
  it.each(sample(cases, 3, "test/reclaim/replay"))(title, async ({ cpus, checked, kswapd }) => {
    const limit = Math.floor(free.memory.peakFrameBytes * 0.3);
    const result = await replay(trace, cpus, limit, checked, kswapd);
    expect(result.failed).toEqual(free.failed);
    expect(result.fidelity).toEqual(free.fidelity);
    expect(result.contents).toEqual(free.contents);
    expect(result.leaks).toEqual(NO_LEAKS);
    expect(result.invariants.violations).toBe(0);
    if (checked) expect(result.invariants.checks).toBeGreaterThan(0);
    expect(result.reclaim.swapOut).toBeGreaterThan(0);
    expect(result.reclaim.direct + result.reclaim.kswapd).toBe(result.reclaim.reclaimed);
    if (!kswapd) expect(result.reclaim.kswapd).toBe(0);
    expect(result.memory.peakFrameBytes).toBeLessThanOrEqual(result.memory.limitBytes);
  });
});
