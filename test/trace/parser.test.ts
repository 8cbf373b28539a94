/** One line in, one event out: each kind of event, the odd lines, and where errors point. */

import { describe, expect, it } from "vitest";
import { InputError } from "../../src/errors.js";
import * as Ev from "../../src/trace/event.js";
import { TraceParser } from "../../src/trace/parser.js";

const HEAD = "            bash 31519/31520 [001]  1744.569689016: ";

type Seen = Partial<Ev.TraceEvent> & { name: string; words: string; argv: number[] };

function parse(text: string, chunk = text.length): Seen[] {
  const seen: Seen[] = [];
  const parser = new TraceParser("t.txt", {
    event(event) {
      seen.push({ ...event, name: event.comm(), words: event.text(), argv: [...event.args] });
      return false;
    },
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunk) parser.feed(bytes.slice(at, at + chunk));
  parser.finish();
  return seen;
}

function one(body: string, head = HEAD): Seen {
  const [event, ...more] = parse(`${head}${body}\n`);
  expect(more).toEqual([]);
  return event as Seen;
}

function problem(text: string): InputError {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }
  throw new Error("no error");
}

describe("a line's head", () => {
  it("has a comm, pid, tid, CPU and a time in nanoseconds", () => {
    expect(one("a:b: x=1")).toMatchObject({
      pid: 31519,
      tid: 31520,
      cpu: 1,
      time: 1744569689016,
      name: "bash",
      line: 1,
    });
  });

  it.each([
    ["Web Content", "     Web Content  7/8  [000]     0.5: "],
    ["a [1] b", "         a [1] b 7/8 [000]     0.5: "],
    ["x 1/2 [3]", "       x 1/2 [3] 7/8 [000]     0.5: "],
    ["[kthread]", "[kthread] 7/8 [000] 0.5: "],
    ["kworker/u8:2-1/2", "kworker/u8:2-1/2 7/8 [000] 0.5: "],
    ["naïve", "           naïve 7/8 [000] 0.5: "],
  ])("takes the comm %j", (comm, head) => {
    expect(one("a:b: ", head)).toMatchObject({ name: comm, pid: 7, tid: 8, cpu: 0, time: 5e8 });
  });

  it("takes microseconds, negative numbers and many CPUs", () => {
    expect(one("a:b: ", "x -1/-1 [127] 12.000001: ")).toMatchObject({
      pid: -1,
      tid: -1,
      cpu: 127,
      time: 12000001000,
    });
  });
});

