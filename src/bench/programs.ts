/**
 * What a row does on the engine. It prepares a place and then runs rounds. Only the middle part of a round is timed.
 */

import type { BootOptions } from "../cpu/boot.js";
import { PAGE_BYTES } from "../ops/operation.js";
import type { OpRecord } from "../record/record.js";
import type { BenchCpu } from "./bench-cpu.js";

/** Pages of one round: as many as a page table holds. */
const PAGES = 512;
/** Slots of address spaces that a place may use. */
export const SLOTS_A_PLACE = 1024;

/** Where one CPU works. */
export interface Place {
  /** Number of the CPU among the running ones. */
  readonly index: number;
  /** Slot of its address space; the slots above it, SLOTS_A_PLACE in all, are its own too. */
  readonly space: number;
  /** Slot for a child or a second space. */
  readonly other: number;
  /** Where its mappings begin. */
  readonly at: number;
  /** True: this CPU makes the address space. False: another CPU has made it. */
  readonly makesSpace: boolean;
  /** Bytes of the memory behind the engine's own, for lists and answers. */
  readonly scratch: number;
}

/** A function of the engine's bench entry. The row times it instead of operations. */
type Step = (entry: BenchEntry, place: Place) => void;

/** What the overlay overlays/bench adds to the engine's exports. */
export interface BenchEntry {
  benchPages(slot: number, address: bigint, pages: number, list: number): void;
  benchPrepare(slot: number, address: bigint, times: number): number;
  benchTakeOff(list: number, pages: number): void;
  benchLruAdd(list: number, pages: number): void;
  benchIsolate(pages: number): number;
  benchReferenced(list: number, pages: number): number;
  benchProtect(slot: number, address: bigint, times: number): void;
  benchWalk(slot: number, address: bigint, buffer: number, times: number): number;
}

/** One row's program. */
export interface Program {
  /** What the engine needs beyond the defaults. */
  readonly boot?: BootOptions;
  prepare(cpu: BenchCpu, place: Place): void;
  readonly before?: (cpu: BenchCpu, place: Place) => OpRecord[];
  readonly timed: (cpu: BenchCpu, place: Place) => OpRecord[];
  readonly after?: (cpu: BenchCpu, place: Place) => OpRecord[];
  /** Operations of a round, or the name of a counter that grows by one for each operation. */
  readonly operations: number | string;
  /** The parts of a round whose latencies are measured, in order; empty: no latencies. */
  readonly each?: (cpu: BenchCpu, place: Place) => OpRecord[][];
  /** Steps that replace operations. They need the bench overlay. */
  readonly steps?: { readonly before?: Step; readonly timed: Step };
}

function map(cpu: BenchCpu, { space, at, makesSpace }: Place, pages: number): void {
  if (makesSpace) cpu.execute(cpu.encoder.spawn(space));
  cpu.execute(cpu.encoder.mmap(space, pages * PAGE_BYTES, { at }));
}

function mapTouched(cpu: BenchCpu, place: Place, pages: number): void {
  map(cpu, place, pages);
  cpu.execute(cpu.encoder.touch(place.space, place.at, pages, true));
}

const touch = ({ encoder }: BenchCpu, { space, at }: Place, write: boolean, pages = PAGES): OpRecord =>
  encoder.touch(space, at, pages, write);
const unmap = ({ encoder }: BenchCpu, { space, at }: Place, pages = PAGES): OpRecord =>
  encoder.madvise(space, at, pages * PAGE_BYTES, "dontneed");
const fork = ({ encoder }: BenchCpu, { space, other }: Place): OpRecord => encoder.fork(space, other);
const exit = ({ encoder }: BenchCpu, { other }: Place): OpRecord => encoder.exit(other);

const reclaim = ({ control }: BenchCpu): OpRecord => ({
  op: control.layout.constant("OP_RECLAIM"),
  a: PAGES,
});

/** An operation for each page of a round. */
const singles = ({ encoder }: BenchCpu, { space, at }: Place, write: boolean): OpRecord[][] =>
  Array.from({ length: PAGES }, (_, page) => [encoder.touch(space, at + page * PAGE_BYTES, 1, write)]);

function repeat<T>(times: number, make: () => T[]): T[] {
  return Array.from({ length: times }, make).flat();
}

