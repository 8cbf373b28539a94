/** All rows, and in which order they are measured: repeats of rows that are compared are interleaved. */
import { availableParallelism, cpus as cpuInfo } from "node:os";
import { calibrate } from "./calibrate.js";
import { FaultUnmap, type Sharing } from "./fault-unmap.js";
import { MICRO_NAMES, measureMicro } from "./micro.js";
import { type BenchResult, type BenchRow, benchRow, median } from "./result.js";
import { measureRmapWalk, RMAP_WALK_NAMES } from "./rmap-walk.js";
import { largestTrace, measureParse } from "./trace-parse.js";

/** How often each measurement is repeated. */
const REPEATS = 7;
/** How often the trace is read in one measurement. */
const PARSES = 20;

/** What is measured and how it is told. */
export interface BenchOptions {
  /** Names of rows; all of them when empty. */
  readonly names: readonly string[];
  /** Counts of CPUs for the rows that scale. */
  readonly cpus: readonly number[];
  readonly onStep: (what: string) => void;
}

interface Measured {
  readonly operations: number;
  readonly seconds: number;
}

/** A benchmark: one or more rows. */
interface Benchmark {
  readonly name: string;
  readonly rows: readonly string[];
  run(options: BenchOptions): Promise<BenchRow[]>;
}

const BENCHMARKS: readonly Benchmark[] = [
  { name: "calibrate", rows: ["calibrate"], run: (options) => scaling("calibrate", options, calibrate) },
  {
    name: "fault-unmap",
    rows: ["fault-unmap"],
    run: (options) => faultUnmap("fault-unmap", "separate", options),
  },
  {
    name: "fault-unmap-shared",
    rows: ["fault-unmap-shared"],
    run: (options) => faultUnmap("fault-unmap-shared", "shared", options),
  },
  {
    name: "micro",
    rows: MICRO_NAMES,
    run: ({ names, onStep }) => measureMicro(names.includes("micro") ? [] : names, onStep),
  },
  { name: "rmap-walk", rows: RMAP_WALK_NAMES, run: rmapWalks },
  { name: "trace-parse", rows: ["trace-parse"], run: traceParse },
];

/** Every name that BenchOptions.names may hold. */
export function benchNames(): string[] {
  return [...new Set(BENCHMARKS.flatMap(({ name, rows }) => [name, ...rows]))];
}

/** Measures what was asked for. Throws what the engine and the environment throw. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { names } = options;
  const chosen = BENCHMARKS.filter(
    ({ name, rows }) => names.length === 0 || names.includes(name) || rows.some((row) => names.includes(row)),
  );
  const rows: BenchRow[] = [];
  for (const benchmark of chosen) rows.push(...(await benchmark.run(options)));
  return {
    schema: "rmap.bench/1",
    machine: {
      cpu: cpuInfo()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    rows,
    ratios: scalingRatios(rows),
  };
}

async function faultUnmap(name: string, sharing: Sharing, options: BenchOptions): Promise<BenchRow[]> {
  const bench = await FaultUnmap.create(Math.max(...options.cpus), sharing);
  try {
    await bench.calibrate();
    return await scaling(name, options, (cpus) => bench.measure(cpus));
  } finally {
    await bench.dispose();
  }
}

/** Measures on each count of CPUs in turn, several times over; the row is the median. */
async function scaling(
  name: string,
  { cpus, onStep }: BenchOptions,
  measure: (cpus: number) => Promise<Measured>,
): Promise<BenchRow[]> {
  const rates = new Map<number, number[]>(cpus.map((count) => [count, []]));
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const [count, list] of rates) {
      onStep(`${name}, ${count} CPUs, ${repeat + 1} of ${REPEATS}`);
      const { operations, seconds } = await measure(count);
      list.push(operations / seconds);
    }
  }
  return [...rates].map(([count, list]) => benchRow(name, count, median(list), 1));
}

/** Rows of walks whose time a mapping found is to stay the same; those that were asked for. */
async function rmapWalks({ names, onStep }: BenchOptions): Promise<BenchRow[]> {
  const all = names.length === 0 || names.includes("rmap-walk");
  const rows: BenchRow[] = [];
  for (const name of RMAP_WALK_NAMES) {
    if (all || names.includes(name)) rows.push(await measureRmapWalk(name, onStep));
  }
  return rows;
}

async function traceParse({ onStep }: BenchOptions): Promise<BenchRow[]> {
  const { name, bytes } = await largestTrace();
  onStep(`trace-parse of ${name}`);
  measureParse(name, bytes, 2);
  const { operations, seconds } = measureParse(name, bytes, PARSES);
  return [benchRow("trace-parse", 1, operations, seconds)];
}

/** For each row on one CPU: how much faster the same row is on more. */
function scalingRatios(rows: readonly BenchRow[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const row of rows.filter(({ cpus }) => cpus > 1)) {
    const single = rows.find(
      ({ name, engine, cpus }) => name === row.name && engine === row.engine && cpus === 1,
    );
    if (single) ratios[`${row.name}-${row.cpus}-to-1`] = row.opsPerSecond / single.opsPerSecond;
  }
  const few = rows.find(({ name }) => name === "rmap-walk-unrelated-10");
  const many = rows.find(({ name }) => name === "rmap-walk-unrelated-10000");
  if (few && many) ratios["rmap-walk-unrelated-10000-to-10"] = many.nsPerOp / few.nsPerOp;
  for (const [name, value] of Object.entries(ratios)) {
    const [, cpus] = /-(\d+)-to-1$/.exec(name) ?? [];
    const machine = ratios[`calibrate-${cpus}-to-1`];
    if (machine && !name.startsWith("calibrate-")) ratios[`${name}-of-calibrate`] = value / machine;
  }
  return ratios;
}