describe("events", () => {
  it("page faults", () => {
    expect(
      one("exceptions:page_fault_user: address=0x7f76851430e0 ip=0x7f7684fbb017 error_code=0x14"),
    ).toMatchObject({
      kind: Ev.EV_FAULT_USER,
      address: 0x7f76851430e0,
      errorCode: 0x14,
    });
    expect(one("exceptions:page_fault_kernel: address=0xABC ip=elf_load error_code=0x2")).toMatchObject({
      kind: Ev.EV_FAULT_KERNEL,
      address: 0xabc,
      errorCode: 2,
    });
    expect(one("exceptions:page_fault_kernel: address=some_symbol ip=a b error_code=0x0")).toMatchObject({
      address: -1,
    });
  });

  it("page counts", () => {
    expect(one("kmem:rss_stat: mm_id=3933266075 curr=1 type=MM_ANONPAGES size=8192B")).toMatchObject({
      kind: Ev.EV_RSS_STAT,
      mmId: 3933266075,
      current: true,
      counter: Ev.RSS_ANON,
      bytes: 8192,
    });
    for (const [name, counter] of [
      ["FILEPAGES", Ev.RSS_FILE],
      ["SWAPENTS", Ev.RSS_SWAP],
      ["SHMEMPAGES", Ev.RSS_SHMEM],
    ] as const) {
      expect(one(`kmem:rss_stat: mm_id=1 curr=0 type=MM_${name} size=-4096B`)).toMatchObject({
        current: false,
        counter,
        bytes: -4096,
      });
    }
  });

  it.each([
    [
      "mmap",
      "addr: 0x00000000, len: 0x0000876b, prot: 0x1, flags: 0x802, fd: 0xffffffff, off: 0x7f0000001000",
      [0, 0x876b, 1, 0x802, 0xffffffff, 0x7f0000001000],
    ],
    ["munmap", "addr: 0x7f76850fc000, len: 0x0000876b", [0x7f76850fc000, 0x876b]],
    ["mprotect", "start: 0x7f76850b6000, len: 0x00004000, prot: 0x00000001", [0x7f76850b6000, 0x4000, 1]],
    ["brk", "brk: 0x564d1bf38000", [0x564d1bf38000]],
    [
      "mremap",
      "addr: 0x7000, old_len: 0x1000, new_len: 0x2000, flags: 0x1, new_addr: 0x0",
      [0x7000, 0x1000, 0x2000, 1, 0],
    ],
    [
      "madvise",
      "start: 0x7ff76b9bf000, len_in: 0x00001000, behavior: 0x00000004",
      [0x7ff76b9bf000, 0x1000, 4],
    ],
  ])("%s", (name, fields, args) => {
    const call = Ev.CALL_NAMES.indexOf(name as (typeof Ev.CALL_NAMES)[number]);
    const event = one(`syscalls:sys_enter_${name}: ${fields}`);
    expect(event).toMatchObject({ kind: Ev.EV_SYS_ENTER, call });
    expect(event.argv.slice(0, args.length)).toEqual(args);
    expect(one(`syscalls:sys_exit_${name}: 0x7f7685105000`)).toMatchObject({
      kind: Ev.EV_SYS_EXIT,
      call,
      result: 0x7f7685105000,
    });
    expect(one(`syscalls:sys_exit_${name}: 0xfffffffffffffff4`).result).toBeGreaterThanOrEqual(2 ** 63);
  });

  it("tasks", () => {
    expect(one("PERF_RECORD_FORK(31921:31923):(31921:31921)")).toMatchObject({
      kind: Ev.EV_FORK,
      childPid: 31921,
      childTid: 31923,
      parentPid: 31921,
      parentTid: 31921,
    });
    expect(one("PERF_RECORD_EXIT(5:6):(7:8)")).toMatchObject({ kind: Ev.EV_EXIT, childPid: 5, childTid: 6 });
    expect(one("PERF_RECORD_COMM exec: a: b/1:31519/31520")).toMatchObject({
      kind: Ev.EV_COMM,
      exec: true,
      words: "a: b/1",
      childPid: 31519,
      childTid: 31520,
    });
    expect(one("PERF_RECORD_COMM: perf-exec:5/5")).toMatchObject({ exec: false, words: "perf-exec" });
    expect(
      one("sched:sched_process_fork: comm=a child_pid=1 pid=3 child_comm=b c child_pid=9"),
    ).toMatchObject({
      kind: Ev.EV_SCHED_FORK,
      childTid: 9,
    });
    expect(one("sched:sched_process_exec: filename=./my tool pid=31 old_pid=32")).toMatchObject({
      kind: Ev.EV_SCHED_EXEC,
      words: "./my tool",
      childTid: 31,
      parentTid: 32,
    });
    expect(one("sched:sched_process_exit: comm=ls pid=31 prio=120 group_dead=true")).toMatchObject({
      kind: Ev.EV_SCHED_EXIT,
      childTid: 31,
      groupDead: true,
    });
    expect(one("sched:sched_process_exit: comm=ls pid=31 prio=120")).toMatchObject({ groupDead: false });
  });

  it("mappings", () => {
    expect(
      one("PERF_RECORD_MMAP2 5/6: [0x564ce6eca000(0xc1000) @ 0x2f000 fe:10 260104 77]: r-xp my file"),
    ).toMatchObject({
      kind: Ev.EV_MAP,
      childPid: 5,
      childTid: 6,
      mapStart: 0x564ce6eca000,
      mapLength: 0xc1000,
      mapOffset: 0x2f000,
      mapMajor: 0xfe,
      mapMinor: 0x10,
      mapInode: 260104,
      mapGeneration: 77,
      prot: 5,
      shared: false,
      words: "my file",
    });
    expect(one("PERF_RECORD_MMAP2 5/6: [0x1000(0x1000) @ 0 <c0ffee>]: rw-s x")).toMatchObject({
      mapMajor: Ev.NO_DEVICE,
      mapOffset: 0,
      prot: 3,
      shared: true,
    });
    expect(
      one(
        "PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x1209988) @ 0xffffffff81000000]: x [kernel.kallsyms]_text",
      ),
    ).toMatchObject({
      kind: Ev.EV_MAP,
      childPid: -1,
      prot: 4,
    });
  });

  it.each([
    ["PERF_RECORD_THROTTLE", "PERF_RECORD_THROTTLE"],
    ["PERF_RECORD_AUX", "PERF_RECORD_AUX"],
    ["irq:irq_handler_entry: irq=1", "irq:irq_handler_entry"],
    ["syscalls:sys_enter_read: fd: 0x3", "syscalls:sys_enter_read"],
    ["syscalls:sys_enter_mmap2: fd: 0x3", "syscalls:sys_enter_mmap2"],
    ["sched:sched_switch: a", "sched:sched_switch"],
    ["page-faults:", "page-faults"],
  ])("hands on %j by name", (body, name) => {
    expect(one(body)).toMatchObject({ kind: Ev.EV_OTHER, words: name });
  });
});

