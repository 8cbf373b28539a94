/**
 * What a fault, a lookup and an LRU add cost, counted instead of timed: a change that makes one dearer must say so, by
 * changing counts.json.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BenchCpu } from "../../dist/bench/bench-cpu.js";
import { placeOf } from "../../dist/bench/clocked.js";
import { benchEngine } from "../../dist/bench/overlay.js";
import { PROGRAMS } from "../../dist/bench/programs.js";
import { boot } from "../../dist/cpu/boot.js";
import { type Counts, readCounts, withCounters } from "./counting.js";

const FILE = new URL("./counts.json", import.meta.url);
const ENGINE = new URL("../../dist/engine.wasm", import.meta.url);
const UPDATE = "RMAP_UPDATE_COUNTS=1 npx vitest run test/bench";
const ROUNDS = 8;

type Path = "fault" | "unmap" | "drop" | "lookup" | "lazyfree" | "lru-add" | "cow-break";

/** The engines with counters: to put those in takes seconds. */
const ENGINES = {
  release: withCounters(readFileSync(ENGINE)) as Uint8Array<ArrayBuffer>,
  bench: withCounters(await benchEngine()) as Uint8Array<ArrayBuffer>,
};

/** A CPU of a counting engine, in this thread. */
async function countingCpu(wasmBytes: Uint8Array<ArrayBuffer>) {
  const machine = await boot({
    wasmBytes,
    queueRecords: 4096,
  });
  const cpu = new BenchCpu(machine.control, machine.host, machine.control.cpus, machine.memory);
  const place = placeOf(0, false, machine.scratch.offset);
  const exports = machine.host as unknown as Record<string, unknown>;
  return { cpu, place, counts: () => readCounts(exports) };
}

type Cpu = Awaited<ReturnType<typeof countingCpu>>;

/** The mean of what `timed` executes for each of `operations`, over several rounds; `before` and `after` are not counted. */
function measure(
  { counts }: Cpu,
  operations: number,
  timed: () => void,
  before: () => void = () => {},
): Counts {
  const sums = { locked: 0, loads: 0, stores: 0, calls: 0 };
  // The first round fetches what the later ones find at hand.
  for (let round = 0; round <= ROUNDS; round++) {
    before();
    const from = counts();
    timed();
    const to = counts();
    if (round === 0) continue;
    for (const kind of Object.keys(sums) as (keyof Counts)[]) sums[kind] += to[kind] - from[kind];
  }
  const mean = (sum: number) => Math.round((sum / operations / ROUNDS) * 100) / 100;
  return {
    locked: mean(sums.locked),
    loads: mean(sums.loads),
    stores: mean(sums.stores),
    calls: mean(sums.calls),
  };
}

/** Counts every path. */
async function countAll(): Promise<Record<Path, Counts>> {
  const engine = await countingCpu(ENGINES.release);
  const { cpu, place } = engine;
  const { encoder } = cpu;
  cpu.execute(encoder.spawn(place.space));
  cpu.execute(encoder.mmap(place.space, 4096 * 4096, { at: place.at }));
  const touch = (pages: number) => cpu.execute(encoder.touch(place.space, place.at, pages, true));
  const unmap = () => cpu.execute(encoder.madvise(place.space, place.at, 4096 * 4096, "dontneed"));
  const fault = measure(engine, 512, () => touch(512), unmap);
  const unmapped = measure(engine, 512, unmap, () => touch(512));
  const lazyfree = measure(
    engine,
    512,
    () => cpu.execute(encoder.madvise(place.space, place.at, 512 * 4096, "free")),
    () => {
      unmap();
      touch(512);
    },
  );
  unmap();
  touch(4096);
  // Several tables, and a TLB that knows pages of them: TLBs are flushed, others are to notice.
  const drop = measure(engine, 4096, unmap, () => {
    touch(4096);
    touch(4096);
  });
  touch(4096);
  const lookup = measure(engine, 4096, () => touch(4096));
  let forked = false;
  const cow = measure(
    engine,
    512,
    () => touch(512),
    () => {
      if (forked) cpu.execute(encoder.exit(place.other));
      cpu.execute(encoder.fork(place.space, place.other));
      forked = true;
    },
  );
  const steps = await countingCpu(ENGINES.bench);
  const program = PROGRAMS["lru-add"];
  if (!program?.steps) throw new Error("the row lru-add has no steps");
  program.prepare(steps.cpu, steps.place);
  const entry = steps.cpu.engine as never;
  const { before, timed } = program.steps;
  const lruAdd = measure(
    steps,
    Number(program.operations),
    () => timed(entry, steps.place),
    () => before?.(entry, steps.place),
  );
  return { fault, unmap: unmapped, drop, lookup, lazyfree, "cow-break": cow, "lru-add": lruAdd };
}

/** Counted once, for both tests. */
const first = countAll();

test("no path executes more than it did", async () => {
  const now = await first;
  const { RMAP_UPDATE_COUNTS: update } = process.env;
  if (update) writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
  const committed = JSON.parse(readFileSync(FILE, "utf8")) as Record<Path, Counts>;
  const dearer: string[] = [];
  for (const [path, counts] of Object.entries(now) as [Path, Counts][]) {
    for (const kind of Object.keys(counts) as (keyof Counts)[]) {
      const was = committed[path]?.[kind];
      if (was === undefined || counts[kind] > was + 0.01)
        dearer.push(`${path}: ${kind} for one page rose from ${was ?? "nothing"} to ${counts[kind]}`);
    }
  }
  const advice = `if that is meant, write the new figures with\n  ${UPDATE}\nand say in the commit why`;
  expect(dearer, `${dearer.join("\n")}\n${advice}`).toEqual([]);
});

test("counts are the same every time", async () => {
  expect(await countAll()).toEqual(await first);
});

test("the engine for benchmarks exports all that the release one does", async () => {
  const names = (wasm: Uint8Array) =>
    WebAssembly.Module.exports(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>)).map(
      ({ name }) => name,
    );
  const own = names(await benchEngine());
  expect(names(readFileSync(ENGINE)).filter((name) => !own.includes(name))).toEqual([]);
});
