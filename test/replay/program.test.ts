/** Small traces, line by line: what becomes of forks, vforks, threads, execs, calls and odd events. */

import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { RmapError } from "../../src/errors.ts";
import { replayTrace } from "../../src/replay/replay.ts";
import { traceToOps } from "../../src/replay/to-ops.ts";
import { traceBytes } from "../../src/trace/source.ts";
import { ModelMachine } from "./model-machine.ts";

/** Lines of a trace from `[pid/tid@cpu] body`; each is a microsecond later than the one before. */
function trace(script: string): string {
  const lines = script.split("\n").map((line) => line.trim());
  let time = 1000;
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const [, pid, tid, cpu, body] = /^(\d+)\/(\d+)@(\d+) (.*)$/.exec(line) as RegExpExecArray;
      time++;
      const stamp = body?.startsWith("@0 ") ? "0.000000000" : `5.${String(time).padStart(6, "0")}000`;
      return `            prog ${pid}/${tid} [00${cpu}]     ${stamp}: ${body?.replace(/^@0 /, "")}\n`;
    })
    .join("");
}

const EXEC = `
  1/1@0 PERF_RECORD_COMM exec: prog:1/1
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x7ffc00000000(0x21000) @ 0x7ffffffde000 00:00 0 0]: rw-p [stack]
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x400000(0x4000) @ 0 fe:00 77 0]: r-xp prog
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x404000(0x2000) @ 0x4000 fe:00 77 0]: rw-p prog
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x7f0000000000(0x2000) @ 0 00:00 0 0]: r-xp [vdso]
  1/1@0 sched:sched_process_exec: filename=prog pid=1 old_pid=1
  1/1@0 exceptions:page_fault_user: address=0x404010 ip=0x1 error_code=0x6`;

const ANON = (mm: number, pages: number, current = 1) =>
  `kmem:rss_stat: mm_id=${mm} curr=${current} type=MM_ANONPAGES size=${pages * 4096}B`;
const WRITE = (address: string) => `exceptions:page_fault_user: address=${address} ip=0x1 error_code=0x6`;
const READ = (address: string) => `exceptions:page_fault_user: address=${address} ip=0x1 error_code=0x4`;

