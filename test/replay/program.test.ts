/** Small traces, line by line: what becomes of forks, vforks, threads, execs and odd events. */

import { describe, expect, it } from "vitest";
import { RmapError } from "../../src/errors.js";
import { replayTrace } from "../../src/replay/replay.js";
import { traceBytes } from "../../src/trace/source.js";
import { ANON, EXEC, ops, READ, replay, trace, WRITE } from "./lines.js";
import { ModelMachine } from "./model-machine.js";

describe("exec", () => {
  it("makes the mappings that its records show, and its argument pages", async () => {
    const script = `${EXEC}
      1/1@0 ${ANON(9, 3)}`;
    const lines = await ops(script);
    expect(lines.map((line) => line.replace(/(write \d+) .*/, "$1"))).toEqual([
      "0 fork 1",
      "cpu 1 0",
      `1 mmap ${0x7ffc00000 + 0x21 - 2048} 2048 rw private anon`,
      `1 mmap ${0x400} 4 r private file 0`,
      `1 mmap ${0x404} 2 rw private file 4`,
      `1 mmap ${0x7f0000000} 2 r private file 8`,
      `1 write ${0x404}`,
      // The record began inside the exec: the first count tells that there were two.
      `1 touch ${0x7ffc00000 + 0x21 - 2} 2 w`,
      "1 exit",
    ]);
    expect((await replay(script)).fidelity).toMatchObject({ samples: 1, exact: 1 });
  });

  it("takes the argument pages from the counts of the new address space", async () => {
    const report = await replay(`${EXEC}
      1/1@0 ${ANON(9, 2)}
      1/1@0 ${ANON(10, 1, 0)}
      1/1@0 ${ANON(10, 3, 0)}
      1/1@0 ${ANON(9, 70)}
      1/1@0 ${ANON(9, 0, 0)}
      ${EXEC}
      1/1@0 ${ANON(10, 4)}`);
    expect(report).toMatchObject({ execs: 2, fidelity: { samples: 2, exact: 2 }, failed: {} });
  });
});

describe("new threads and processes", () => {
  const FORK = "PERF_RECORD_FORK(2:2):(1:1)";

  it("a fork copies when counts of a new address space precede it", async () => {
    const report = await replay(`${EXEC}
      1/1@0 ${ANON(9, 2)}
      1/1@0 ${ANON(11, 2, 0)}
      1/1@0 ${FORK}
      1/1@0 sched:sched_process_fork: comm=prog pid=1 child_comm=prog child_pid=2
      2/2@1 ${WRITE("0x405000")}
      2/2@1 ${ANON(11, 3)}
      1/1@0 ${WRITE("0x7ffc0001f000")}
      1/1@0 ${ANON(9, 3)}
      2/2@1 PERF_RECORD_EXIT(2:2):(1:1)`);
    expect(report).toMatchObject({ forks: 1, fidelity: { samples: 3, exact: 3 } });
  });

  it("a vfork child shares until its exec, and leaves its parent's pages alone", async () => {
    const report = await replay(`${EXEC}
      1/1@0 ${ANON(9, 2)}
      1/1@0 ${FORK}
      2/2@1 ${WRITE("0x405000")}
      2/2@1 ${ANON(9, 3)}
      2/2@1 ${ANON(12, 1, 0)}
      ${EXEC.replaceAll("1/1", "2/2").replaceAll("pid=1", "pid=2")}
      2/2@0 ${ANON(12, 2)}
      1/1@0 ${WRITE("0x7ffc0001f000")}
      1/1@0 ${ANON(9, 4)}`);
    expect(report).toMatchObject({ forks: 0, execs: 2, fidelity: { samples: 4, exact: 4 } });
  });

  it("threads share; a write fault of another one, or a call, voids a sample", async () => {
    const script = (between: string) => `${EXEC}
      1/1@0 ${ANON(9, 2)}
      1/1@0 PERF_RECORD_FORK(1:3):(1:1)
      1/3@1 ${between}
      1/1@0 ${WRITE("0x405000")}
      1/1@0 ${ANON(9, 3)}`;
    expect((await replay(script(READ("0x404000")))).fidelity).toMatchObject({ samples: 2, exact: 2 });
    expect((await replay(script(WRITE("0x7ffc0001f000")))).fidelity.samples).toBe(1);
    expect((await replay(script("syscalls:sys_enter_brk: brk: 0x0"))).fidelity.samples).toBe(1);
  });

  it("a thread that is not the leader may exec", async () => {
    const report = await replay(`${EXEC}
      1/1@0 ${ANON(9, 2)}
      1/1@0 PERF_RECORD_FORK(1:3):(1:1)
      1/1@0 PERF_RECORD_EXIT(1:1):(1:1)
      1/3@0 ${ANON(13, 1, 0)}
      ${EXEC.replace("old_pid=1", "old_pid=3")}
      1/1@0 ${ANON(13, 2)}`);
    expect(report).toMatchObject({ execs: 2, fidelity: { samples: 2, exact: 2 } });
  });

  it("without page counts every new process is a fork", async () => {
    const lines = await ops(`
      1/1@0 ${READ("0x1000")}
      1/1@0 PERF_RECORD_FORK(2:2):(1:1)
      2/2@1 ${READ("0x1000")}
      2/2@1 PERF_RECORD_EXIT(2:2):(1:1)`);
    expect(lines).toEqual([
      "0 fork 1",
      "cpu 1 0",
      "1 read 1",
      "1 fork 2",
      "cpu 2 1",
      "2 read 1",
      "2 exit",
      "1 exit",
    ]);
  });

  it("without records of tasks the scheduler says when a thread ends", async () => {
    const lines = await ops(`
      1/1@0 ${READ("0x1000")}
      2/2@1 ${READ("0x1000")}
      1/1@0 sched:sched_process_exit: comm=prog pid=1 prio=120 group_dead=true
      2/2@1 ${READ("0x2000")}`);
    expect(lines.indexOf("1 exit")).toBeGreaterThan(0);
    expect(lines.indexOf("1 exit")).toBeLessThan(lines.indexOf("2 read 2"));
  });
});