function faultRow(write: boolean): Program {
  return {
    prepare: (cpu, place) => map(cpu, place, PAGES),
    timed: (cpu, place) => [touch(cpu, place, write)],
    after: (cpu, place) => [unmap(cpu, place)],
    operations: PAGES,
    each: (cpu, place) => singles(cpu, place, write),
  };
}

function forkRow(pages: number): Program {
  return {
    boot: { memory: Math.max(64, (pages * PAGE_BYTES) / 2 ** 20 + 16) * 2 ** 20 },
    prepare: (cpu, place) => mapTouched(cpu, place, pages),
    timed: (cpu, place) => [fork(cpu, place)],
    after: (cpu, place) => [exit(cpu, place)],
    operations: 1,
    each: (cpu, place) => [[fork(cpu, place)]],
  };
}

/** A row of walks that find `mappings` mappings each. */
function walkRow(mappings: number, prepare: Program["prepare"], boot: BootOptions = {}): Program {
  const walks = 1 + Math.floor(2048 / mappings);
  return {
    boot: { ...boot },
    prepare(cpu, place) {
      prepare(cpu, place);
      // A walk must find every mapping and visit no other.
      const before = [cpu.counter("statWalkFound"), cpu.counter("statWalkVisited")];
      cpu.execute(cpu.encoder.rmap(place.space, place.at, place.scratch, 0));
      const found = cpu.counter("statWalkFound") - (before[0] ?? 0);
      const visited = cpu.counter("statWalkVisited") - (before[1] ?? 0);
      if (found !== mappings || visited !== mappings)
        throw new Error(`a walk found ${found} and visited ${visited} mappings, not ${mappings}`);
    },
    timed: () => [],
    operations: walks * mappings,
    // Without the records: the C program has none, and calls the walk directly.
    steps: {
      timed: (entry, { space, at, scratch }) => void entry.benchWalk(space, BigInt(at), scratch, walks),
    },
  };
}

/** One page that `mappings` address spaces map. */
function family(mappings: number): Program {
  return walkRow(
    mappings,
    (cpu, place) => {
      mapTouched(cpu, place, 1);
      for (let child = 1; child < mappings; child++)
        cpu.execute(cpu.encoder.fork(place.space, place.space + child));
    },
    { metadata: 2 ** 26 },
  );
}

/**
 * One page that one mapping maps, with `count` other mappings in the same anon_vma's tree: the parts of a split
 * region.
 */
function unrelated(count: number): Program {
  return walkRow(1, (cpu, place) => {
    map(cpu, place, count + 1);
    cpu.execute(cpu.encoder.touch(place.space, place.at, 1, true));
    for (let page = 1; page <= count; page += 2)
      cpu.execute(cpu.encoder.mprotect(place.space, place.at + page * PAGE_BYTES, PAGE_BYTES, "r"));
  });
}

/** One page that `count` children share with their parent, after each has copied as many others (the case for which Linux got anon_vma chains in 2010). */
function children2010(count: number): Program {
  const frames = (count + 2) * (count + 1);
  return walkRow(
    count + 1,
    (cpu, place) => {
      mapTouched(cpu, place, count + 1);
      for (let child = 1; child <= count; child++) {
        cpu.execute(cpu.encoder.fork(place.space, place.space + child));
        cpu.execute(cpu.encoder.touch(place.space + child, place.at + PAGE_BYTES, count, true));
      }
    },
    { memory: frames * PAGE_BYTES, metadata: 2 ** 26, content: "none" },
  );
}

/** Reclaim of pages that `spaces` address spaces share. All of them use each page before each round. */
function reclaimed(spaces: number): Program {
  const all = Array.from({ length: spaces }, (_, child) => child);
  return {
    boot: { swap: 64 * 2 ** 20, metadata: 2 ** 25 },
    prepare(cpu, place) {
      mapTouched(cpu, place, PAGES);
      for (const child of all.slice(1)) cpu.execute(cpu.encoder.fork(place.space, place.space + child));
    },
    before: (cpu, place) =>
      all.map((child) => cpu.encoder.touch(place.space + child, place.at, PAGES, false)),
    timed: (cpu) => [reclaim(cpu)],
    operations: "statReclaimed",
  };
}

function listed(timed: Step, before?: Step): Program {
  return {
    prepare(cpu, place) {
      mapTouched(cpu, place, PAGES);
      entryOf(cpu).benchPages(place.space, BigInt(place.at), PAGES, place.scratch);
    },
    timed: () => [],
    operations: PAGES,
    steps: { timed, ...(before && { before }) },
  };
}