async function ops(script: string): Promise<string[]> {
  let text = "";
  await traceToOps(traceBytes(trace(script)), (piece) => {
    text += piece;
  });
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

async function replay(script: string, cpus = 2) {
  const machine = new ModelMachine(cpus);
  const report = await replayTrace(traceBytes(trace(script)), machine);
  expect(machine.errors).toEqual([]);
  expect(machine.live.size).toBe(0);
  return report;
}

/** The same on the checked engine. */
async function replayOnEngine(script: string) {
  const engine = await Engine.create({ cpus: 2, checked: true });
  const report = await replayTrace(traceBytes(trace(script)), new EngineReplayMachine(engine));
  engine.check();
  await engine.dispose();
  return report;
}

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

  it("without page counts every new process is a fork, without records the scheduler's word counts", async () => {
    const lines = await ops(`
      1/1@0 ${READ("0x1000")}
      1/1@0 sched:sched_process_fork: comm=prog pid=1 child_comm=prog child_pid=2
      2/2@1 ${READ("0x1000")}
      2/2@1 sched:sched_process_exit: comm=prog pid=2 prio=120 group_dead=true`);
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
});

describe("calls", () => {
  const CALL = (name: string, fields: string, result: string) => `
      1/1@0 syscalls:sys_enter_${name}: ${fields}
      1/1@0 syscalls:sys_exit_${name}: ${result}`;
  const MMAP = (flags: string, result: string, length = "0x2345") =>
    CALL("mmap", `addr: 0x0, len: ${length}, prot: 0x3, flags: ${flags}, fd: 0x3, off: 0x1000`, result);

  it("take effect at their exit, where the kernel put them", async () => {
    const lines = await ops(`
      1/1@0 ${READ("0x1000")}
      ${MMAP("0x22", "0x7f0000010000")}
      ${MMAP("0x1", "0x7f0000020000")}
      ${MMAP("0x8022", "0x7f0000030000")}
      ${CALL("mprotect", "start: 0x7f0000010000, len: 0x1, prot: 0x0", "0x0")}
      ${CALL("mremap", "addr: 0x7f0000010000, old_len: 0x3000, new_len: 0x4000, flags: 0x1, new_addr: 0x0", "0x7f0000050000")}
      ${CALL("mremap", "addr: 0x7f0000050000, old_len: 0x4000, new_len: 0x1000, flags: 0x1, new_addr: 0x0", "0x7f0000050000")}
      ${CALL("mremap", "addr: 0x7f0000050000, old_len: 0x1000, new_len: 0x1000, flags: 0x5, new_addr: 0x0", "0x7f0000060000")}
      ${CALL("mremap", "addr: 0x7f0000020000, old_len: 0x0, new_len: 0x1000, flags: 0x1, new_addr: 0x0", "0x7f0000070000")}
      ${CALL("madvise", "start: 0x7f0000050000, len_in: 0x1000, behavior: 0x4", "0x0")}
      ${CALL("brk", "brk: 0x0", "0x600000")}
      ${CALL("brk", "brk: 0x603000", "0x603000")}
      ${CALL("brk", "brk: 0x601000", "0x601000")}
      ${CALL("munmap", "addr: 0x7f0000020000, len: 0x2345", "0x0")}`);
    expect(lines.slice(3)).toEqual([
      `1 mmap ${0x7f0000010} 3 rw private anon`,
      `1 mmap ${0x7f0000020} 3 rw shared file 1`,
      `1 mmap ${0x7f0000030} 3 rw private anon`,
      `1 touch ${0x7f0000030} 3 w`,
      `1 mprotect ${0x7f0000010} 1 none`,
      `1 mremap ${0x7f0000010} 3 4 ${0x7f0000050}`,
      `1 mremap ${0x7f0000050} 4 1`,
      `1 mremap ${0x7f0000050} 1 1 ${0x7f0000060} keep`,
      `1 mremap ${0x7f0000020} 0 1 ${0x7f0000070}`,
      `1 madvise ${0x7f0000050} 1 dontneed`,
      `1 mmap ${0x600} 3 rw private anon`,
      `1 munmap ${0x601} 2`,
      `1 munmap ${0x7f0000020} 3`,
      "1 exit",
    ]);
  });

  it("let the mapping of a file grow: in place, moved, a part of it, a copy that keeps its source, a child's", async () => {
    const REMAP = (addr: string, old: string, length: string, flags: number, result: string) =>
      CALL(
        "mremap",
        `addr: ${addr}, old_len: ${old}, new_len: ${length}, flags: 0x${flags}, new_addr: 0x0`,
        result,
      );
    const script = (flags: string) => `${EXEC}
      ${MMAP(flags, "0x7f0000100000", "0x4000")}
      ${REMAP("0x7f0000100000", "0x4000", "0x40000", 0, "0x7f0000100000")}
      1/1@0 ${WRITE("0x7f000013f000")}
      ${REMAP("0x7f0000100000", "0x40000", "0x100000", 1, "0x7f0000200000")}
      1/1@0 ${WRITE("0x7f00002ff000")}
      ${CALL("mprotect", "start: 0x7f0000280000, len: 0x80000, prot: 0x1", "0x0")}
      ${REMAP("0x7f0000200000", "0x80000", "0x200000", 1, "0x7f0000400000")}
      1/1@0 ${WRITE("0x7f00005ff000")}
      1/1@0 ${READ("0x7f0000281000")}
      ${REMAP("0x7f0000400000", "0x200000", "0x200000", 5, "0x7f0000800000")}
      ${REMAP("0x7f0000400000", "0x200000", "0x300000", 0, "0x7f0000400000")}
      1/1@0 ${WRITE("0x7f00006ff000")}
      1/1@0 PERF_RECORD_FORK(2:2):(1:1)
      ${REMAP("0x7f0000400000", "0x300000", "0x400000", 0, "0x7f0000400000").replaceAll("1/1@0", "2/2@1")}
      2/2@1 ${WRITE("0x7f00007fe000")}
      2/2@1 ${READ("0x7f00007ff000")}`;
    for (const flags of ["0x1", "0x2"]) {
      expect(await replay(script(flags))).toMatchObject({ failed: {}, skipped: {} });
      expect(await replayOnEngine(script(flags))).toMatchObject({ failed: {}, skipped: {} });
    }
  });

  it("say BUS where shared anonymous memory grew: it stays as long as it was mapped", async () => {
    const script = `
      ${MMAP("0x21", "0x7f0000100000", "0x4000")}
      ${CALL("mremap", "addr: 0x7f0000100000, old_len: 0x4000, new_len: 0x8000, flags: 0x1, new_addr: 0x0", "0x7f0000200000")}
      1/1@0 ${WRITE("0x7f0000203000")}
      1/1@0 ${WRITE("0x7f0000204000")}`;
    expect((await replay(script)).failed).toEqual({ "WRITE BUS": 1 });
    expect((await replayOnEngine(script)).failed).toEqual({ "WRITE BUS": 1 });
  });

  it("become a script in which the file of a mapping that grows has room for it", async () => {
    const file = `
      1/1@0 ${READ("0x1000")}
      ${MMAP("0x1", "0x7f0000100000", "0x4000")}`;
    const grow = CALL(
      "mremap",
      "addr: 0x7f0000100000, old_len: 0x4000, new_len: 0x10000, flags: 0x0, new_addr: 0x0",
      "0x7f0000100000",
    );
    const other = `
      1/1@0 @0 PERF_RECORD_MMAP2 1/1: [0x400000(0x4000) @ 0 fe:00 77 0]: r-xp prog`;
    const write = async (script: string) => {
      let text = "";
      const figures = await traceToOps(traceBytes(trace(script)), (piece) => {
        text += piece;
      });
      return { ...figures, grows: text.includes(`1 mremap ${0x7f0000100} 4 16\n`) };
    };
    // It begins at page 1 of the file, and is the last: its room grows.
    expect(await write(`${file}${grow}`)).toMatchObject({ filePages: 17, grows: true, skipped: {} });
    expect(await write(`${other}${file}${grow}`)).toMatchObject({
      filePages: 8 + 17,
      grows: true,
      skipped: {},
    });
    // The other file lies behind it: the script leaves the call out rather than let two files share pages.
    expect(await write(`${file}${other}${grow}`)).toMatchObject({
      grows: false,
      skipped: { "mremap that lets a file grow into the next one": 1 },
    });
  });

  it("that fail, lost their start, or are not known are counted", async () => {
    const report = await replay(`
      1/1@0 syscalls:sys_exit_munmap: 0x0
      ${MMAP("0x22", "0xfffffffffffffff4")}
      ${CALL("madvise", "start: 0x7f0000050000, len_in: 0x1000, behavior: 0x66", "0x0")}
      ${CALL("madvise", "start: 0x7f0000050000, len_in: 0x1000, behavior: 0xe", "0x0")}
      1/1@0 irq:softirq_entry: vec=1
      1/1@0 ${READ("0xffffffffff600000")}
      1/1@0 ${READ("0x5000")}`);
    expect(report.skipped).toEqual({
      "irq:softirq_entry": 1,
      "madvise 102": 1,
      "mmap that failed": 1,
      "syscalls:sys_exit_munmap without its start": 1,
      unmapped: 2,
    });
    expect(report.failed).toEqual({ "READ SEGV": 1 });
    expect(report.faults.total).toBe(1);
  });

  it("a heap whose start was not seen starts where the mapping does", async () => {
    const lines = await ops(`
      1/1@0 syscalls:sys_enter_brk: brk: 0x603000
      1/1@0 PERF_RECORD_MMAP2 1/1: [0x601000(0x2000) @ 0x601000 00:00 0 0]: rw-p //anon
      1/1@0 syscalls:sys_exit_brk: 0x603000`);
    expect(lines).toEqual(["0 fork 1", "cpu 1 0", `1 mmap ${0x601} 2 rw private anon`, "1 exit"]);
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
