/** Mended faults of replays: what a recording may hold, and what is said when memory ends. */
import type { Fault } from "./fault.js";

export const REPLAY_FAULTS: readonly Fault[] = [
  {
    name: "a CPU number of any size is taken",
    kind: "trace",
    seed: 1,
    from: 380,
    within: 40,
    shows: /^(unexpected failure|crash): /,
    patches: [
      {
        file: "src/trace/parser.ts",
        search: "const LAST_CPU = 8191;",
        replace: "const LAST_CPU = Number.POSITIVE_INFINITY;",
      },
    ],
  },
  {
    name: "too many processes end as a finding",
    kind: "trace",
    seed: 1,
    from: 0,
    within: 20,
    shows: /^violation: .*address space/,
    patches: [
      { file: "src/cli/fresh-replay.ts", search: "spaces: 65535,", replace: "spaces: 512," },
      {
        file: "src/replay/tasks.ts",
        search: 'or record fewer processes at a time (perf record --pid)",\n        3,',
        replace: 'or record fewer processes at a time (perf record --pid)",\n        1,',
      },
    ],
  },
  {
    name: "a report lists every name of an event",
    kind: "trace",
    seed: 1,
    from: 690,
    within: 20,
    shows: /^flood: a report/,
    patches: [{ file: "src/replay/tally.ts", search: "const SHOWN = 20;", replace: "const SHOWN = 2e9;" }],
  },
  {
    name: "each new process is looked for among all threads",
    kind: "trace",
    seed: 1,
    from: 1840,
    within: 5,
    shows: /^hang: /,
    patches: [
      {
        file: "src/replay/tasks.ts",
        search: "return this.#processes.first(pid);",
        replace:
          "for (const thread of this.threads.values()) if (thread.pid === pid) return thread;\n    return undefined;",
      },
    ],
  },
  {
    name: "memory is said to be full where page tables are",
    kind: "trace",
    seed: 1,
    from: 4490,
    within: 20,
    shows: /^useless hint: /,
    patches: [
      {
        file: "src/engine/exhausted.ts",
        search: 'const text = room.refused === "frame" ?',
        replace: "const text = room.frames.pages > 0 ?",
      },
    ],
  },
];
