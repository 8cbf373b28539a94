/** The result of a benchmark: rows of one form, whatever the row measures. */
import { EnvironmentError } from "../errors.js";
import type { Latency } from "./histogram.js";

/** What a row was measured on: the engine, a variant of it, or a peer. */
export type BenchEngine = "wasm" | "variant" | "native-c" | "linux" | "model";

/** One row: its name, its engine, the number of CPUs, and the speed. */
export interface BenchRow {
  readonly name: string;
  readonly engine: BenchEngine;
  readonly cpus: number;
  /** Operations a second of all CPUs together: the median of the repeats. */
  readonly opsPerSecond: number;
  /** Nanoseconds an operation takes on one CPU. */
  readonly nsPerOp: number;
  /** The rate of each repeat, in order. The same turn of other engines and numbers of CPUs ran right beside it. */
  readonly rates: readonly number[];
  /**
   * The rate of `calibrate` on as many CPUs, divided by its rate on one, for each turn. Present when `calibrate` was
   * asked for.
   */
  readonly machineScaling?: readonly number[];
  /** Percentiles of the times of single operations in nanoseconds, with the call into the engine. */
  readonly latency?: Latency;
}

/** A figure and its limit, which it must reach or stay below. */
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
    /** Release of the kernel that ran the rows of `linux`. */
    readonly kernel?: string;
  };
  /** The version of this package, and the commit of its sources in a checkout. */
  readonly version: string;
  readonly commit?: string;
  readonly repeats: number;
  /** The variant beside the engine, where one was asked for. */
  readonly variant?: string;
  readonly rows: readonly BenchRow[];
  /** Figures that compare rows of this run. */
  readonly ratios: Readonly<Record<string, number>>;
  /** The rows without a peer, and why, by row and engine. */
  readonly withoutPeer: Readonly<Record<string, Readonly<Partial<Record<BenchEngine, string>>>>>;
  readonly targets: readonly BenchTarget[];
}

/**
 * Operations a second. Throws EnvironmentError when the rate is not above 0: nothing was done, or the clock did not
 * move.
 */
export function rateOf(operations: number, seconds: number): number {
  const rate = operations / seconds;
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new EnvironmentError(
    `a measurement of ${operations} operations in ${seconds} s gives no rate`,
    "try again when the machine is idle; it may be too slow, or its clock too coarse",
  );
}

/** The median of some measurements. There must be at least one. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median needs at least one measurement");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/**
 * Makes a row from the rates of its repeats, in operations a second of all CPUs together. Throws as `rateOf` does
 * when a rate is not above 0.
 */
export function benchRow(
  measured: Pick<BenchRow, "name" | "engine" | "cpus" | "latency" | "machineScaling">,
  rates: readonly number[],
): BenchRow {
  for (const rate of rates) rateOf(rate, 1);
  const opsPerSecond = median(rates);
  return { ...measured, opsPerSecond, nsPerOp: (1e9 * measured.cpus) / opsPerSecond, rates };
}
