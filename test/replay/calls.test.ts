/** Small traces, line by line: what becomes of system calls. */

import { describe, expect, it } from "vitest";
import { traceToOps } from "../../src/replay/to-ops.js";
import { traceBytes } from "../../src/trace/source.js";
import { EXEC, ops, READ, replay, replayOnEngine, trace, WRITE } from "./lines.js";

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
      ${CALL("madvise", "start: 0x7f0000050000, len_in: 0x1000, behavior: 0x63", "0x0")}
      ${CALL("madvise", "start: 0x7f0000050000, len_in: 0x1000, behavior: 0xe", "0x0")}
      1/1@0 irq:softirq_entry: vec=1
      1/1@0 ${READ("0xffffffffff600000")}
      1/1@0 ${READ("0x5000")}`);
    expect(report.skipped).toEqual({
      "irq:softirq_entry": 1,
      "madvise 99": 1,
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
