/** Measures rows: builds the C program, runs row after row, and judges the targets. */
import { availableParallelism, cpus as cpuInfo, release } from "node:os";
import { packageVersion } from "../platform/package.js";
import { CATALOGUE } from "./catalogue.js";
import { commitOf } from "./commit.js";
import { buildNative, NativePeer, type Using } from "./native.js";
import { ratiosOf } from "./ratios.js";
import type { BenchResult, BenchRow } from "./result.js";
import { measureRow, type Peers, type Reasons, type RowOptions } from "./row.js";
import { targetsOf } from "./targets.js";

/** Default number of repeats of each measurement. */
export const REPEATS = 21;

/** What to measure, and how to report progress. */
export interface BenchOptions extends RowOptions {
  readonly repeats?: number;
  /** Whether to measure the C program, the kernel and the model as well. Default: true. */
  readonly peers?: boolean;
  /** Called after each row with the result so far, without targets: they are judged at the end. */
  readonly onRow?: (soFar: BenchResult) => void;
  /** Ends the running parts when you interrupt the program. */
  readonly using: Using;
}

/** Every name that BenchOptions.names may hold. */
export function benchNames(): string[] {
  return CATALOGUE.map(({ name }) => name);
}

/** Measures the rows that you ask for. Passes on errors of the engine and the environment. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { onStep, using } = options;
  onStep("building the C program");
  const native = options.peers === false ? { missing: "--no-peers leaves it out" } : await buildNative(using);
  if ("missing" in native) {
    const model = options.peers === false ? native.missing : true;
    return measureRows(options, { native: native.missing, linux: native.missing, model });
  }
  return using(new NativePeer(native.file, "native-c"), async (peer) => {
    if (process.platform !== "linux") {
      const linux = "this machine runs another kernel";
      return measureRows(options, { native: peer, linux, model: true }, native.compiler);
    }
    return using(new NativePeer(native.file, "linux"), (linux) =>
      measureRows(options, { native: peer, linux, model: true }, native.compiler),
    );
  });
}

/** Measures row after row; `compiler` is the C program's. */
async function measureRows(options: BenchOptions, peers: Peers, compiler?: string): Promise<BenchResult> {
  const { names, onStep, onRow, repeats = REPEATS } = options;
  const chosen = CATALOGUE.filter(({ name, long }) =>
    names.length === 0 ? long !== true : names.includes(name),
  );
  const rows: BenchRow[] = [];
  const withoutPeer: Record<string, Reasons> = {};
  const commit = commitOf();
  const about: Omit<BenchResult, "rows" | "ratios" | "withoutPeer" | "targets"> = {
    schema: "rmap.bench/1",
    machine: {
      cpu: cpuInfo()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      ...(compiler !== undefined && { compiler }),
      ...(typeof peers.linux !== "string" && { kernel: release() }),
    },
    version: await packageVersion(),
    ...(commit !== undefined && { commit }),
    repeats,
    ...(options.variant && { variant: options.variant.name }),
  };
  for (const info of chosen) {
    const { measured, reasons } = await measureRow(info, options, peers, repeats);
    rows.push(...measured);
    if (Object.keys(reasons).length > 0) withoutPeer[info.name] = reasons;
    onRow?.({ ...about, rows: [...rows], ratios: ratiosOf(rows), withoutPeer, targets: [] });
  }
  const ratios = ratiosOf(rows);
  onStep("targets");
  const targets = await targetsOf(rows, ratios, names.length === 0);
  return { ...about, rows, ratios, withoutPeer, targets };
}