it("keeps the beginning of a name that is no name of Linux", async () => {
  const name = "n".repeat(70_000);
  const { fidelity } = await replay(`
    ${EXEC}
    1/1@0 ${ANON(5, 1)}
    1/1@0 PERF_RECORD_COMM: ${name}:1/1
    1/1@0 ${WRITE("0x405000")}
    1/1@0 ${ANON(5, 9)}`);
  expect(fidelity.worst.map(({ comm }) => comm)).toEqual([`${"n".repeat(64)}…`]);
});

describe("a process that ran before its recording", () => {
  const running = `
    1/1@0 @0 PERF_RECORD_MMAP2 1/1: [0x400000(0x8000) @ 0 00:00 0 0]: rw-p //anon
    1/1@0 ${WRITE("0x400000")}
    1/1@0 ${ANON(5, 901)}
    1/1@0 ${WRITE("0x401000")}
    1/1@0 ${ANON(5, 902)}`;
  const cause = "of processes older than the recording";

  it("has pages that nobody can name: its counts are not compared", async () => {
    const { fidelity, outside } = await replay(running);
    expect(fidelity).toMatchObject({ samples: 0, first: null });
    expect(outside).toMatchObject({ samples: 2, causes: { [cause]: 2 } });
  });

  it("gives these to a child of a fork, until that execs", async () => {
    const { fidelity, outside } = await replay(`${running}
      1/1@0 ${ANON(6, 902, 0)}
      1/1@0 PERF_RECORD_FORK(2:2):(1:1)
      2/2@1 ${WRITE("0x402000")}
      2/2@1 ${ANON(6, 902)}
      2/2@1 ${WRITE("0x403000")}
      2/2@1 ${ANON(6, 903)}
      ${EXEC.replaceAll("1/1", "2/2").replace("1:1", "2:2").replace("pid=1 old_pid=1", "pid=2 old_pid=2")}
      2/2@1 ${ANON(7, 1)}
      2/2@1 ${WRITE("0x405010")}
      2/2@1 ${ANON(7, 2)}`);
    expect(outside.causes).toEqual({ [cause]: 4 });
    expect(fidelity).toMatchObject({ samples: 2, exact: 2 });
  });
});

