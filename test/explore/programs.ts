/** The programs of the tests: what three virtual CPUs do to one small machine. */

import type { Machine, Program } from "../../dist/explore/index.js";
import { RaceProgram } from "../../dist/explore/race-program.js";
import type { OpOutcome, OpRecord } from "../../dist/record/record.js";
import { parseRace } from "../../dist/scenario/race-file.js";

/** First page of the mapping that all programs use. */
const BASE = 0x1000_0000_0000;
const PAGE_BYTES = 4096;
/** Room for mappings in an answer of RMAP. */
const ROOM = 4;

/** One mapping that RMAP found: slot of the address space, and page of the mapping. */
type FoundMapping = readonly [space: number, page: number];

/** Operations on the machine's address spaces, by the names of the layout. */
export function operations(machine: Machine) {
  const code = (name: string) => machine.layout.constant(name);
  const at = (page: number) => BASE + page * PAGE_BYTES;
  const prot = code("PROT_READ") | code("PROT_WRITE");
  const flags = code("MAP_PRIVATE") | code("MAP_ANONYMOUS") | code("MAP_FIXED");
  return {
    spawn: (space: number): OpRecord => ({ op: code("OP_SPAWN"), space }),
    mmap: (space: number, pages: number): OpRecord => {
      return { op: code("OP_MMAP"), space, a: at(0), b: pages * PAGE_BYTES, aux: prot | (flags << 8) };
    },
    fork: (space: number, child: number): OpRecord => ({ op: code("OP_FORK"), space, aux: child }),
    exit: (space: number): OpRecord => ({ op: code("OP_EXIT"), space }),
    read: (space: number, page: number): OpRecord => ({ op: code("OP_READ"), space, a: at(page) }),
    write: (space: number, page: number, value: number): OpRecord => {
      return { op: code("OP_WRITE"), space, a: at(page), b: value };
    },
    rmap: (space: number, page: number, buffer: number): OpRecord => {
      return { op: code("OP_RMAP"), space, a: at(page), b: buffer, aux: ROOM };
    },
  };
}

/** A buffer for one answer of RMAP. */
function mappingBuffer(machine: Machine): number {
  const { layout } = machine;
  return machine.allocate(layout.struct("MappingList").size + ROOM * layout.struct("MappingEntry").size);
}

/** The mappings that an answer holds, sorted. */
function mappingsIn(machine: Machine, buffer: number): FoundMapping[] {
  const { layout, view } = machine;
  const list = layout.struct("MappingList");
  const entry = layout.struct("MappingEntry");
  const found = view.u32(buffer + list.offset("found"));
  return Array.from({ length: Math.min(found, ROOM) }, (_, i): FoundMapping => {
    const at = buffer + list.size + i * entry.size;
    const address = view.number(at + entry.offset("address"));
    return [view.u32(at + entry.offset("space")), (address - BASE) / PAGE_BYTES];
  }).sort(([a], [b]) => a - b);
}

/** Throws unless a setup operation succeeded. */
function must({ result }: OpOutcome): void {
  if (result !== 0) throw new Error(`an operation of the setup ended with ${result}`);
}

/** Says where outcomes differ from what was expected. */
function differ(what: string, got: unknown, wanted: unknown): string | undefined {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  return a === b ? undefined : `${what} is ${a}, not ${b}`;
}

/**
 * Two CPUs fault on two pages of one fresh mapping, so that both want to give it its anon_vma; the third asks who maps
 * the second page, until after it is mapped.
 */
export function twoFaultsOneWalk(tries = 4): Program {
  let buffers: number[] = [];
  return {
    prepare(machine) {
      const op = operations(machine);
      for (const operation of [op.spawn(0), op.mmap(0, 4)]) must(machine.run(operation));
      buffers = Array.from({ length: tries }, () => mappingBuffer(machine));
      return [[op.write(0, 0, 10)], [op.write(0, 1, 11)], buffers.map((buffer) => op.rmap(0, 1, buffer))];
    },
    verify(machine, [first = [], second = [], walks = []]) {
      const op = operations(machine);
      const unmapped = -machine.layout.constant("EFAULT");
      const faults = [...first, ...second].map(({ result, anonDelta }) => [result, anonDelta]);
      const values = [0, 1].map((page) => Number(machine.run(op.read(0, page)).value));
      // Once it is mapped it stays so.
      const mapped = walks.findIndex(({ result }) => result === 0);
      const results = walks.map((_, i) => (mapped < 0 || i < mapped ? unmapped : 0));
      const got = walks.map(({ result }) => result);
      const answers = buffers.filter((_, i) => got[i] === 0).map((buffer) => mappingsIn(machine, buffer));
      return (
        differ("what the faults answered", faults, [
          [0, 1],
          [0, 1],
        ]) ??
        differ("what the pages hold", values, [10, 11]) ??
        differ("what the walks answered", got, results) ??
        differ(
          "who maps the page",
          answers,
          answers.map(() => [[0, 1]]),
        )
      );
    },
  };
}