describe("losses", () => {
  it("are counted, those that perf noticed and those that it summed up", () => {
    expect(one("PERF_RECORD_LOST lost 12")).toMatchObject({ kind: Ev.EV_LOST, lost: 12, lostSamples: false });
    expect(one("PERF_RECORD_LOST_SAMPLES lost 7")).toMatchObject({
      kind: Ev.EV_LOST,
      lost: 7,
      lostSamples: true,
    });
  });
});

describe("perf script's own choice of fields", () => {
  const at = (tid: number, body: string) => `     my prog ${tid} [001] 78161.208631: ${body}\n`;

  it("has no process number: the records of tasks show it", () => {
    const text =
      at(10, "PERF_RECORD_FORK(10:11):(10:10)") +
      at(
        11,
        "exceptions:page_fault_user: address=0x1000 ip=0x1 error_code=0x6 ffffffff821f31c0 exc_page_fault+0x1",
      ) +
      at(12, "exceptions:page_fault_user: address=0x2000 ip=0x1 error_code=0x6");
    const events = parse(text);
    expect(events.map(({ pid, tid, name, time }) => [pid, tid, name, time])).toEqual([
      [10, 10, "my prog", 78161208631000],
      [10, 11, "my prog", 78161208631000],
      [12, 12, "my prog", 78161208631000],
    ]);
    expect(events[1]).toMatchObject({ address: 0x1000, errorCode: 6 });
  });

  it("shows stacks, which are passed over", () => {
    const stack =
      "\tffffffff815e39b0 do_wp_page+0xa60 ([kernel.kallsyms])\n\t           1234 [unknown] (x)\n\n";
    const events = parse(at(1, "a:b: ") + stack + at(1, "c:d: ") + stack);
    expect(events.map(({ words, line }) => [words, line])).toEqual([
      ["a:b", 1],
      ["c:d", 5],
    ]);
  });
});

describe("another tool's text", () => {
  it.each([
    ["strace", 'execve("/usr/bin/true", ["true"], 0x7ffe932d95e8 /* 35 vars */) = 0'],
    ["strace", "20903 1795789080.352718 brk(NULL)       = 0x55ff36b11000"],
    ["strace", '[pid 20903] 12:00:01 <... read resumed>"", 512) = 0'],
    ["strace", "+++ exited with 0 +++"],
    ["ftrace", "# tracer: nop"],
    ["ftrace", "            bash-1977    [000] .... 17284.993652: sys_close: x"],
    ["ftrace", "bash-1977  [000] 17284.993652: kmem:rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=8192B"],
    ["ftrace", "cpus=2"],
    ["perf trace", "     0.000 ( 0.000 ms): true/20872 minfault [elf_load+0x28a] => 0x5612cb2391e0 (?k)"],
    ["perf trace", "         ? (         ): true/20875  ... [continued]: execve())     = 0"],
    ["perf trace", "     0.000 true/20872 sched:sched_process_exec(filename: x)"],
    ["bpftrace", "Attaching 3 probes..."],
    ["bpftrace", "@[bash]: 12"],
    ["valgrind", "==123== Lackey, an example Valgrind tool"],
    ["perf report", "# Samples: 1K of event 'page-faults'"],
  ])("of %s is refused by name: %s", (tool, line) => {
    const error = problem(`${line}\n${HEAD}a:b: \n`);
    expect(error.message).toContain(`this is text of ${tool}`);
    expect(error.hint).toContain("rmap record -o FILE -- COMMAND");
  });

  it("is not seen in a recording's own lines", () => {
    for (const comm of ["brk(1)", "a-1", "x: ", "@x", "==1==", "cpus=2"])
      expect(parse(`${comm} 1/1 [000] 1.0: a:b: \n`)).toHaveLength(1);
  });
});

