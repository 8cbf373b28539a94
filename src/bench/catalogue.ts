/** Every row by name: what one operation is, how many CPUs run it, and why a peer is missing. */
import type { BenchEngine } from "./result.js";

/** How to measure a row on the engine. */
export type Method =
  | "calibrate"
  | "clocked"
  | "packaged"
  | "micro"
  | "bytes"
  | "replay"
  | "parse"
  | "perf-data"
  | "recording"
  | "litmus"
  | "explore"
  | "ready";

export interface RowInfo {
  readonly name: string;
  /** What one operation is. */
  readonly what: string;
  readonly method: Method;
  /** True: the row runs once for each requested number of CPUs. Otherwise it runs on one CPU. */
  readonly scales?: boolean;
  /** Name of the engine's program, where it differs from the row's name. */
  readonly program?: string;
  /** True: all CPUs work in one address space. */
  readonly shared?: boolean;
  /** True: the row needs the engine with the bench overlay. */
  readonly overlay?: boolean;
  /** True: the row takes minutes, so it runs only when you name it. */
  readonly long?: boolean;
  /** Why this peer is missing. */
  readonly without: Readonly<Partial<Record<BenchEngine, string>>>;
}

const NO_CALL = "no system call does this alone";
const HARDWARE = "the hardware does this, without the kernel";
const NO_STEP = "the model looks this up in plain maps: it has no such step";
const ONE_THREAD = "the model has one thread";
const NO_SWAP = "the kernel's swap area writes to a disk, so this would measure the disk as well";
const NO_RECLAIM = "the model has no frames to run out of";
const CROSSING = "measures the call from JavaScript into the engine";
const NO_READER = "the C program has no reader of traces and no files";
const NO_SEARCH = "it does not try other orders";
const RECORDED = "a trace is a run of the kernel, with the program's own time in it";
const OF_PAGES = "one page found in an address space";

const walk = (name: string, what: string): RowInfo => ({
  name,
  what,
  method: "packaged",
  overlay: true,
  without: { linux: NO_CALL, model: NO_STEP },
});

