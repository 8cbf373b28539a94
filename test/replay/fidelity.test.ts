/** The bundled traces on a simple model: every sample matches, on any number of CPUs, in any order that is allowed. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../src/replay/replay.js";
import { traceBytes, traceFile } from "../../src/trace/source.js";
import { dice } from "../support/dice.js";
import { ANON, EXEC, replay, replayOnEngine, WRITE } from "./lines.js";
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

describe.each(TRACES)("$name", ({ name, samples, events, userFaults, forks }) => {
  it.each([1, 2, 3])("matches every sample on %i CPUs", async (cpus) => {
    const machine = new ModelMachine(cpus, 4096, dice(cpus), 2 ** 32 - 1000);
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

describe("events that a replay does not know", () => {
  it("change nothing, though they come between each fault and its count", async () => {
    const file = new URL("../../traces/bash.perf.txt.gz", import.meta.url);
    const fault = /^(.*\] +[\d.]+:) +exceptions:page_fault_.*\n/gm;
    const text = gunzipSync(readFileSync(file))
      .toString()
      .replace(fault, (line, head) => `${line}${head} cpu-clock: ffffffff821f26e7 exc_page_fault\n`);
    const { fidelity, skipped } = await replayTrace(traceBytes(text), new ModelMachine());
    expect(fidelity).toMatchObject({ samples: 870, exact: 870 });
    expect(skipped["cpu-clock"]).toBeGreaterThan(2347);
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

describe("a count belongs to the fault", () => {
  const STACK = "0x7ffbfffff000";
  const KERNEL_WRITE = (address: string) => WRITE(address).replace("user", "kernel");
  const MADVISE = (behavior: string) => `
    1/1@0 syscalls:sys_enter_madvise: start: 0x7f0000000000, len_in: 0x400000, behavior: ${behavior}
    1/1@0 syscalls:sys_exit_madvise: 0x0`;
  const MMAP = `
    1/1@0 syscalls:sys_enter_mmap: addr: 0x0, len: 0x400000, prot: 0x3, flags: 0x22, fd: 0xffffffff, off: 0x0
    1/1@0 syscalls:sys_exit_mmap: 0x7f0000000000`;
  /** The exec's argument page and its first fault. */
  const START = `1/1@0 ${ANON(5, 1, 0)}${EXEC}\n 1/1@0 ${ANON(5, 2)}`;

  it.each<[string, string, { samples: number; huge?: number }]>([
    [
      "that lets the stack grow: its mapping record comes between",
      `1/1@0 ${WRITE(STACK)}
       1/1@0 PERF_RECORD_MMAP2 1/1: [0x7ffbfffff000(0x22000) @ 0x7ffffffde000 00:00 0 0]: rw-p [stack]
       1/1@0 ${ANON(5, 3)}
       1/1@0 ${WRITE("0x7ffc00001000")}
       1/1@0 ${ANON(5, 4)}`,
      { samples: 3 },
    ],
    [
      "that the kernel let fail, and repeated",
      `1/1@0 ${KERNEL_WRITE("0x7ffc00002e00")}
       1/1@0 ${KERNEL_WRITE("0x7ffc00002e00")}
       1/1@0 ${ANON(5, 3)}
       1/1@0 ${WRITE("0x7ffc00001000")}
       1/1@0 ${ANON(5, 4)}`,
      { samples: 3 },
    ],
    [
      "of a child that maps a huge page first of all",
      `${MMAP}${MADVISE("0x16")}
       1/1@0 ${ANON(6, 2, 0)}
       1/1@0 PERF_RECORD_FORK(2:2):(1:1)
       2/2@1 ${WRITE("0x7f0000200000")}
       2/2@1 ${ANON(6, 514)}
       2/2@1 ${WRITE("0x7f0000201000")}
       2/2@1 ${WRITE("0x7f0000000000")}
       2/2@1 ${ANON(6, 1026)}`,
      { samples: 1, huge: 2 },
    ],
    [
      "though the counts of two threads came in the wrong order",
      `${MMAP}
       1/1@0 PERF_RECORD_FORK(1:2):(1:1)
       1/2@1 ${WRITE("0x7f0000000000")}
       1/1@0 ${WRITE("0x7f0000001000")}
       1/1@0 ${ANON(5, 4)}
       1/2@1 ${ANON(5, 3)}
       1/1@0 ${WRITE("0x7f0000002000")}
       1/1@0 ${ANON(5, 5)}`,
      { samples: 2 },
    ],
    [
      "that userfaultfd ends: another thread maps the page that it waits for",
      `${MMAP}
       1/1@0 PERF_RECORD_FORK(1:2):(1:1)
       1/1@0 syscalls:sys_enter_userfaultfd: flags: 0x0
       1/1@0 syscalls:sys_exit_userfaultfd: 0x4
       1/1@0 ${WRITE("0x404010").replace("0x6", "0x7")}
       1/2@1 ${WRITE("0x7f0000000000")}
       1/1@0 ${ANON(5, 3)}
       1/2@1 ${WRITE("0x7f0000001000")}
       1/1@0 ${ANON(5, 4)}
       1/1@0 ${WRITE("0x7f0000002000")}
       1/1@0 ${ANON(5, 5)}`,
      { samples: 4 },
    ],
  ])("%s", async (_, script, { samples, huge = 0 }) => {
    for (const report of [await replay(`${START}\n${script}`), await replayOnEngine(`${START}\n${script}`)]) {
      expect(report.outside).toMatchObject({ samples: 0, causes: {} });
      expect(report.huge.faults).toBe(huge);
      expect(report.fidelity).toMatchObject({ samples, exact: samples, worst: [] });
    }
  });
});