describe("text", () => {
  const LINES = `${HEAD}a:b: \n\n# comment\r\n${HEAD}c:d: x\r\n${HEAD}e:f: `;

  it("may be cut anywhere, end without a newline, and have CRLF, comments and empty lines", () => {
    for (const chunk of [1, 2, 7, 50, 1000]) {
      const events = parse(LINES, chunk);
      expect(events.map((event) => [event.words, event.line])).toEqual([
        ["a:b", 1],
        ["c:d", 4],
        ["e:f", 5],
      ]);
    }
  });

  it("stops when the visitor asks, and goes on from there", () => {
    let count = 0;
    const parser = new TraceParser("t", { event: () => ++count === 1 });
    const bytes = new TextEncoder().encode(LINES);
    const at = parser.feed(bytes);
    expect([count, at]).toEqual([1, `${HEAD}a:b: \n`.length]);
    expect(parser.feed(bytes, at)).toBe(bytes.length);
    parser.finish();
    expect(count).toBe(3);
  });
});

describe("errors", () => {
  it.each([
    ["nonsense", 1, "`COMM PID/TID [CPU]"],
    ["bash 1x [001] 1.0: a:b: ", 1, "`COMM PID/TID [CPU]"],
    ["bash 1/2 [001] x.0: a:b: ", 16, "a time in seconds"],
    ["bash 1/2 [001] 1: a:b: ", 17, "`.` and a fraction"],
    ["bash 1/2 [001] 1.1234567890: a:b: ", 28, "1 to 9 digits"],
    ["bash 1/2 [001] 1.5 a:b: ", 19, "`:` after the time"],
    ["bash 1/2 [001] 1.5:", 20, "an event name"],
    ["bash 1/2 [001] 1.5: kmem:rss_s", 31, "`:` after the event's name"],
    ["bash 1/2 [001] 1.5: kmem:rss_stat: mm_id=x", 42, "a number after `mm_id=`"],
    ["bash 1/2 [001] 1.5: kmem:rss_stat: mm_id=1 curr=1 type=MM_WHAT size=1B", 59, "ANONPAGES"],
    ["bash 1/2 [001] 1.5: exceptions:page_fault_user: address=0xg", 59, "a hexadecimal address"],
    ["bash 1/2 [001] 1.5: exceptions:page_fault_user: address=0x1 ip=0x2", 60, "error_code"],
    ["bash 1/2 [001] 1.5: syscalls:sys_enter_munmap: addr: 0x1", 57, "2 arguments `NAME: 0x…` (there are 1)"],
    ["bash 1/2 [001] 1.5: syscalls:sys_exit_mmap: -1", 43, "a result"],
    ["bash 1/2 [001] 1.5: PERF_RECORD_FORK(1:2):(3)", 45, "`PID:TID`"],
    ["bash 1/2 [001] 1.5: PERF_RECORD_MMAP2 1/2: [0x1(0x2) @ 0 fe:00 1 0]: q-- x", 70, "a protection"],
  ])("%j points at its place", (line, column, expected) => {
    const error = problem(`${HEAD}a:b: \n\n${line}\n`);
    expect(error.position).toEqual({ file: "t.txt", line: 3, column });
    expect(error.message).toContain(`t.txt:3:${column}: expected `);
    expect(error.message).toContain(expected);
    expect(error.hint).toContain("perf script --ns");
    expect([error.code, error.exitCode]).toEqual(["EINPUT", 5]);
  });

  it("names input without events and endless lines", () => {
    expect(problem("# only a comment\n").message).toContain("no trace event");
    expect(problem(`${HEAD}a:b: \n${"x".repeat(70000)}`).message).toMatch(/^t\.txt:2:1: a line of more than/);
  });
});
