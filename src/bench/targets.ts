/** The targets of this engine, as ratios within one run. */
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Engine } from "../engine/engine.js";
import type { BenchRow, BenchTarget } from "./result.js";

/** Ratios and their limits. */
const LEAST: readonly (readonly [ratio: string, least: number, what: string])[] = [
  ["fault-unmap:wasm/native-c", 1, "fault and unmap, as fast as C on one CPU"],
  ["cow-break:wasm/native-c", 0.8, "copying a shared page, against C"],
  ["fork-10m:wasm/native-c", 0.8, "fork of 10 MiB, against C"],
  ["pt-lookup:wasm/native-c", 0.8, "a lookup in the page tables, against C"],
  ["lru-add:wasm/native-c", 0.8, "adding to an LRU list, against C"],
  ["lru-isolate:wasm/native-c", 0.8, "taking off an LRU list and putting back, against C"],
  [
    "fault-unmap:2/1:of-calibrate",
    0.95,
    "two CPUs, each in its own address space, as a share of what the machine gives",
  ],
  ["fault-unmap-shared:2/1:of-calibrate", 0.85, "two CPUs in one address space"],
  ["fault-unmap:wasm/linux", 20, "fault and unmap, against the kernel's own"],
];

/** Nanoseconds that an operation may take at most. */
const MOST_NS: readonly (readonly [row: string, what: string, most: number])[] = [
  ["bytes-read-hit", "nanoseconds of a read that the TLB answers", 35],
  ["bytes-write-hit", "nanoseconds of a write that the TLB allows", 35],
  ["bytes-read-miss", "nanoseconds of a read that needs the page tables", 60],
  ["bytes-write-miss", "nanoseconds of a write that needs the page tables", 60],
  ["batch-arrays", "nanoseconds of the host for an access from arrays", 20],
];

/** The targets of the measured rows; with `all`, also the targets that belong to no row. */
export async function targetsOf(
  rows: readonly BenchRow[],
  ratios: Readonly<Record<string, number>>,
  all: boolean,
): Promise<BenchTarget[]> {
  const targets: BenchTarget[] = [];
  for (const [name, least, what] of LEAST) {
    const value = ratios[name];
    if (value !== undefined) targets.push({ name, what, value, least, reached: value >= least });
  }
  const most = (name: string, what: string, value: number | undefined, limit: number): void => {
    if (value !== undefined) targets.push({ name, what, value, most: limit, reached: value <= limit });
  };
  most(
    "rmap-walk-unrelated:10000/10",
    "a walk among 10,000 unrelated mappings, against 10",
    ratios["rmap-walk-unrelated:10000/10"],
    2,
  );
  const ready = rows.find(({ name }) => name === "engine-ready");
  most("engine-ready", "milliseconds until two CPUs run", ready && ready.nsPerOp / 1e6, 150);
  const ns = (name: string) => rows.find((row) => row.name === name)?.nsPerOp;
  for (const [name, what, limit] of MOST_NS) most(name, what, ns(name), limit);
  const [copy, set] = [ns("bytes-copy"), ns("bytes-set")];
  most("bytes-copy/bytes-set", "time of a copied page, against Uint8Array.set", copy && set && copy / set, 2);
  if (!all) return targets;
  const { size } = await stat(fileURLToPath(new URL("../engine.wasm", import.meta.url)));
  most("engine-bytes", "bytes of engine.wasm", size, 100_000);
  const engine = await Engine.create({ memory: 2 ** 27 });
  try {
    most("bytes-per-frame", "bytes of metadata a frame", engine.layout.struct("Page").size, 48);
    most(
      "fork-exit-leak",
      "pages and objects left after 100 forks and exits of 10 MiB",
      leftAfterForks(engine),
      0,
    );
  } finally {
    await engine.dispose();
  }
  return targets;
}

/** Pages and objects that 100 rounds of fork and exit leave behind: the difference of all counters. */
function leftAfterForks(engine: Engine): number {
  const parent = engine.spawn();
  const at = parent.mmap(10 * 2 ** 20);
  parent.touch(at, 2560);
  const round = () => {
    const child = parent.fork();
    child.touch(at, 64);
    child.exit();
    parent.touch(at, 2560);
  };
  const used = (): number[] => {
    engine.settle();
    const { frames, tables } = engine.usage();
    return [frames, tables, ...Object.values(engine.stats().objects)];
  };
  round();
  const before = used();
  for (let turn = 0; turn < 100; turn++) round();
  const after = used();
  return after.reduce((sum, value, index) => sum + Math.abs(value - (before[index] ?? 0)), 0);
}
