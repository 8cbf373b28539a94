/** Programs whose CPUs meet in every part of the engine, for the net: what the host does first, and what each CPU does. */

import type { Machine, Program } from "../../../dist/explore/index.js";
import { FILE_SLOT } from "../../../dist/ops/operation.js";
import type { OpRecord } from "../../../dist/record/record.js";
import { ScriptEncoder } from "../../../dist/record/script.js";
import { parseRace } from "../../../dist/scenario/race-file.js";

/** A program as text: operations are separated by `;`. */
export interface NetProgram {
  readonly setup: string;
  readonly cpus: readonly string[];
}

/** By name: each row is about one part of the engine. */
export const NET_PROGRAMS: Readonly<Record<string, NetProgram>> = {
  "first faults": {
    setup: "0 mmap 0 4 rw private anon",
    cpus: ["0 write 0 1; 0 read 1", "0 write 1 2; 0 read 0", "scan 2"],
  },
  "munmap and scan": {
    setup: "0 mmap 0 4 rw private anon; 0 mmap 8 2 rw private anon; 0 write 0 1; 0 write 1 1",
    cpus: ["0 munmap 0 2; 0 write 8 3", "scan 1; scan 1 unlocked", "0 write 9 4; 0 write 1 5"],
  },
  "fork and write": {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2",
    cpus: ["0 fork 1; 1 write 0 5; 1 exit", "0 write 0 6; 0 write 1 7; 0 read 2", "scan 1; scan 1 unheld"],
  },
  exit: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1; 0 fork 2",
    cpus: ["1 write 1 3; 1 exit", "2 write 0 4; 2 exit", "scan 2; 0 write 0 5"],
  },
  mremap: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1",
    cpus: ["0 mremap 0 2 2 16; 0 mremap 16 2 4 32", "0 read 0; 0 write 16 9; 1 write 1 3", "scan 2"],
  },
  "split and merge": {
    setup: "0 mmap 0 8 rw private anon; 0 write 0 1; 0 write 4 2; 0 fork 1",
    cpus: [
      "0 mprotect 2 2 r; 0 mprotect 2 2 rw",
      "0 write 5 3; 0 write 2 4; 0 munmap 6 2",
      "scan 1; 0 read 4",
    ],
  },
  madvise: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2",
    cpus: [
      "0 madvise 0 4 dontneed; 0 write 0 3",
      "0 write 1 4; 0 madvise 0 1 free; 0 write 0 5",
      "0 read 0; 0 madvise 0 2 cold; 0 write 1 6",
    ],
  },
  "page out": {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1",
    cpus: ["0 madvise 0 2 pageout; 0 read 0", "1 write 0 3; 1 read 1", "reclaim 2; 0 write 1 4"],
  },
  "swap in": {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4",
    cpus: ["0 read 0; 0 write 1 5", "1 write 0 3; 1 exit", "reclaim 2; 0 madvise 0 1 dontneed; 0 munmap 0 1"],
  },
  swapoff: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4",
    cpus: ["swapoff", "1 write 0 3; 0 read 1", "0 madvise 0 2 pageout; 0 fork 2"],
  },
  ksm: {
    setup:
      "0 mmap 0 8 rw private anon; 0 write 0 5; 0 write 1 5; 0 write 2 5; 0 madvise 0 8 mergeable; 0 fork 1",
    cpus: [
      "ksm; ksm",
      "0 write 0 6; 1 read 1; 0 madvise 1 1 dontneed",
      "1 write 1 7; scan 1; 0 madvise 0 2 unmergeable",
    ],
  },
  "ksm, merged": {
    setup:
      "0 mmap 0 8 rw private anon; 0 write 0 5; 0 write 1 5; 0 write 2 5; 0 madvise 0 8 mergeable; ksm; ksm",
    cpus: ["0 write 0 6; 0 fork 1", "scan 2; reclaim 2", "0 madvise 1 2 dontneed; ksm"],
  },
  pin: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2",
    cpus: [
      "0 hold 0 w; 0 release; 0 hold 1 r; 0 release",
      "0 fork 1; 1 exit",
      "0 madvise 0 1 dontneed; 0 write 0 4; reclaim 2",
    ],
  },
  migrate: {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 2; 0 fork 1",
    cpus: ["0 migrate 0 2; 1 migrate 0 2", "0 write 0 3; 1 read 1", "0 hold 1 w; 0 release; scan 1; 1 exit"],
  },
  file: {
    setup: "0 mmap 0 4 rw shared file 0; 0 mmap 8 4 rw private file 0; 0 write 0 1; 0 read 9; 0 fork 1",
    cpus: [
      "0 write 0 2; 0 read 2; writeback 4",
      "1 write 8 3; 1 read 1; 1 write 2 6; 0 munmap 8 2",
      "reclaim 3; 0 read 1; scan 1",
    ],
  },
  "file, evicted": {
    setup:
      "0 mmap 0 4 rw shared file 0; 0 write 0 1; 0 write 1 2; writeback 4; 0 madvise 0 4 pageout; 0 fork 1",
    cpus: ["0 read 0; 0 write 1 3", "1 read 0; 1 migrate 0 2", "reclaim 2; writeback 2; 1 munmap 0 2"],
  },
  "map and unmap": {
    setup: "0 mmap 0 8 rw private anon; 0 write 0 1",
    cpus: [
      "0 mmap 8 4 rw private anon; 0 write 8 2; 0 munmap 8 4",
      "0 mmap 16 2 rw private anon; 0 touch 16 2 w",
      "0 read 0; 0 read 8; 0 mlock 0 2; 0 munlock 0 2",
    ],
  },
};

/** A program on a machine. It expects no results: the net looks at it, and the invariants do. */
export function netProgram({ setup, cpus }: NetProgram): Program {
  return {
    prepare(machine) {
      const code = (name: string) => machine.layout.constant(name);
      const encoder = new ScriptEncoder(machine.layout);
      const records = (text: string): OpRecord[] => {
        const race = `title a program\ncpu\n  ${text.replaceAll(/; */g, "\n  ")}\n`;
        const [operations = []] = parseRace(race, { file: "program", name: "program" }).stress.cpus;
        return operations.flatMap((operation) => encoder.encode(operation) ?? []);
      };
      machine.run({ op: code("OP_SPAWN"), space: 0 });
      machine.run({ op: code("OP_FILE"), aux: FILE_SLOT, a: 256 });
      for (const record of records(setup)) mustHold(machine, record);
      return cpus.map(records);
    },
    verify: () => undefined,
  };
}

function mustHold(machine: Machine, record: OpRecord): void {
  const { result } = machine.run(record);
  if (result !== 0) throw new Error(`operation ${record.op} of the setup ended with ${result}`);
}
