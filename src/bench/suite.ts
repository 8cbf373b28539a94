/**
 * Measures rows. It measures every engine and number of CPUs of a row in turn, several times over, so that other work
 * on the machine affects all of them alike.
 */
import { availableParallelism, cpus as cpuInfo, release } from "node:os";
import { packageVersion } from "../platform/package.js";
import type { Variant } from "../scenario/variant.js";
import { CATALOGUE, type RowInfo } from "./catalogue.js";
import { commitOf } from "./commit.js";
import { blamed, blaming, variantEngine } from "./engine-source.js";
import { calibrateSubject, engineSubjects, runsEngine } from "./engine-subjects.js";
import { modelSubject } from "./model.js";
import { buildNative, NativePeer, type Using } from "./native.js";
import { ratiosOf, turns } from "./ratios.js";
import { recordingSubjects } from "./recording-row.js";
import { type BenchEngine, type BenchResult, type BenchRow, benchRow } from "./result.js";
import type { Subject } from "./subject.js";
import { targetsOf } from "./targets.js";

/** Default number of repeats of each measurement. */
export const REPEATS = 21;
/** Seconds of one measurement: short, so that other work on the machine affects all engines of a row alike. */
const WINDOW = 0.03;
/** Seconds of a measurement of latencies. */
const LATENCY_WINDOW = 0.15;

/** Measurements without progress after which a subject is warm, and how many it may take. */
const STEADY = 2;
const MOST_WARM_UPS = 25;

/** What to measure, and how to report progress. */
export interface BenchOptions {
  /** Names of rows; empty for all of them. */
  readonly names: readonly string[];
  /** Numbers of CPUs for the rows that scale. */
  readonly cpus: readonly number[];
  readonly repeats?: number;
  /** Whether to measure the C program, the kernel and the model as well. Default: true. */
  readonly peers?: boolean;
  /**
   * A variant to measure beside the engine as it is, in the same turns. Its code runs on the calling thread too: the
   * caller must be able to end that.
   */
  readonly variant?: Variant;
  readonly onStep: (what: string) => void;
  /** Called after each row with the result so far, without targets: they are judged at the end. */
  readonly onRow?: (soFar: BenchResult) => void;
  /** Ends the running parts when you interrupt the program. */
  readonly using: Using;
}

/** The peers of a run, and why some are missing. */
interface Peers {
  readonly native: NativePeer | string;
  readonly linux: NativePeer | string;
  readonly model: true | string;
}

type Reasons = Partial<Record<BenchEngine, string>>;

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

/** Measures one row on the engine and on all peers that can run it. */
async function measureRow(
  info: RowInfo,
  options: BenchOptions,
  peers: Peers,
  repeats: number,
): Promise<{ measured: BenchRow[]; reasons: Reasons }> {
  const { name } = info;
  const counts = info.scales ? options.cpus : [1];
  options.onStep(`${name}, set-up`);
  const reasons: Reasons = { ...info.without };
  const subjects: Subject[] = [];
  try {
    subjects.push(...(await engineSubjects(info, counts)));
    if (info.method === "recording") {
      const made = await recordingSubjects();
      if (typeof made === "string") Object.assign(reasons, { wasm: made, linux: made });
      else subjects.push(...made);
    }
    const { variant } = options;
    if (variant !== undefined && runsEngine(info)) {
      const beside = await blamed(variant, () => engineSubjects(info, counts, variantEngine(variant)));
      subjects.push(...beside.map((subject) => blaming(variant, subject)));
      // Each beside its like: what slows the machine for a moment slows both.
      subjects.sort((a, b) => a.cpus - b.cpus);
    } else if (variant !== undefined) reasons.variant = "this row runs nothing that a variant replaces";
    for (const [engine, peer] of [
      ["native-c", peers.native],
      ["linux", peers.linux],
    ] as const) {
      if (reasons[engine] !== undefined || subjects.some((subject) => subject.engine === engine)) continue;
      if (typeof peer === "string") {
        reasons[engine] = peer;
        continue;
      }
      const make = await peer.row(name, Math.max(...counts));
      if (make) subjects.push(...counts.map(make));
      else reasons[engine] = "the C program has no such row";
    }
    if (reasons.model === undefined) {
      const model = peers.model === true ? await modelSubject(name) : peers.model;
      if (typeof model === "string") reasons.model = model;
      else subjects.push(model);
    }
    const beside = machineBeside(info, counts, options.names);
    const rates = [...subjects, ...beside].map((): number[] => []);
    for (const subject of subjects) {
      options.onStep(`${name}, ${subject.engine} on ${subject.cpus}, warm-up`);
      await warmUp(subject);
    }
    for (let turn = 1; turn <= repeats; turn++) {
      const order = [...[...subjects, ...beside].entries()];
      // Every other turn goes backwards, so that none of two is always the first.
      if (turn % 2 === 0) order.reverse();
      for (const [index, subject] of order) {
        options.onStep(`${name}, ${subject.engine} on ${subject.cpus}, ${turn} of ${repeats}`);
        rates[index]?.push(await subject.measure(WINDOW));
      }
    }
    const measured: BenchRow[] = [];
    for (const [index, subject] of subjects.entries()) {
      const { engine, cpus } = subject;
      const latency = await subject.latency?.(LATENCY_WINDOW);
      const machineScaling = cpus > 1 ? scalingOf(beside, rates.slice(subjects.length), cpus) : undefined;
      measured.push(
        benchRow(
          { name, engine, cpus, ...(latency && { latency }), ...(machineScaling && { machineScaling }) },
          rates[index] ?? [],
        ),
      );
    }
    return { measured, reasons };
  } finally {
    for (const subject of subjects) await subject.dispose();
  }
}

/** The measure for a row that scales, taken in each of its turns: `calibrate` on as many CPUs, when you ask for it. */
function machineBeside(info: RowInfo, counts: readonly number[], asked: readonly string[]): Subject[] {
  const isAsked = asked.length === 0 || asked.includes("calibrate");
  const isMeant = info.scales && info.method !== "calibrate";
  return isAsked && isMeant && counts.includes(1) ? counts.map(calibrateSubject) : [];
}

/** The rate of several CPUs divided by that of one, turn by turn; undefined where one of the two is missing. */
function scalingOf(
  subjects: readonly Subject[],
  rates: readonly (readonly number[])[],
  cpus: number,
): number[] | undefined {
  const of = (count: number) => rates[subjects.findIndex((subject) => subject.cpus === count)];
  const [one, more] = [of(1), of(cpus)];
  return one && more && turns(more, one);
}

/**
 * Runs a subject until it gets no faster. V8's optimising compiler works in the background, and is slow on a busy
 * machine.
 */
async function warmUp(subject: Subject): Promise<void> {
  let best = 0;
  for (let turn = 0, same = 0; turn < MOST_WARM_UPS && same < STEADY; turn++) {
    const rate = await subject.measure(WINDOW);
    same = rate > best * 1.03 ? 0 : same + 1;
    best = Math.max(best, rate);
  }
}
