/**
 * One CPU stands still in the middle of what it does, holding no lock, while another goes on: that one must come to its end,
 * or to a lock or a word that it waits for. It must not try again and again until the first goes on.
 */

import { describe, expect, test } from "vitest";
import { type Access, Machine, type Program, Runner, type Strategy } from "../../dist/explore/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { modelEngine, monitorModule } from "./modules.js";
import { operations } from "./programs.js";

const module = modelEngine();
const monitor = monitorModule();
/** More than any of these operations needs alone. */
const BOUND = 2000;

/** An operation by its name in the layout, on pages of the mapping of `operations`. */
function operation(machine: Machine, name: string, fields: Omit<OpRecord, "op">): OpRecord {
  return { op: machine.layout.constant(name), ...fields };
}

/**
 * CPU 1 executes its first `warmUp` operations, then CPU 0 goes on until it has made an access for which `stands` holds,
 * then CPU 1 alone for as long as it can, then whoever can.
 */
class Standing implements Strategy {
  readonly name = "standing";
  readonly exhaustive = false;
  readonly share = undefined;
  /** Whether CPU 0 came to where it is to stand. */
  stood = false;
  /** Steps that CPU 1 made while it stood there. */
  steps = 0;
  /** Whether CPU 1 had to wait for it. */
  waited = false;

  constructor(
    private readonly machine: Machine,
    private readonly warmUp: number,
    stands: (place: string, access: Access) => boolean,
  ) {
    machine.observer = (cpu, access) => {
      if (cpu === 0 && stands(machine.places[access.place] ?? "", access)) this.stood = true;
    };
  }

  begin(): boolean {
    this.stood = false;
    this.steps = 0;
    this.waited = false;
    return true;
  }

  next(_scene: unknown, runnable: number): number {
    const first = 31 - Math.clz32(runnable & -runnable);
    const { machine } = this;
    const done = machine.view.u32(machine.control.cpuBase(1) + machine.layout.struct("Cpu").offset("index"));
    if (done < this.warmUp) return 1;
    if (!this.stood) return first;
    if (machine.fibers[1]?.state === "done" || this.waited) return first;
    if ((runnable & 2) !== 0) {
      this.steps++;
      return 1;
    }
    this.waited = true;
    return first;
  }

  choose(): number {
    return 0;
  }
}

/** Runs a program once with CPU 0 standing there; says how CPU 1 got on. */
function stand(
  program: Program,
  warmUp: number,
  stands: (place: string, access: Access) => boolean,
): { stood: boolean; waited: boolean; finding: string | undefined } {
  const machine = new Machine({ module, monitor, cpus: 2, arenaPages: 256 });
  const runner = new Runner(machine, program);
  const strategy = new Standing(machine, warmUp, stands);
  // Every access is a step.
  machine.monitor.passAll(true);
  const { finding } = runner.execute(strategy, BOUND);
  return { stood: strategy.stood, waited: strategy.waited, finding: finding?.message };
}

/** A range of pages of the mapping, as the fields of an operation. */
function range(machine: Machine, page: number, pages: number) {
  const { a = 0 } = operations(machine).read(0, page);
  return { space: 0, a, b: pages * machine.layout.constant("PAGE_SIZE") };
}