/** The bench entry of a CPU whose engine was built with the overlay. */
export function entryOf(cpu: BenchCpu): BenchEntry {
  return cpu.engine as unknown as BenchEntry;
}

/** The programs of all rows that run on the engine's CPUs, by the rows' names. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  fault: faultRow(true),
  "fault-zero": faultRow(false),
  "fault-unmap": {
    prepare: (cpu, place) => map(cpu, place, PAGES),
    timed: (cpu, place) => repeat(16, () => [touch(cpu, place, true), unmap(cpu, place)]),
    operations: 16 * PAGES,
    each: (cpu, place) =>
      Array.from({ length: PAGES }, () => [touch(cpu, place, true, 1), unmap(cpu, place, 1)]),
  },
  "cow-break": {
    prepare: (cpu, place) => mapTouched(cpu, place, PAGES),
    before: (cpu, place) => [fork(cpu, place)],
    timed: (cpu, place) => [touch(cpu, place, true)],
    after: (cpu, place) => [exit(cpu, place)],
    operations: PAGES,
    each: (cpu, place) => singles(cpu, place, true),
  },
  "cow-reuse": {
    prepare: (cpu, place) => mapTouched(cpu, place, PAGES),
    before: (cpu, place) => [fork(cpu, place), exit(cpu, place)],
    timed: (cpu, place) => [touch(cpu, place, true)],
    operations: PAGES,
    each: (cpu, place) => singles(cpu, place, true),
  },
  "fork-1m": forkRow(256),
  "fork-10m": forkRow(2560),
  "fork-100m": forkRow(25600),
  exit: {
    prepare: (cpu, place) => map(cpu, place, 1),
    before: (cpu, place) => [
      cpu.encoder.spawn(place.other),
      cpu.encoder.mmap(place.other, 2560 * PAGE_BYTES, { at: place.at }),
      cpu.encoder.touch(place.other, place.at, 2560, true),
    ],
    timed: (cpu, place) => [exit(cpu, place)],
    operations: 1,
    each: (cpu, place) => [[exit(cpu, place)]],
  },
  "mprotect-split-merge": {
    prepare: (cpu, place) => mapTouched(cpu, place, 16),
    timed: () => [],
    operations: 64,
    // Without the records: see walkRow.
    steps: { timed: (entry, { space, at }) => entry.benchProtect(space, BigInt(at + 8 * PAGE_BYTES), 64) },
  },
  "pt-lookup": {
    // More pages than a TLB has entries: each access misses.
    prepare: (cpu, place) => mapTouched(cpu, place, 4096),
    timed: (cpu, place) => [touch(cpu, place, true, 4096)],
    operations: 4096,
  },
  "swap-cycle": {
    boot: { swap: 64 * 2 ** 20 },
    prepare: (cpu, place) => mapTouched(cpu, place, PAGES),
    timed: (cpu, place) => [reclaim(cpu), touch(cpu, place, true)],
    operations: "statSwapIn",
  },
  "reclaim-batch-1": reclaimed(1),
  "reclaim-batch-10": reclaimed(10),
  "reclaim-batch-100": reclaimed(100),
  "rmap-walk-1": family(1),
  "rmap-walk-10": family(10),
  "rmap-walk-1000": family(1000),
  "rmap-walk-unrelated-10": unrelated(10),
  "rmap-walk-unrelated-100": unrelated(100),
  "rmap-walk-unrelated-1000": unrelated(1000),
  "rmap-walk-unrelated-10000": unrelated(10_000),
  "rmap-walk-2010": children2010(1000),
  "anon-vma-prepare": {
    prepare: (cpu, place) => mapTouched(cpu, place, 16),
    timed: () => [],
    operations: 65536,
    steps: { timed: (entry, place) => void entry.benchPrepare(place.space, BigInt(place.at), 65536) },
  },
  "lru-add": listed(
    (entry, { scratch }) => entry.benchLruAdd(scratch, PAGES),
    (entry, { scratch }) => entry.benchTakeOff(scratch, PAGES),
  ),
  "lru-isolate": listed((entry) => void entry.benchIsolate(PAGES)),
  "page-referenced": listed((entry, { scratch }) => void entry.benchReferenced(scratch, PAGES)),
};
