/** What a benchmark says: rows of one form, whatever was measured and however. */
import { EnvironmentError } from "../errors.js";
import type { Latency } from "./histogram.js";

/** What a row was measured on. */
export type BenchEngine = "wasm" | "native-c" | "linux" | "model";

/** One row: what, on which engine and how many CPUs, how fast. */
export interface BenchRow {
  readonly name: string;
  readonly engine: BenchEngine;
  readonly cpus: number;
  /** Operations a second of all CPUs together: the median of the repeats. */
  readonly opsPerSecond: number;
  /** Nanoseconds an operation takes on one CPU. */
  readonly nsPerOp: number;
  /** What each repeat had, in turn: the same turn of another engine or count of CPUs was measured right beside it. */
  readonly rates: readonly number[];
  /** How many times one CPU's `calibrate` as many CPUs gave in each turn, where `calibrate` was asked for. */
  readonly machineScaling?: readonly number[];
  /** Nanoseconds that a share of single operations did not exceed, with the call into the engine. */
  readonly latency?: Latency;
}

/** A figure that is to reach, or to stay below, another one. */
export interface BenchTarget {
  readonly name: string;
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
  readonly reached: boolean;
}

/** The JSON form of `rmap bench`; schemas/bench.json describes it. */
export interface BenchResult {
  readonly schema: "rmap.bench/1";
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly platform: string;
    /** The C compiler and its flags; absent when the C program could not be built. */
    readonly compiler?: string;
    /** Release of the kernel that the rows of `linux` were measured on. */
    readonly kernel?: string;
  };
  /** The version of this package, and the commit of its sources where they are a checkout. */
  readonly version: string;
  readonly commit?: string;
  readonly repeats: number;
  readonly rows: readonly BenchRow[];
  /** Figures that compare rows of this run. */
  readonly ratios: Readonly<Record<string, number>>;
  /** What was measured without a peer, and why, by row and engine. */
  readonly withoutPeer: Readonly<Record<string, Readonly<Partial<Record<BenchEngine, string>>>>>;
  readonly targets: readonly BenchTarget[];
}

/**
 * Operations a second. Throws EnvironmentError when that is no number above 0: nothing was done, or the clock did not move
 * meanwhile. No such figure gets into a result.
 */
export function rateOf(operations: number, seconds: number): number {
  const rate = operations / seconds;
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new EnvironmentError(
    `a measurement of ${operations} operations in ${seconds} s says nothing`,
    "the machine may be far too slow, or its clock too coarse: try again when it is idle",
  );
}

/** The middle of some measurements, of which there must be one. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("no measurement has no middle");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/**
 * Makes a row of the rates that its repeats had, operations a second of all CPUs together. Throws as `rateOf` when one of
 * them is none.
 */
export function benchRow(
  measured: Pick<BenchRow, "name" | "engine" | "cpus" | "latency" | "machineScaling">,
  rates: readonly number[],
): BenchRow {
  for (const rate of rates) rateOf(rate, 1);
  const opsPerSecond = median(rates);
  return { ...measured, opsPerSecond, nsPerOp: (1e9 * measured.cpus) / opsPerSecond, rates };
}