describe("while another CPU stands still", () => {
  test.each([
    ["a store to memory of its own", true],
    ["reading, of a file's page", false],
  ])("a pin for %s, whose entry is gone although this CPU still remembers it, is made", (_, write) => {
    const program: Program = {
      prepare(machine) {
        const op = operations(machine);
        machine.run(op.spawn(0));
        const code = (name: string) => machine.layout.constant(name);
        machine.run({ op: code("OP_FILE"), aux: 1, a: 4 });
        const map = op.mmap(0, 4);
        const shared = code("MAP_SHARED") | code("MAP_FIXED");
        const ofFile = { ...map, aux: 3 | (shared << 8), c: 2 ** code("MMAP_FILE_SHIFT") };
        machine.run(write ? map : ofFile);
        const drop = operation(machine, "OP_MADVISE", {
          ...range(machine, 0, 1),
          aux: code("MADV_DONTNEED"),
        });
        const one = { ...range(machine, 0, 0), b: 1, flags: code("OPF_RANGE") };
        const pin = operation(machine, "OP_PIN", { ...one, aux: write ? 1 : 0 });
        const unpin = operation(machine, "OP_UNPIN", one);
        // The TLB learns the entry from the second access.
        const access = write ? op.write(0, 0, 7) : op.read(0, 0);
        return [[drop], [access, access, pin, op.read(0, 0), unpin]];
      },
      verify(_machine, [dropped = [], pinned = []]) {
        const results = [...dropped, ...pinned].map(({ result }) => result);
        if (results.some((result) => result !== 0)) return `the operations ended with ${results}`;
        // What the process sees from then on is what is pinned: a fresh page, or the file's.
        const seen = pinned[3]?.value;
        return seen === 0n ? undefined : `the pinned page holds ${seen}`;
      },
    };
    const result = stand(program, 2, (place, { hook }) => {
      // The table's lock is given back; the flush follows.
      return place.startsWith("mm/zap/zapRange") && hook.name === "unlock32.release";
    });
    expect(result).toEqual({ stood: true, waited: false, finding: undefined });
  });

  test("a CPU that looks up a file page waits for the lock while reclaim takes that page away", () => {
    const program: Program = {
      prepare(machine) {
        const op = operations(machine);
        machine.run(op.spawn(0));
        const code = (name: string) => machine.layout.constant(name);
        machine.run({ op: code("OP_FILE"), aux: 1, a: 4 });
        const shared = code("MAP_SHARED") | code("MAP_FIXED");
        machine.run({ ...op.mmap(0, 4), aux: 1 | (shared << 8), c: 2 ** code("MMAP_FILE_SHIFT") });
        machine.run(op.read(0, 0));
        machine.run(
          operation(machine, "OP_MADVISE", { ...range(machine, 0, 1), aux: code("MADV_DONTNEED") }),
        );
        return [[operation(machine, "OP_RECLAIM", { a: 1 })], [op.read(0, 0)]];
      },
      verify: (_machine, [reclaim = [], read = []]) =>
        reclaim[0]?.value === 1n && read[0]?.result === 0
          ? undefined
          : "the page was not reclaimed, or not read",
    };
    const result = stand(program, 0, (place, { hook, value, expected }) => {
      // Nobody can take a reference to the page any more, and it still stands in the cache.
      return place.startsWith("reclaim/shrink") && hook.kind === "cas" && value === 0 && expected === 2;
    });
    expect(result).toEqual({ stood: true, waited: true, finding: undefined });
  });

  test("a scan that meets a merged page which is being freed waits until its node is noted", () => {
    const program: Program = {
      prepare(machine) {
        const op = operations(machine);
        const code = (name: string) => machine.layout.constant(name);
        const scan = operation(machine, "OP_KSM", { aux: 0 });
        machine.run(op.spawn(0));
        machine.run(op.mmap(0, 8));
        for (const page of [0, 1]) machine.run(op.write(0, page, 5));
        machine.run(
          operation(machine, "OP_MADVISE", { ...range(machine, 0, 8), aux: code("MADV_MERGEABLE") }),
        );
        machine.run(scan);
        // Two more of another content, which the next scan looks for beside the merged page.
        for (const page of [4, 5]) machine.run(op.write(0, page, 6));
        const drop = operation(machine, "OP_MADVISE", {
          ...range(machine, 0, 2),
          aux: code("MADV_DONTNEED"),
        });
        return [[drop], [scan]];
      },
      verify: (_machine, outcomes) =>
        outcomes.flat().every(({ result }) => result === 0) ? undefined : "an operation failed",
    };
    let freed = false;
    const result = stand(program, 0, (place, { hook }) => {
      // The last reference is dropped; what tells KSM comes next.
      freed ||= place.startsWith("mem/stale/");
      return freed && hook.kind === "load";
    });
    expect(result).toEqual({ stood: true, waited: true, finding: undefined });
  });

  test("in the middle of a fork, another fork into the same slot is refused at once, and does nothing", () => {
    const program: Program = {
      prepare(machine) {
        const op = operations(machine);
        for (const each of [op.spawn(0), op.spawn(1), op.mmap(0, 4), op.write(0, 0, 7)]) machine.run(each);
        return [[op.fork(0, 2)], [op.fork(1, 2), op.spawn(2)]];
      },
      verify(machine, outcomes) {
        const results = outcomes.flat().map(({ result }) => result);
        const exists = -machine.layout.constant("EEXIST");
        if (`${results}` !== `${[0, exists, exists]}`) return `the operations ended with ${results}`;
        const child = machine.run(operations(machine).read(2, 0));
        return child.value === 7n ? undefined : `the child holds ${child.value}`;
      },
    };
    const result = stand(
      program,
      0,
      (place) => place.startsWith("rmap/fork/") || place.startsWith("mm/copy/"),
    );
    expect(result).toEqual({ stood: true, waited: false, finding: undefined });
  });
});
