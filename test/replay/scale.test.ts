/** How a replay's bookkeeping grows with a trace: counted in steps through collections, not in time. */

import { describe, expect, it } from "vitest";
import { RmapError } from "../../src/errors.js";
import { ownOpCodes } from "../../src/record/codes.js";
import { NO_SAMPLES } from "../../src/replay/machine.js";
import { Program } from "../../src/replay/program.js";
import { tally } from "../../src/replay/tally.js";
import { readTrace } from "../../src/trace/index.js";
import { traceBytes } from "../../src/trace/source.js";

const FAULT = "exceptions:page_fault_user: address=0x100000 ip=0x1 error_code=0x6";

/** Makes a trace: `say(process, thread, body)` for each event. */
type Script = (n: number, say: (pid: number, tid: number, body: string) => void) => void;

function each(n: number, run: (i: number) => void): void {
  for (let i = 0; i < n; i++) run(i);
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  "threads of one process": (n, say) => {
    each(n, (i) => say(10, 10, `PERF_RECORD_FORK(10:${11 + i}):(10:10)`));
    each(n, (i) => say(10, 11 + i, FAULT));
    each(n, (i) => say(10, 11 + i, `PERF_RECORD_EXIT(10:${11 + i}):(10:10)`));
  },
  "threads that begin unseen": (n, say) => each(n, (i) => say(10, 10 + i, FAULT)),
  "threads whose leader has ended": (n, say) => {
    each(n, (i) => say(10, 10 + i, FAULT));
    each(n, (i) => say(10, 10 + i, `PERF_RECORD_EXIT(10:${10 + i}):(1:1)`));
  },
  "processes that begin unseen": (n, say) => each(n, (i) => say(10 + i, 10 + i, FAULT)),
  "processes that live at once": (n, say) => {
    say(10, 10, FAULT);
    each(n, (i) => say(10, 10, `PERF_RECORD_FORK(${11 + i}:${11 + i}):(10:10)`));
  },
  "processes that live for a moment": (n, say) =>
    each(n, (i) => {
      say(10, 10, FAULT);
      say(10, 10, `PERF_RECORD_FORK(${11 + i}:${11 + i}):(10:10)`);
      say(11 + i, 11 + i, `PERF_RECORD_EXIT(${11 + i}:${11 + i}):(10:10)`);
    }),
  "execs under numbers that nobody has": (n, say) =>
    each(n, (i) => say(10 + i, 10 + i, `PERF_RECORD_COMM exec: p${i}:${10 + i}/${10 + i}`)),
  "execs beside many that build an address space": (n, say) => {
    each(n, (i) => say(10 + i, 10 + i, `kmem:rss_stat: mm_id=${9 + i} curr=0 type=MM_ANONPAGES size=4096B`));
    each(n, (i) => say(10 + i, 900_000 + i, `PERF_RECORD_COMM exec: p${i}:${10 + i}/${900_000 + i}`));
  },
  "names of threads": (n, say) => each(n, (i) => say(10, 10, `PERF_RECORD_COMM: name${i}:10/10`)),
  files: (n, say) =>
    each(n, (i) =>
      say(
        10,
        10,
        `PERF_RECORD_MMAP2 10/10: [0x${(i + 1).toString(16)}000(0x1000) @ 0 fe:00 ${i + 5} 0]: r--p /f${i}`,
      ),
    ),
  "unknown events": (n, say) => each(n, (i) => say(10, 10, `made:up_${i}: x=1`)),
};

/** Steps that iterators of maps and sets take while a trace becomes operations. */
async function steps(script: Script, n: number): Promise<number> {
  const lines: string[] = [];
  script(n, (pid, tid, body) => lines.push(`  prog ${pid}/${tid} [000] 1.000000000: ${body}\n`));
  const sink = { full: false, push() {} };
  const program = new Program({ codes: ownOpCodes(), spaces: 65535, files: 8192 }, sink, NO_SAMPLES);
  const kinds = [new Map().values(), new Set().values()].map((kind) => Object.getPrototypeOf(kind));
  const own = kinds.map((kind) => kind.next);
  let count = 0;
  for (const [at, kind] of kinds.entries()) {
    kind.next = function next(this: unknown) {
      count++;
      return own[at].call(this);
    };
  }
  try {
    await readTrace(traceBytes(lines.join("")), program, {});
    // A sink that is full now and then, as rings are.
    for (let turn = 0; ; turn++) {
      sink.full = turn % 2 === 0;
      if (program.finish()) break;
      if (turn > 2 * n + 10) throw new Error("finish does not end");
      sink.full = false;
      if (turn > 64 && program.finish()) break;
    }
    tally(program.figures().skipped);
  } finally {
    for (const [at, kind] of kinds.entries()) kind.next = own[at];
  }
  return count;
}

describe("work in proportion to", () => {
  it.each(Object.entries(SCRIPTS))("%s", async (_, script) => {
    const [few, many] = [await steps(script, 1000), await steps(script, 4000)];
    expect(many).toBeLessThan(6 * few + 2000);
    // A few steps an event, and no look at all others.
    expect(many).toBeLessThan(10 * 3 * 4000);
  });
});

it("ends at one address space too many, with the line and what to do", async () => {
  const program = new Program(
    { codes: ownOpCodes(), spaces: 5, files: 8 },
    { full: false, push() {} },
    NO_SAMPLES,
  );
  const text = Array.from(
    { length: 9 },
    (_, i) => `  prog ${i + 1}/${i + 1} [000] 1.000000000: ${FAULT}\n`,
  ).join("");
  const error = await readTrace(traceBytes(text), program, {}).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(RmapError);
  expect(error).toMatchObject({
    code: "ESPACES",
    exitCode: 3,
    hint: expect.stringContaining("perf record --pid"),
  });
  expect(error.message).toBe(
    "line 6 of the trace begins one address space too many: a replay has room for 5 at a time",
  );
});
