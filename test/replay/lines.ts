/** Small traces as the tests write them, line by line, and what becomes of them. */

import { expect } from "vitest";
import { Engine } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../src/replay/replay.js";
import { traceToOps } from "../../src/replay/to-ops.js";
import { traceBytes } from "../../src/trace/source.js";
import { ModelMachine } from "./model-machine.js";

/** Lines of a trace from `[pid/tid@cpu] body`; each is a microsecond later than the one before. */
export function trace(script: string): string {
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

/** A process execs: its mappings, and a fault. */
export const EXEC = `
  1/1@0 PERF_RECORD_COMM exec: prog:1/1
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x7ffc00000000(0x21000) @ 0x7ffffffde000 00:00 0 0]: rw-p [stack]
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x400000(0x4000) @ 0 fe:00 77 0]: r-xp prog
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x404000(0x2000) @ 0x4000 fe:00 77 0]: rw-p prog
  1/1@0 PERF_RECORD_MMAP2 1/1: [0x7f0000000000(0x2000) @ 0 00:00 0 0]: r-xp [vdso]
  1/1@0 sched:sched_process_exec: filename=prog pid=1 old_pid=1
  1/1@0 exceptions:page_fault_user: address=0x404010 ip=0x1 error_code=0x6`;

/** The kernel counts the anonymous pages of an address space; `curr` 0 says that another one is current. */
export const ANON = (mm: number, pages: number, current = 1) =>
  `kmem:rss_stat: mm_id=${mm} curr=${current} type=MM_ANONPAGES size=${pages * 4096}B`;
/** A write fault. */
export const WRITE = (address: string) =>
  `exceptions:page_fault_user: address=${address} ip=0x1 error_code=0x6`;
/** A read fault. */
export const READ = (address: string) =>
  `exceptions:page_fault_user: address=${address} ip=0x1 error_code=0x4`;

/** Lines of the script that a trace becomes. */
export async function ops(script: string): Promise<string[]> {
  let text = "";
  await traceToOps(traceBytes(trace(script)), (piece) => {
    text += piece;
  });
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** The report of a replay that leaves nothing behind. */
export async function replay(script: string, cpus = 2) {
  const machine = new ModelMachine(cpus);
  const report = await replayTrace(traceBytes(trace(script)), machine);
  expect(machine.errors).toEqual([]);
  expect(machine.live.size).toBe(0);
  return report;
}

/** The same on the checked engine. */
export async function replayOnEngine(script: string) {
  const engine = await Engine.create({ cpus: 2, checked: true });
  const report = await replayTrace(traceBytes(trace(script)), new EngineReplayMachine(engine));
  engine.check();
  await engine.dispose();
  return report;
}