describe("a recording without some kinds of records", () => {
  const START = `1/1@0 @0 PERF_RECORD_MMAP2 1/1: [0x400000(0x4000) @ 0 fe:00 77 0]: r-xp prog
    1/1@0 ${READ("0x400000")}`;
  const FORK = "1/1@0 sched:sched_process_fork: comm=prog pid=1 child_comm=prog child_pid=2";
  const EXEC = "1/1@0 sched:sched_process_exec: filename=prog pid=1 old_pid=1";

  it.each<[string, string, RegExp]>([
    ["a fork without a record of the task", `${START}\n${FORK}`, /no records of tasks/],
    ["an exec without one", `${START}\n${EXEC}`, /no records of tasks/],
    ["an exec without mappings", `1/1@0 PERF_RECORD_COMM exec: prog:1/1\n${EXEC}`, /no records of mappings/],
    ["neither", `1/1@0 ${READ("0x400000")}\n${EXEC}`, /no records of tasks .* nor of mappings/],
    [
      "a running program without mappings",
      Array.from({ length: 10 }, (_, i) => `1/1@0 ${READ(`0x40${i}000`)}`).join("\n"),
      /no records of mappings/,
    ],
  ])("%s is refused", async (_, script, message) => {
    await expect(replay(script)).rejects.toThrow(message);
  });

  it("is none where all are there, or where nothing needs them", async () => {
    await replay(`${START}\n1/1@0 PERF_RECORD_FORK(2:2):(1:1)\n${FORK}`);
    await replay(`1/1@0 ${READ("0x400000")}`);
  });
});

describe("records outside calls", () => {
  it("mappings at time 0 existed before; later ones tell of a protection; a stack's growth says nothing", async () => {
    const lines = await ops(`
      1/1@0 @0 PERF_RECORD_MMAP2 1/1: [0x400000(0x4000) @ 0 fe:00 77 0]: r-xp prog
      1/1@0 @0 PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x1209988) @ 0]: x [kernel.kallsyms]_text
      1/1@0 PERF_RECORD_MMAP2 1/1: [0x401000(0x1000) @ 0 fe:00 77 0]: rwxp prog
      1/1@0 PERF_RECORD_MMAP2 1/1: [0x7ffc5642c000(0x3b000) @ 0x7ffffffc4000 00:00 0 0]: rw-p [stack]`);
    expect(lines).toEqual([
      "0 fork 1",
      "cpu 1 0",
      `1 mmap ${0x400} 4 r private file 0`,
      `1 mprotect ${0x401} 1 rw`,
      "1 exit",
    ]);
  });
});

it("says when the machine has too few address spaces", async () => {
  const script = Array.from({ length: 70 }, (_, i) => `${i + 1}/${i + 1}@0 ${READ("0x1000")}`).join("\n");
  const error = await replayTrace(traceBytes(trace(script)), new ModelMachine()).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RmapError);
  expect((error as RmapError).code).toBe("ESPACES");
});

it("keeps the samples that differ most, the worst first", async () => {
  const { fidelity } = await replay(`${EXEC}
    1/1@0 ${ANON(9, 2)}
    1/1@0 ${WRITE("0x405000")}
    1/1@0 ${ANON(9, 4)}
    1/1@0 ${WRITE("0x7ffc0001f000")}
    1/1@0 ${ANON(9, 9)}`);
  expect(fidelity).toMatchObject({ samples: 3, exact: 1, within1: 2, maxDiffPages: 5 });
  expect(fidelity.worst).toEqual([
    { space: 0, pages: 9, counted: 4, time: 5001012000, pid: 1, tid: 1, comm: "prog" },
    { space: 0, pages: 4, counted: 3, time: 5001010000, pid: 1, tid: 1, comm: "prog" },
  ]);
});

it("tells how far it is", async () => {
  const seen: number[] = [];
  const source = traceBytes(trace(EXEC));
  await replayTrace(source, new ModelMachine(), { onProgress: ({ events }) => seen.push(events) });
  expect(seen).toEqual([7]);
});

it("a damaged count of the kernel is taken as whole pages", async () => {
  const damaged = `1/1@0 ${ANON(1, 2)}\n1/1@0 ${ANON(1, 2).replace("=8192B", "=12345B")}\n1/1@0 ${ANON(1, 9).replace("=36864B", "=36865B")}`;
  const { outside } = await replay(`${EXEC}\n${damaged}`);
  expect(outside.samples).toBeGreaterThan(0);
  expect(outside.pages).toBe(Math.floor(outside.pages));
});