/** All rows, in the order in which they are measured and shown. */
export const CATALOGUE: readonly RowInfo[] = [
  {
    name: "calibrate",
    what: "a locked addition to a word on a cache line of its own; no engine",
    method: "calibrate",
    scales: true,
    without: { linux: "no part of the kernel", model: ONE_THREAD },
  },
  { name: "fault", what: "first write to a page", method: "clocked", scales: true, without: {} },
  {
    name: "fault-shared",
    what: "the same with all CPUs in one address space",
    method: "clocked",
    scales: true,
    program: "fault",
    shared: true,
    without: { model: ONE_THREAD },
  },
  {
    name: "fault-unmap",
    what: "first write to a page and its unmapping, 512 pages at a time",
    method: "clocked",
    scales: true,
    without: {},
  },
  {
    name: "fault-unmap-shared",
    what: "the same with all CPUs in one address space",
    method: "clocked",
    scales: true,
    program: "fault-unmap",
    shared: true,
    without: { model: ONE_THREAD },
  },
  {
    name: "fault-unmap-runs",
    what: "as fault-unmap, with a C program that holds its locks for runs of pages too, unlike Linux",
    method: "clocked",
    scales: true,
    program: "fault-unmap",
    without: { linux: "the kernel returns from each fault", model: "has no locks to hold: see fault-unmap" },
  },
  { name: "fault-zero", what: "first read of a page", method: "clocked", scales: true, without: {} },
  {
    name: "fault-zero-shared",
    what: "the same with all CPUs in one address space",
    method: "clocked",
    scales: true,
    program: "fault-zero",
    shared: true,
    without: { model: ONE_THREAD },
  },
  {
    name: "cow-break",
    what: "a write to a page that a child shares: it is copied",
    method: "clocked",
    scales: true,
    without: {},
  },
  {
    name: "cow-reuse",
    what: "a write to a page that a child shared, after the child's end: it is reused",
    method: "clocked",
    without: {},
  },
  { name: "fork-1m", what: "fork of 1 MiB, 256 pages", method: "clocked", without: {} },
  { name: "fork-10m", what: "fork of 10 MiB, 2,560 pages", method: "clocked", without: {} },
  { name: "fork-100m", what: "fork of 100 MiB, 25,600 pages", method: "clocked", without: {} },
  { name: "exit", what: "end of an address space with 10 MiB of its own", method: "clocked", without: {} },
  {
    name: "mprotect-split-merge",
    what: "one page of sixteen made read-only and writable again: two calls",
    method: "packaged",
    overlay: true,
    without: {},
  },
  {
    name: "anon-vma-prepare",
    what: "asks whether a mapping has its anon_vma; it has one",
    method: "packaged",
    overlay: true,
    without: { linux: NO_CALL, model: NO_STEP },
  },
  {
    name: "pt-lookup",
    what: `${OF_PAGES} of 4,096, each time by way of the page tables`,
    method: "packaged",
    without: { linux: HARDWARE, model: NO_STEP },
  },
  {
    name: "lru-add",
    what: "a page put on its list, through the batch",
    method: "clocked",
    overlay: true,
    without: { linux: NO_CALL, model: NO_STEP },
  },
  {
    name: "lru-isolate",
    what: "a page taken off its list, with 31 others, and put back",
    method: "packaged",
    overlay: true,
    without: { linux: NO_CALL, model: NO_STEP },
  },
  walk("rmap-walk-1", "one mapping found of a page that one address space maps"),
  walk("rmap-walk-10", "one mapping found of a page that ten address spaces map"),
  walk("rmap-walk-1000", "one mapping found of a page that 1,000 address spaces map"),
  walk("rmap-walk-unrelated-10", "a walk that finds one mapping among 10 others in the same tree"),
  walk("rmap-walk-unrelated-100", "100 others"),
  walk("rmap-walk-unrelated-1000", "1,000 others"),
  walk("rmap-walk-unrelated-10000", "10,000 others"),
  walk(
    "rmap-walk-2010",
    "one mapping found of a page that 1,000 children share, after each copied 1,000 others",
  ),
  {
    name: "page-referenced",
    what: "asks whether a page was used; one mapping maps it",
    method: "packaged",
    overlay: true,
    without: { linux: NO_CALL, model: NO_STEP },
  },
  {
    name: "swap-cycle",
    what: "a page unmapped and swapped out, and brought back by a write",
    method: "packaged",
    without: { linux: NO_SWAP, model: NO_RECLAIM },
  },
  ...[1, 10, 100].map(
    (spaces): RowInfo => ({
      name: `reclaim-batch-${spaces}`,
      what:
        spaces === 1
          ? "a page that reclaim looks at, unmaps and writes out, with 511 others"
          : `the same with ${spaces} address spaces that share the pages`,
      method: "clocked",
      without: { linux: NO_SWAP, model: NO_RECLAIM },
    }),
  ),
  ...["bash", "redis", "threads"].map(
    (trace): RowInfo => ({
      name: `replay-${trace}`,
      what: `one operation of the bundled trace ${trace}, with reading it`,
      method: "replay",
      scales: true,
      without: { "native-c": NO_READER, linux: RECORDED, model: ONE_THREAD },
    }),
  ),
  {
    name: "trace-parse",
    what: "one line of the largest bundled trace, already unpacked",
    method: "parse",
    without: { "native-c": NO_READER, linux: "no part of the kernel", model: NO_STEP },
  },
  {
    name: "perf-data",
    what: "one event of a recording in perf's own form, read: the processor's time",
    method: "perf-data",
    without: { "native-c": NO_READER, linux: "see replay-recording", model: NO_STEP },
  },
  {
    name: "replay-recording",
    what: "one event of a recording of 800,000: `rmap replay` whole, against `perf script` alone; the processor's time",
    method: "recording",
    long: true,
    without: { "native-c": NO_READER, model: ONE_THREAD },
  },
  ...(
    [
      [
        "explore-toy",
        "one execution of two fibers with 8 accesses each: the search alone, without an engine",
      ],
      ["explore-faults", "one execution of two first faults, with every check of `rmap explore`"],
      ["explore-weak", "the same under the Linux-kernel memory model: `--model lkmm`"],
    ] as const
  ).map(
    ([name, what]): RowInfo => ({
      name,
      what,
      method: "explore",
      without: { "native-c": NO_SEARCH, linux: NO_SEARCH, model: NO_SEARCH },
    }),
  ),
  {
    name: "litmus",
    what: "one small litmus test read and decided, of eight: `rmap litmus`",
    method: "litmus",
    without: { "native-c": NO_SEARCH, linux: NO_SEARCH, model: NO_SEARCH },
  },
  {
    name: "engine-ready",
    what: "an engine with two CPUs made, until both run",
    method: "ready",
    without: { "native-c": CROSSING, linux: CROSSING, model: CROSSING },
  },
  ...(
    [
      ["read-hit", "`space.read` of a mapped page"],
      ["fault-dontneed", "`space.write` to a fresh page, then `madvise`"],
      ["mmap-munmap", "one page, two calls"],
      ["fork-exit-16", "fork and exit of an address space with 16 pages"],
      ["who-maps-10", "`whoMaps` of a page that ten address spaces map"],
    ] as const
  ).map(
    ([name, what]): RowInfo => ({
      name,
      what,
      method: "micro",
      without: { "native-c": CROSSING, linux: CROSSING, model: CROSSING },
    }),
  ),
  ...(
    [
      [
        "bytes-read-hit",
        "`space.read32` of a page that the TLB knows; processor time of the thread, as in the rows below",
      ],
      ["bytes-read-miss", "the same of a page that only the page tables know"],
      ["bytes-write-hit", "`space.write32` to a page that the TLB knows"],
      ["bytes-write-miss", "the same to a page that only the page tables know"],
      ["bytes-copy", "a page of 256 that `space.writeBytes` copies"],
      ["bytes-set", "a page of 256 that `Uint8Array.set` copies into shared memory; no engine"],
      ["dirty-collect", "a page of 256 that is touched, reported as changed, and begins a new period"],
      ["dirty-touch", "the touch alone, without any tracking"],
      ["dirty-clean", "a page of 256 that a collection looks at and that did not change"],
      [
        "batch-arrays",
        "an access of a million from typed arrays: what the thread that hands them out spends",
      ],
    ] as const
  ).map(
    ([name, what]): RowInfo => ({
      name,
      what,
      method: "bytes",
      without: { "native-c": CROSSING, linux: CROSSING, model: CROSSING },
    }),
  ),
];
