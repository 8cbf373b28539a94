/**
 * The order of a script's operations on several CPUs: what must come after what does, and what need not does
 * not.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mark } from "../../dist/engine/marks.js";
import { ScriptOrder } from "../../dist/script/order.js";
import { generate, type Profile } from "../../model/generate.js";
import { Model } from "../../model/model.js";
import { type Page, ZERO } from "../../model/page.js";
import { isProcessOperation, type Operation, type ProcessOperation } from "../../src/ops/operation.js";
import { printOperation } from "../../src/ops/print.js";
import { parseScript } from "../../src/ops/script.js";

/** For each CPU, up to which operation something comes after. */
type Clock = readonly number[];

/** Follows a script whose processes run on the CPUs of their numbers, and knows what comes after what. */
class History {
  readonly #order: ScriptOrder;
  readonly #cpus: number;
  readonly #clocks: Clock[] = [];
  readonly #latest: Clock[];
  /** Operations that the last one waits for, by their numbers from 0. */
  waits: number[] = [];

  constructor(cpus: number) {
    this.#cpus = cpus;
    this.#order = new ScriptOrder(cpus);
    this.#latest = new Array(cpus).fill(new Array(cpus).fill(0));
  }

  async next(operation: ProcessOperation): Promise<void> {
    const cpu = this.#cpuOf(operation);
    const position = this.#clocks.length + 1;
    await this.#order.next(operation, cpu, async (waits: readonly Mark[]) => {
      this.waits = waits.map((mark) => mark.position - 1);
      const before = [this.#latest[cpu] as Clock, ...this.waits.map((index) => this.#clocks[index] as Clock)];
      const clock = Array.from({ length: this.#cpus }, (_, at) =>
        Math.max(...before.map((c) => c[at] as number)),
      );
      clock[cpu] = position;
      this.#clocks.push(clock);
      this.#latest[cpu] = clock;
      return position;
    });
  }

  /** Whether the operation that was given last comes after an earlier one. */
  lastIsAfter(index: number, earlier: ProcessOperation): boolean {
    const last = this.#clocks[this.#clocks.length - 1] as Clock;
    return (last[this.#cpuOf(earlier)] as number) > index;
  }

  #cpuOf({ process }: ProcessOperation): number {
    return process % this.#cpus;
  }
}

/** The operations that each one waits for, with as many CPUs as processes. */
async function waitsIn(text: string): Promise<Map<string, string[]>> {
  const history = new History(8);
  const script = parseScript(text).filter(isProcessOperation);
  const waits = new Map<string, string[]>();
  for (const operation of script) {
    await history.next(operation);
    const after = history.waits.map((index) => printOperation(script[index] as Operation));
    waits.set(printOperation(operation), after.sort());
  }
  return waits;
}

describe("ScriptOrder", () => {
  it("lets two families run at the same time, each with memory of its own", async () => {
    const waits = await waitsIn(`0 fork 1
0 fork 2
1 mmap 0 8 rw private anon
2 mmap 0 8 rw private anon
1 write 0 1
2 write 0 1
1 mprotect 0 4 r
2 munmap 2 2
1 write 5 1
2 write 5 1
1 madvise 0 8 dontneed
2 mremap 4 2 2 40
1 touch 0 4 w
2 exit
1 exit
`);
    const waiting = [...waits].filter(([, after]) => after.length > 0);
    expect(waiting).toEqual([
      ["1 mmap 0 8 rw private anon", ["0 fork 2"]],
      ["2 mmap 0 8 rw private anon", ["0 fork 2"]],
    ]);
  });

  it("keeps the order at a page that is shared by fork, and only there", async () => {
    const waits = await waitsIn(`0 mmap 0 8 rw private anon
0 touch 0 8 w
0 fork 1
0 write 3 1
1 write 4 1
1 write 3 2
0 munmap 3 1
0 munmap 5 1
`);
    expect(waits.get("0 write 3 1")).toEqual([]);
    expect(waits.get("1 write 4 1")).toEqual(["0 fork 1"]);
    expect(waits.get("1 write 3 2")).toEqual(["0 write 3 1"]);
    expect(waits.get("0 munmap 3 1")).toEqual(["1 write 3 2"]);
    expect(waits.get("0 munmap 5 1")).toEqual([]);
  });

  it("follows a page to where it is moved", async () => {
    const waits = await waitsIn(`0 mmap 0 8 rw private anon
0 touch 0 8 w
0 fork 1
1 mremap 2 2 2 40
0 write 3 1
1 write 41 1
0 write 40 1
`);
    expect(waits.get("0 write 3 1")).toEqual(["1 mremap 2 2 2 40"]);
    expect(waits.get("1 write 41 1")).toEqual(["0 write 3 1"]);
    // Nothing was there at the fork.
    expect(waits.get("0 write 40 1")).toEqual([]);
  });

  it("keeps the order at the file and at shared memory, wherever they are mapped", async () => {
    const waits = await waitsIn(`0 mmap 30 4 rw shared anon
0 fork 1
0 mmap 0 8 r private file 3
1 mmap 20 8 rw shared file 90
1 write 20 1
0 read 5
1 write 31 1
0 read 33
0 mremap 30 4 4 50
1 write 30 2
`);
    expect(waits.get("1 write 20 1")).toEqual([]);
    expect(waits.get("0 read 5")).toEqual(["1 write 20 1"]);
    expect(waits.get("1 write 31 1")).toEqual([]);
    expect(waits.get("0 read 33")).toEqual(["1 write 31 1"]);
    expect(waits.get("1 write 30 2")).toEqual(["0 mremap 30 4 4 50"]);
  });

  it("has forks and changes of mappings come after each other", async () => {
    const waits = await waitsIn(`0 fork 1
0 mmap 0 2 rw private anon
1 mmap 8 2 rw private anon
0 fork 2
1 munmap 8 1
1 madvise 9 1 mergeable
0 madvise 0 2 mergeable
`);
    expect(waits.get("0 fork 2")).toEqual(["1 mmap 8 2 rw private anon"]);
    expect(waits.get("1 munmap 8 1")).toEqual(["0 fork 2"]);
    expect(waits.get("0 madvise 0 2 mergeable")).toEqual(["1 madvise 9 1 mergeable"]);
  });

  it("keeps a process whose addresses are not known in order with all others", async () => {
    const waits = await waitsIn(`0 mmap 0 2 rw private anon
0 fork 1
1 mmap 0 2 rw private anon
0 mmap any 2 rw private anon
1 write 0 1
0 read 0
`);
    expect(waits.get("0 mmap any 2 rw private anon")).toEqual(["1 mmap 0 2 rw private anon"]);
    expect(waits.get("1 write 0 1")).toEqual(["0 mmap any 2 rw private anon"]);
    expect(waits.get("0 read 0")).toEqual(["1 write 0 1"]);
  });
});

/**

 * Pages of all processes, and what an operation can be seen to have used: what it names, and what it

 * changed.

 */
class Uses {
  readonly #model = new Model();

