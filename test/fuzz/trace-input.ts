/** Inputs of the kind `trace`: recordings, and how they are replayed. */
import { gzipSync } from "node:zlib";
import type { Dice } from "./dice.js";
import type { Entry } from "./input.js";
import { mutate } from "./mutate.js";
import { type Made, wayOf } from "./script-input.js";
import type { Seeds } from "./seeds.js";
import { anyTrace, type TraceOptions } from "./trace-text.js";

const MEMORY = ["4K", "8K", "64K", "512K", "2M", "16M", "1G"];
const SWAP = ["0", "4K", "256K", "64M", "8G"];

/** A recording, valid or nearly so, and how it is replayed. */
export function makeTrace(dice: Dice, seeds: Seeds): Made {
  const [shape, text, hostile = false] = traceText(dice, seeds);
  // What is large shows on the command line: its messages, its report.
  const way = hostile && dice.chance(0.5) ? "program" : wayOf(dice);
  const args = ["replay", "{}/trace.txt"];
  if (way !== "direct") args.push("--cpus", dice.pick(["1", "2", "2", "4"]));
  if (dice.chance(0.7)) args.push("--checked");
  if (dice.chance(0.3)) {
    args.push("--memory", dice.pick(MEMORY));
    if (dice.chance(0.5)) args.push("--swap", dice.pick(SWAP));
  }
  if (way !== "direct" && dice.chance(0.15)) {
    return {
      shape,
      way,
      entries: [{ path: "trace.txt", text }],
      args: ["replay", "{}/trace.txt", "--to-ops", "{}/x.ops"],
    };
  }
  if (dice.chance(0.5)) args.push("--json");
  return { shape, way, entries: [packed(dice, text)], args };
}

/** Now and then a recording is compressed, or begins as if it were. */
function packed(dice: Dice, text: string): Entry {
  if (!dice.chance(0.06)) return { path: "trace.txt", text };
  const bytes = gzipSync(Buffer.from(text, "latin1"));
  const whole = dice.weighted([
    [2, bytes],
    [1, bytes.subarray(0, dice.below(bytes.length))],
    [1, Buffer.concat([bytes, bytes])],
  ]);
  const made = Buffer.from(whole);
  if (dice.chance(0.4) && made.length > 0) made[dice.below(made.length)] = dice.below(256);
  return { path: "trace.txt", bytes: made.toString("base64") };
}

function ordinary(dice: Dice, wild: boolean): TraceOptions {
  return {
    processes: dice.pick([1, 1, 2, 5]),
    threads: dice.pick([0, 0, 1, 3]),
    cpus: dice.pick([1, 2, 4, 40]),
    events: dice.between(10, 160),
    shared: dice.pick([0.1, 0.1, 0.9]),
    wild,
  };
}

function traceText(dice: Dice, seeds: Seeds): [shape: string, text: string, hostile?: boolean] {
  const part = () => {
    const lines = dice.pick(seeds.traces).text.split("\n");
    const from = dice.chance(0.6) ? 0 : dice.below(lines.length);
    return lines.slice(from, from + dice.between(5, 250)).join("\n");
  };
  return dice.weighted<() => [string, string, boolean?]>([
    [26, () => ["grammar", anyTrace(dice, ordinary(dice, false))]],
    [24, () => ["wild numbers", anyTrace(dice, ordinary(dice, true))]],
    [12, () => ["part of a recording", part()]],
    [14, () => ["bytes of a recording", mutate(dice, part(), part())]],
    [12, () => ["bytes of grammar", mutate(dice, anyTrace(dice, ordinary(dice, true)), part())]],
    [3.6, () => [...hostile(dice), true]],
  ])();
}

