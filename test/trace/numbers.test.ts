/** Every number of every line: what is too large, negative or no number is refused at its place, and never taken for another one. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../dist/errors.js";
import { readTrace, traceBytes } from "../../dist/trace/index.js";

const HEAD = "  a 12/13 [003] 1.000000001: ";

/** Lines in which each `~` is a number, and the largest one that stands there (in the line's own notation). */
const LINES: readonly (readonly [line: string, most: string, over: string])[] = [
  ["  a 12/13 [~] 1.000000001: x: ", "8191", "8192"],
  ["  a ~/13 [003] 1.000000001: x: ", "2147483647", "2147483648"],
  ["  a 12/~ [003] 1.000000001: x: ", "2147483647", "2147483648"],
  ["  a 12/13 [003] ~.000000001: x: ", "18446744073", "18446744074"],
  ["  a 12/13 [003] 1.~: x: ", "999999999", "1000000000"],
  [
    `${HEAD}exceptions:page_fault_user: address=0x~ ip=0x1 error_code=0x6`,
    "f".repeat(16),
    `1${"0".repeat(16)}`,
  ],
  [
    `${HEAD}exceptions:page_fault_user: address=0x1 ip=0x1 error_code=0x~`,
    "f".repeat(16),
    `1${"0".repeat(16)}`,
  ],
  [`${HEAD}kmem:rss_stat: mm_id=~ curr=1 type=MM_ANONPAGES size=4096B`, "4294967295", "4294967296"],
  [`${HEAD}kmem:rss_stat: mm_id=1 curr=~ type=MM_ANONPAGES size=4096B`, "1", "2"],
  [`${HEAD}kmem:rss_stat: mm_id=1 curr=1 type=MM_ANONPAGES size=~B`, "18446744073709551615", "9".repeat(20)],
  ...[0, 1, 2].map((at): [string, string, string] => {
    const args = ["addr: 0x0", "len: 0x1000", "prot: 0x3"].with(at, `n: 0x~`).join(", ");
    return [`${HEAD}syscalls:sys_enter_mprotect: ${args}`, "f".repeat(16), `1${"0".repeat(16)}`];
  }),
  [`${HEAD}syscalls:sys_exit_mmap: 0x~`, "f".repeat(16), `1${"0".repeat(16)}`],
  [`${HEAD}sched:sched_process_fork: comm=a pid=1 child_comm=a child_pid=~`, "2147483647", "2147483648"],
  [`${HEAD}sched:sched_process_exec: filename=/a pid=~ old_pid=1`, "2147483647", "2147483648"],
  [`${HEAD}sched:sched_process_exec: filename=/a pid=1 old_pid=~`, "2147483647", "2147483648"],
  [`${HEAD}sched:sched_process_exit: comm=a pid=~ prio=120`, "2147483647", "2147483648"],
  ...["~:1):(1:1", "1:~):(1:1", "1:1):(~:1", "1:1):(1:~"].map((pairs): [string, string, string] => [
    `${HEAD}PERF_RECORD_FORK(${pairs})`,
    ...(["2147483647", "2147483648"] as const),
  ]),
  [`${HEAD}PERF_RECORD_COMM: a:~/1`, "2147483647", "2147483648"],
  [`${HEAD}PERF_RECORD_COMM: a:1/~`, "2147483647", "2147483648"],
  ...["~/1: [0x1(0x2) @ 0 08:01 7 8", "1/~: [0x1(0x2) @ 0 08:01 7 8"].map((map): [string, string, string] => [
    `${HEAD}PERF_RECORD_MMAP2 ${map}]: r--p a`,
    ...(["2147483647", "2147483648"] as const),
  ]),
  ...["1/1: [0x~(0x2) @ 0 08:01 7 8", "1/1: [0x1(0x~) @ 0 08:01 7 8", "1/1: [0x1(0x2) @ 0x~ 08:01 7 8"].map(
    (map): [string, string, string] => [
      `${HEAD}PERF_RECORD_MMAP2 ${map}]: r--p a`,
      "f".repeat(16),
      `1${"0".repeat(16)}`,
    ],
  ),
  ...["1/1: [0x1(0x2) @ 0 ~:01 7 8", "1/1: [0x1(0x2) @ 0 08:~ 7 8"].map((map): [string, string, string] => [
    `${HEAD}PERF_RECORD_MMAP2 ${map}]: r--p a`,
    "ffffffff",
    "100000000",
  ]),
  ...["1/1: [0x1(0x2) @ 0 08:01 ~ 8", "1/1: [0x1(0x2) @ 0 08:01 7 ~"].map((map): [string, string, string] => [
    `${HEAD}PERF_RECORD_MMAP2 ${map}]: r--p a`,
    "18446744073709551615",
    "9".repeat(20),
  ]),
];

/** Reads one line; the error's position and message, or undefined when it is taken. */
async function refused(line: string): Promise<InputError | undefined> {
  try {
    const event = (found: object): boolean => {
      for (const value of Object.values(found))
        if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
      return false;
    };
    await readTrace(traceBytes(`${line}\n`, "t"), { event });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return error as InputError;
  }
}

describe.each(LINES)("in %j", (line, most, over) => {
  it("takes the largest number and refuses a larger one where it stands", async () => {
    expect(await refused(line.replace("~", most))).toBeUndefined();
    for (const number of [over, "9".repeat(400), `9${"0".repeat(400)}`]) {
      const error = await refused(line.replace("~", number));
      expect(error, number).toBeDefined();
      expect(error?.position.line).toBe(1);
      // A fraction of a second is refused behind its digits, all others in front of them.
      const column = line.indexOf("~") + 1;
      expect([column, column + number.length]).toContain(error?.position.column);
      expect(error?.message.length).toBeLessThan(200);
    }
  });

  it("refuses what is no number", async () => {
    for (const text of ["", "NaN", "٣", "-", "x"])
      expect(await refused(line.replace("~", text)), text).toBeDefined();
  });
});

it("says what a CPU is, and what was found", async () => {
  const error = await refused(`  a 1/1 [${"9".repeat(400)}] 1.000000001: x: `);
  expect(error?.message).toBe(`t:1:10: expected a CPU number of at most 8191, found "${"9".repeat(40)}…"`);
  expect(error).toMatchObject({ exitCode: 5 });
});

it("takes a number in a thread's name for a part of the name", async () => {
  expect(await refused("  a 1/1 [99999] x 12/13 [003] 1.000000001: x: ")).toBeUndefined();
});

it("skips the byte order mark of UTF-8", async () => {
  expect(await refused(`\ufeff${HEAD}x: `)).toBeUndefined();
});