/** The third CPU's read stands for the look-up: races have no operation for it. The page table is there already. */
export const LOOK_UP = parseRace(
  `title Two first faults and a look-up
story Two CPUs make the first faults of one mapping. A third asks who maps the second page.
source none
watch I1
setup
  0 mmap 8 1 r private anon
  0 touch 8 1 r
  0 mmap 0 2 rw private anon
cpu
  0 write 0 1
cpu
  0 write 1 2
cpu
  0 read 1
`,
  { file: "look-up.race", name: "look-up" },
).stress;

/** LOOK_UP with the look-up in place of the read. */
export function faultsBesideLookUp(): Program {
  const race = new RaceProgram(LOOK_UP);
  return {
    prepare(machine) {
      const [first = [], second = [], [read] = []] = race.prepare(machine);
      if (read === undefined) throw new Error("the race lost its read");
      const look = operations(machine).rmap(read.space ?? 0, 0, mappingBuffer(machine));
      return [first, second, [{ ...look, a: read.a ?? 0 }]];
    },
    verify: (machine, outcomes) => race.verify(machine, outcomes),
  };
}

/** Three CPUs fault on a page each of one fresh mapping, and each asks right afterwards who maps its page. */
export function faultThenWalk(): Program {
  let buffers: number[] = [];
  return {
    prepare(machine) {
      const op = operations(machine);
      for (const operation of [op.spawn(0), op.mmap(0, 4)]) must(machine.run(operation));
      buffers = [0, 1, 2].map(() => mappingBuffer(machine));
      return buffers.map((buffer, page) => [op.write(0, page, 10 + page), op.rmap(0, page, buffer)]);
    },
    verify(machine, outcomes) {
      const results = outcomes.flat().map(({ result }) => result);
      const answers = buffers.map((buffer) => mappingsIn(machine, buffer));
      return (
        differ("what the operations answered", results, [0, 0, 0, 0, 0, 0]) ??
        differ("who maps the pages", answers, [[[0, 0]], [[0, 1]], [[0, 2]]])
      );
    },
  };
}

/** After a fork: the parent exits, one CPU asks who maps the child's page, and one writes to it in the child. */
export function exitWalkWrite(tries = 3): Program {
  let buffers: number[] = [];
  return {
    prepare(machine) {
      const op = operations(machine);
      const setup = [op.spawn(0), op.mmap(0, 4), op.write(0, 0, 1), op.fork(0, 1)];
      for (const operation of setup) must(machine.run(operation));
      buffers = Array.from({ length: tries + 1 }, () => mappingBuffer(machine));
      const walks = buffers.slice(0, tries).map((buffer) => op.rmap(1, 0, buffer));
      return [[op.exit(0)], walks, [op.write(1, 0, 2)]];
    },
    verify(machine, [exit = [], walks = [], write = []]) {
      const op = operations(machine);
      const results = [...exit, ...walks, ...write].map(({ result }) => result);
      const last = buffers[tries] ?? 0;
      must(machine.run(op.rmap(1, 0, last)));
      const value = Number(machine.run(op.read(1, 0)).value);
      // The page that the child mapped when it was asked may by now be the parent's only, the child's only, or gone.
      const allowed = ["[]", "[[0,0]]", "[[1,0]]", "[[0,0],[1,0]]"];
      const answers = buffers.slice(0, tries).map((buffer) => JSON.stringify(mappingsIn(machine, buffer)));
      const wrong = answers.find((answer) => !allowed.includes(answer));
      return (
        differ(
          "what the operations answered",
          results,
          results.map(() => 0),
        ) ??
        differ("what the child holds", value, 2) ??
        differ("who maps the child's page at the end", mappingsIn(machine, last), [[1, 0]]) ??
        (wrong === undefined ? undefined : `a walk found ${wrong}`)
      );
    },
  };
}