function hostile(dice: Dice): [shape: string, text: string] {
  const line = (i: number, what: string, who = "10/10", cpu = "000") =>
    `c ${who} [${cpu}] 1.${String(i).padStart(9, "0")}: ${what}\n`;
  const times = (count: number, what: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => what(i)).join("");
  const fork = (i: number) => `PERF_RECORD_FORK(${11 + i}:${11 + i}):(10:10)`;
  const map = (length: string, flags: string, prot = "0x3") =>
    line(
      0,
      `syscalls:sys_enter_mmap: addr: 0x0, len: ${length}, prot: ${prot}, flags: ${flags}, fd: 0xffffffff, off: 0x0`,
    ) + line(1, "syscalls:sys_exit_mmap: 0x100000000000");
  const wide = () => dice.pick(["99", "8191", "8192", "4294967296", "9".repeat(20), "9".repeat(400)]);
  const size = () => dice.pick(["0x400000", "0x40000000", "0x1000000000", "0x7fffffffe000"]);
  return dice.pick<() => [string, string]>([
    () => ["empty", dice.pick(["", "\n", "# x\n", "x", "\u001f\u008b"])],
    () => ["CPU number", line(0, fault(1, 6), "10/10", wide())],
    () => ["process number", line(0, "cycles: 1", `${wide()}/${wide()}`)],
    () => ["populate", map(size(), dice.pick(["0x8022", "0x2022"]), dice.pick(["0x1", "0x3"]))],
    // Each page of shared memory is a frame of its own: 64 GiB of them are work for half a minute, and no hang.
    () => [
      "populate shared",
      map(dice.pick(["0x400000", "0x40000000"]), "0x8021", dice.pick(["0x1", "0x3"])),
    ],
    () => [
      "more pages than page tables",
      map(dice.pick(["0x1000000000", "0x8000000000"]), dice.pick(["0x8022", "0x2022"]), "0x1"),
    ],
    () => [
      "many processes",
      map("0x4000", "0x22") + times(dice.pick([1000, 6000]), (i) => line(i + 2, fork(i))),
    ],
    () => [
      "many threads",
      map("0x4000", "0x22") + manyThreads(dice.pick([2000, 60_000]), dice.chance(0.5), line),
    ],
    () => [
      "many processes that begin unseen",
      // A recording without any mapping record is refused at its end.
      times(dice.pick([2000, 60_000]), (i) => line(i, fault(0, 6), `${10 + i}/${10 + i}`)) + MAPPING,
    ],
    () => ["many event names", times(dice.pick([2000, 60_000]), (i) => line(i, `probe:event_${i}: (x)`))],
    () => [
      "long name",
      line(0, `PERF_RECORD_COMM exec: ${"n".repeat(dice.pick([300, 60_000, 70_000]))}:10/10`),
    ],
    () => ["shared memory", map("0x2000000", "0x21") + times(2000, (i) => line(i + 2, fault(i, 6)))],
    () => [
      "many exits",
      times(3000, (i) => line(i, `sched:sched_process_exit: comm=x pid=${i} prio=1 group_dead=true`)),
    ],
    () => [
      "counts",
      map("0x10000", "0x22") +
        times(4000, (i) => line(i + 2, `kmem:rss_stat: mm_id=${i} curr=1 type=MM_ANONPAGES size=${i}B`)),
    ],
  ])();
}

/** Threads that come, live at the same time, and go, or live to the end. */
function manyThreads(count: number, go: boolean, line: (i: number, what: string) => string): string {
  const born = Array.from({ length: count }, (_, i) => line(i, `PERF_RECORD_FORK(10:${11 + i}):(10:10)`));
  const gone = Array.from({ length: count }, (_, i) =>
    line(count + i, `PERF_RECORD_EXIT(10:${11 + i}):(10:10)`),
  );
  return born.join("") + (go ? gone.join("") : "");
}

/** What `perf script` prints for a program's first mapping. */
const MAPPING =
  "c 10/10 [000] 9.000000000: PERF_RECORD_MMAP2 10/10: [0x400000(0x1000) @ 0 08:01 1 1]: r-xp /bin/c\n";

function fault(page: number, code: number): string {
  return `exceptions:page_fault_user: address=0x${(0x100000000000 + page * 4096).toString(16)} ip=0x1 error_code=0x${code}`;
}