  run(operation: Operation): Page[] {
    const before = this.#entries(operation);
    this.#model.run([operation]);
    const after = this.#entries(operation);
    const named = namedBy(operation);
    const pages = new Set([...before.keys(), ...after.keys()]);
    const used = [...pages].filter((at) => named(at) || before.get(at) !== after.get(at));
    return used
      .flatMap((at) => [before.get(at), after.get(at)])
      .filter((page): page is Page => isShared(page));
  }

  #entries(operation: Operation): Map<number, Page> {
    const process = isProcessOperation(operation) ? this.#model.processes.get(operation.process) : undefined;
    return new Map(process?.table.present());
  }
}

/** Merged pages are in no order: they are never written in place. */
function isShared(page: Page | undefined): boolean {
  return page !== undefined && page !== ZERO && page.kind !== "ksm";
}

function namedBy(operation: Operation): (page: number) => boolean {
  if (operation.kind === "fork" || operation.kind === "exit") return () => true;
  if (!("page" in operation) || operation.page === "any") return () => false;
  const from = operation.page;
  const to = from + ("pages" in operation ? operation.pages : 1);
  return (page) => page >= from && page < to;
}

it("every operation comes after those that used its pages in other processes", async () => {
  const profiles = fc.constantFrom<Profile>("cow", "vma", "file", "all", "stack", "heap", "lock");
  await fc.assert(
    fc.asyncProperty(
      profiles,
      fc.nat({ max: 2 ** 20 }),
      fc.constantFrom(2, 3, 8),
      async (profile, seed, cpus) => {
        const script = generate(seed, profile, { operations: 150, without: ["ksm"] }).filter(
          isProcessOperation,
        );
        const history = new History(cpus);
        const uses = new Uses();
        const last = new Map<Page, number>();
        for (const [index, operation] of script.entries()) {
          await history.next(operation);
          for (const page of uses.run(operation)) {
            const earlier = last.get(page);
            const other = script[earlier ?? index] as ProcessOperation;
            if (earlier !== undefined && !history.lastIsAfter(earlier, other)) {
              throw new Error(`${printOperation(operation)} is not after ${printOperation(other)}`);
            }
            last.set(page, index);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