describe("pages that the kernel takes away", () => {
  const CALL = (name: string, fields: string, result: string, inside = "") => `
    1/1@0 syscalls:sys_enter_${name}: ${fields}
    ${inside}
    1/1@0 syscalls:sys_exit_${name}: ${result}`;
  const START = `1/1@0 ${ANON(5, 1, 0)}${EXEC}
    1/1@0 ${ANON(5, 2)}
    ${CALL("mmap", "addr: 0x0, len: 0x400000, prot: 0x3, flags: 0x22, fd: 0xffffffff, off: 0x0", "0x7f0000000000")}
    1/1@0 ${WRITE("0x7f0000000000")}
    1/1@0 ${ANON(5, 3)}`;

  it.each<[string, string, string]>([
    [
      "in MADV_PAGEOUT",
      "madvise(MADV_PAGEOUT)",
      "madvise: start: 0x7f0000000000, len_in: 0x1000, behavior: 0x15",
    ],
    ["in ftruncate", "ftruncate", "ftruncate: fd: 0x3, length: 0x0"],
  ])("%s are outside, and come back or end as the call says", async (_, cause, words) => {
    const [name = "", fields = ""] = words.split(/: (.*)/);
    const away = CALL(name, fields, "0x0", `1/1@0 ${ANON(5, 2)}`);
    const script = `${START}${away}
      1/1@0 ${WRITE("0x7f0000001000")}
      1/1@0 ${ANON(5, 3)}
      1/1@0 ${WRITE("0x7f0000000000")}
      1/1@0 ${ANON(5, 4)}${away.replace(ANON(5, 2), ANON(5, 3))}
      ${CALL("munmap", "addr: 0x7f0000000000, len: 0x1000", "0x0")}
      1/1@0 ${WRITE("0x7f0000002000")}
      1/1@0 ${ANON(5, 4)}`;
    for (const report of [await replay(script), await replayOnEngine(script)]) {
      // The third one: the page comes back, which the engine never lost.
      expect(report.outside).toMatchObject({ samples: 3, causes: { [cause]: 2, "by the kernel itself": 1 } });
      expect(report.fidelity).toMatchObject({ samples: 4, exact: 4, worst: [] });
    }
  });
});
