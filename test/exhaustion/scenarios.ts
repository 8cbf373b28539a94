/**
 * Operations that between them come by every place where the engine allocates: frames, page tables of each level, and
 * each kind of object. A scenario is what stands before, and the one operation whose allocations are refused.
 */
import { coreOf } from "../../dist/engine/engine.js";
import type { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";

/** What is done before, as a script, and then the operation: a line of a script, or a record. */
export interface Scenario {
  readonly name: string;
  readonly before: string;
  readonly operation: string | ((engine: Engine) => OpRecord);
  /** The operation makes do without any allocation. */
  readonly frugal?: boolean;
  /** Where the emptied source cannot be split off, the move succeeds and leaves it mapped, as Linux does. */
  readonly leavesSource?: boolean;
}

/** Mappings of several kinds with pages in three leaf tables, and chains of three generations. */
const FAMILY = `
  0 mmap 0 8 rw private anon
  0 mmap 505 16 rw private anon
  0 mmap 1100 4 rw private file 3
  0 mmap 1110 4 rw shared anon
  0 mmap 1120 4 rw shared file 70
  0 touch 0 8 w
  0 touch 505 16 w
  0 touch 1100 4 w
  0 touch 1110 4 w
  0 touch 1120 4 w
  0 fork 1
  1 mprotect 2 2 r
  1 touch 4 4 w
  1 fork 2
  2 touch 0 2 w
  2 touch 505 4 w
`;

/** Four pages with anon_vma of a child: its chain has two links. */
const CHILD = `
  0 mmap 0 8 rw private anon
  0 touch 0 8 w
  0 fork 1
`;

const FAULTS: readonly Scenario[] = [
  { name: "first write", before: "0 mmap 0 4 rw private anon", operation: "0 write 1 7" },
  { name: "first read", before: "0 mmap 0 4 rw private anon", operation: "0 read 1" },
  {
    name: "touch over a leaf table's border",
    before: "0 mmap 500 24 rw private anon",
    operation: "0 touch 500 24 w",
  },
  {
    name: "write to the zero page",
    before: "0 mmap 0 4 rw private anon\n0 read 0",
    operation: "0 write 0 5",
  },
  { name: "copy on write in the child", before: CHILD, operation: "1 write 3 9" },
  { name: "copy on write in the parent", before: CHILD, operation: "0 write 3 9" },
  { name: "read of a file", before: "0 mmap 0 16 rw private file 60", operation: "0 read 3" },
  {
    name: "read far into a file",
    before: "0 mmap 0 16 rw private file 3\n0 read 0\n0 mmap 32 4 r private file 250",
    operation: "0 read 34",
  },
  { name: "private write to a file", before: "0 mmap 0 16 rw private file 60", operation: "0 write 3 9" },
  {
    name: "private write to a file's page that is mapped",
    before: "0 mmap 0 16 rw private file 60\n0 read 3",
    operation: "0 write 3 9",
  },
  { name: "shared write to a file", before: "0 mmap 0 16 rw shared file 120", operation: "0 touch 0 16 w" },
  {
    name: "write to shared anonymous memory",
    before: "0 mmap 0 70 rw shared anon",
    operation: "0 touch 60 10 w",
  },
  { name: "a stack that grows", before: "0 mmap 1500 8 rw private anon stack", operation: "0 write 1490 1" },
];

const MAPPINGS: readonly Scenario[] = [
  { name: "mmap", before: "", operation: "0 mmap 0 4 rw private anon" },
  { name: "mmap anywhere", before: "", operation: "0 mmap any 4 rw private anon" },
  { name: "mmap of a file", before: "", operation: "0 mmap 0 4 rw private file 3" },
  { name: "mmap of shared memory", before: "", operation: "0 mmap 0 4 rw shared anon" },
  { name: "mmap over the middle of another", before: CHILD, operation: "1 mmap 2 3 r private anon" },
  {
    name: "mmap that joins two, the upper with a chain",
    before: "0 mmap 0 4 rw private anon\n0 mmap 8 4 rw private anon\n0 write 8 1",
    operation: "0 mmap 4 4 rw private anon",
  },
  { name: "munmap of the middle", before: CHILD, operation: "1 munmap 2 3" },
  { name: "munmap across several", before: `${CHILD}1 mprotect 3 2 r`, operation: "1 munmap 1 6" },
  { name: "mprotect of the middle", before: CHILD, operation: "1 mprotect 2 3 r" },
  { name: "mprotect across several", before: `${CHILD}1 mprotect 3 2 r`, operation: "1 mprotect 1 6 none" },
  {
    name: "mprotect that joins with one without a chain",
    before: "0 mmap 4 4 rw private anon\n0 write 4 1\n0 mprotect 4 4 r\n0 mmap 0 4 rw private anon",
    operation: "0 mprotect 4 4 rw",
  },
  {
    name: "mprotect that moves a border to one without a chain",
    before: "0 mmap 4 4 rw private anon\n0 write 4 1\n0 mprotect 4 4 r\n0 mmap 0 4 rw private anon",
    operation: "0 mprotect 4 2 rw",
  },
  {
    name: "mprotect that joins three",
    before: "0 mmap 0 4 rw private anon\n0 mmap 4 4 r private anon\n0 mmap 8 4 rw private anon\n0 write 8 1",
    operation: "0 mprotect 4 4 rw",
  },
  { name: "madvise of the middle", before: CHILD, operation: "1 madvise 2 3 dontfork" },
  {
    name: "madvise across a border",
    before: `${CHILD}1 mprotect 4 4 r`,
    operation: "1 madvise 2 4 wipeonfork",
  },
  { name: "brk, the first", before: "0 heap 64", operation: "0 brk 70" },
  {
    name: "brk over touched memory",
    before: "0 heap 64\n0 brk 70\n0 touch 64 6 w",
    operation: "0 brk 80",
    frugal: true,
  },
  {
    name: "brk that shrinks to the middle of a mapping",
    before: `0 heap 64\n0 brk 70\n0 mprotect 68 2 r`,
    operation: "0 brk 66",
  },
];

const MOVES: readonly Scenario[] = [
  { name: "mremap to another table", before: CHILD, operation: "0 mremap 0 8 8 600" },
  { name: "mremap of a child", before: CHILD, operation: "1 mremap 0 8 8 600" },
  {
    name: "mremap of the middle",
    before: CHILD,
    operation: "1 mremap 2 3 3 600",
    leavesSource: true,
  },
  {
    name: "mremap across a table's border",
    before: "0 mmap 508 8 rw private anon\n0 touch 508 8 w",
    operation: "0 mremap 508 8 8 1020",
  },
  {
    name: "mremap over another mapping",
    before: `${CHILD}1 mmap 600 16 r private anon`,
    operation: "1 mremap 0 8 8 604",
  },
  { name: "mremap that grows and moves", before: CHILD, operation: "1 mremap 0 8 12 600" },
  { name: "mremap that shrinks and moves", before: CHILD, operation: "1 mremap 0 8 5 600" },
  {
    name: "mremap that moves anywhere",
    before: `${CHILD}1 mmap 8 1 r private anon`,
    operation: "1 mremap 0 8 12 any",
  },
  { name: "mremap that grows in place", before: CHILD, operation: "1 mremap 0 8 12", frugal: true },
  {
    name: "mremap that grows into its neighbour",
    before: "0 mmap 0 4 rw private anon\n0 mmap 8 4 rw private anon\n0 write 8 1",
    operation: "0 mremap 0 4 8",
  },
  { name: "mremap that shrinks in the middle", before: CHILD, operation: "1 mremap 2 4 2" },
  { name: "mremap that leaves the source mapped", before: CHILD, operation: "1 mremap 0 8 8 600 keep" },
  {
    name: "mremap of a file",
    before: "0 mmap 0 8 rw shared file 3\n0 touch 0 8 w",
    operation: "0 mremap 0 8 8 600",
  },
  {
    name: "mremap of no length",
    before: "0 mmap 0 8 rw shared anon\n0 touch 0 8 w",
    operation: "0 mremap 0 0 8 600",
  },
];

/** Slots that no script's process has. */
const SLOT = 40;

const PROCESSES: readonly Scenario[] = [
  { name: "fork of an empty process", before: "", operation: "0 fork 1" },
  { name: "fork of a family", before: FAMILY, operation: "2 fork 3" },
  { name: "fork of a family's first", before: FAMILY, operation: "0 fork 3" },
  {
    name: "fork that takes an abandoned anon_vma",
    before: `${CHILD}1 fork 2\n1 exit`,
    operation: "2 fork 3",
  },
  {
    name: "fork after advice",
    before: `${FAMILY}2 madvise 0 4 wipeonfork\n2 madvise 505 4 dontfork`,
    operation: "2 fork 3",
  },
  { name: "spawn", before: "", operation: (engine) => coreOf(engine).encoder.spawn(SLOT) },
  { name: "exec", before: FAMILY, operation: (engine) => coreOf(engine).encoder.exec(2) },
  { name: "a new file", before: "", operation: (engine) => coreOf(engine).encoder.createFile(5, 10) },
];

export const SCENARIOS: readonly Scenario[] = [...FAULTS, ...MAPPINGS, ...MOVES, ...PROCESSES];

/** Undoes what a scenario's record left behind where no process's end does: both may find nothing to do. */
export function cleanUp(engine: Engine): void {
  engine.execute(coreOf(engine).encoder.exit(SLOT));
  engine.execute(coreOf(engine).encoder.dropFile(5));
}
