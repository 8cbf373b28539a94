/**
 * What replays of recordings must come to, sample by sample. A change of any figure is a fault, or a gain that somebody
 * has looked at.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../dist/replay/index.js";
import { traceBytes, traceFile } from "../../dist/trace/index.js";

/** What a recording comes to: every compared sample is exact. */
interface Expected {
  readonly what: string;
  readonly compared: number;
  readonly outside: Readonly<Record<string, number>>;
  readonly huge?: number;
  readonly vforks?: number;
}

const KERNEL = "by the kernel itself";
const OTHER = "by another process";

/** Recorded with the kernel's stacks and its symbols. */
const OUTSIDE = "test/replay/fixtures/outside.perf.data";
/** What the kernel's stacks say of it, and what is inferred without them. */
const BY_STACK = {
  "process_vm_readv or process_vm_writev": 20,
  "another process's access": 20,
  get_user_pages: 2,
  "a shorter file": 1,
};
const INFERRED = { process_vm_writev: 20, "by another process": 20, userfaultfd: 2, ftruncate: 1 };

const RECORDINGS: Readonly<Record<string, Expected>> = {
  "traces/bash.perf.txt": { what: "a shell with pipelines", compared: 870, outside: {} },
  "traces/redis.perf.txt": { what: "a server that saves in the background", compared: 6015, outside: {} },
  "traces/threads.perf.txt": { what: "threads that sort, and forks", compared: 8249, outside: {} },
  "test/replay/fixtures/gup.perf.txt": {
    what: "pages that other processes read and write (process_vm_readv and _writev)",
    compared: 2186,
    outside: { [OTHER]: 64, [KERNEL]: 65 },
  },
  "test/replay/fixtures/mlockp.perf.txt": {
    what: "locked memory, without the calls that lock it",
    compared: 879,
    outside: { [KERNEL]: 90 },
  },
  "test/replay/fixtures/uffd.perf.txt": {
    what: "pages that userfaultfd fills",
    compared: 385,
    outside: { [KERNEL]: 300 },
  },
  "test/replay/fixtures/thp.perf.txt": {
    what: "huge pages: faults, partial unmaps, a fork, MADV_COLLAPSE",
    compared: 3103,
    outside: {},
    huge: 16,
  },
  "test/replay/fixtures/dropper.perf.txt": {
    what: "threads that drop ranges while others use them",
    compared: 9369,
    outside: {},
  },
  "traces/calls.perf.data": {
    what: "mlock, mlock2, mlockall, MADV_DONTNEED_LOCKED, populate and guard advice, MREMAP_DONTUNMAP, vfork",
    compared: 552,
    outside: {},
    vforks: 3,
  },
  "test/replay/fixtures/files.perf.data": {
    what: "memfd, ftruncate, fallocate, shmat, SHM_REMAP, /dev/zero",
    compared: 1052,
    // A shorter file loses its private copies; what fills them again, the engine still has.
    outside: { ftruncate: 2, [KERNEL]: 25 },
  },
  [OUTSIDE]: {
    what: "another process's writes, userfaultfd, O_DIRECT and a shorter file (fixtures/outside.c)",
    compared: 264,
    outside: BY_STACK,
  },
};

async function replayed(name: string, cpus: number, checked: boolean) {
  const engine = await Engine.create({ cpus, checked });
  try {
    const path = new URL(`../../${name}.gz`, import.meta.url).pathname;
    const machine = new EngineReplayMachine(engine);
    const report = await replayTrace(traceFile(path), machine);
    if (checked) engine.check();
    return { report, leaks: machine.leaks() };
  } finally {
    await engine.dispose();
  }
}

describe.each(Object.entries(RECORDINGS))("%s", (name, { compared, outside, huge = 0, vforks }) => {
  it("is exact on any number of CPUs, with the same contents", async () => {
    const hashes = new Set<string>();
    for (const [cpus, checked] of [
      [1, false],
      [3, true],
    ] as const) {
      const { report, leaks } = await replayed(name, cpus, checked);
      const { fidelity } = report;
      expect({
        compared: fidelity.samples,
        outside: report.outside.causes,
        huge: report.huge.faults,
      }).toEqual({ compared, outside, huge });
      expect(fidelity).toMatchObject({ exact: compared, maxDiffPages: 0, worst: [] });
      expect(Object.values(leaks).every((count) => count === 0)).toBe(true);
      if (vforks !== undefined) expect(report.vforks).toBe(vforks);
      hashes.add(report.contents.hash);
    }
    expect(hashes.size).toBe(1);
  });
});

describe("a recording without symbols", () => {
  it("is as exact, and infers as many causes", async () => {
    const packed = readFileSync(new URL(`../../${OUTSIDE}.gz`, import.meta.url));
    const whole = gunzipSync(packed);
    const bare = whole.subarray(0, whole.length - 16 - whole.readUInt32LE(whole.length - 12));
    const engine = await Engine.create({ cpus: 1 });
    const report = await replayTrace(traceBytes(bare), new EngineReplayMachine(engine));
    await engine.dispose();
    const sum = (counts: object) => Object.values(counts).reduce((total, count) => total + count, 0);
    expect(report.outside).toEqual({ samples: sum(BY_STACK), causes: INFERRED });
    expect(report.fidelity).toMatchObject({ samples: 264, exact: 264 });
  });
});

describe("an engine that miscounts", () => {
  it("loses fidelity, even by one page in 1,000 accesses", async () => {
    const engine = await Engine.create({ cpus: 1 });
    let accesses = 0;
    class Miscounting extends EngineReplayMachine {
      override anonDelta(cpu: number, index: number): number {
        return super.anonDelta(cpu, index) + (++accesses % 1000 === 0 ? 1 : 0);
      }
    }
    const path = new URL("../../traces/threads.perf.txt.gz", import.meta.url).pathname;
    const { fidelity } = await replayTrace(traceFile(path), new Miscounting(engine));
    await engine.dispose();
    expect(accesses).toBeGreaterThan(3000);
    expect(fidelity.exact).toBeLessThan(fidelity.samples / 2);
  });
});
