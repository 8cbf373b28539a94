/** Measuring rows: every engine and count of CPUs of a row is measured in turn, several times over, so that what the machine does meanwhile meets all of them. */
import { availableParallelism, cpus as cpuInfo, release } from "node:os";
import { packageVersion } from "../cli/package.js";
import { CATALOGUE, type RowInfo } from "./catalogue.js";
import { commitOf } from "./commit.js";
import { calibrateSubject, engineSubjects } from "./engine-subjects.js";
import { modelSubject } from "./model.js";
import { buildNative, NativePeer } from "./native.js";
import { ratiosOf, turns } from "./ratios.js";
import { type BenchEngine, type BenchResult, type BenchRow, benchRow } from "./result.js";
import type { Subject } from "./subject.js";
import { targetsOf } from "./targets.js";

/** How often each measurement is repeated, unless asked otherwise. */
export const REPEATS = 21;
/** Seconds of one measurement: short, so that what the machine does meanwhile meets all of a row alike. */
const WINDOW = 0.03;
/** Seconds of a measurement of latencies. */
const LATENCY_WINDOW = 0.15;

/** Measurements without progress after which a subject is warm, and how many it may take. */
const STEADY = 2;
const MOST_WARM_UPS = 25;

/** What is measured and how it is told. */
export interface BenchOptions {
  /** Names of rows; all of them when empty. */
  readonly names: readonly string[];
  /** Counts of CPUs for the rows that scale. */
  readonly cpus: readonly number[];
  readonly repeats?: number;
  /** Whether to measure the C program, the kernel and the model as well. Default: true. */
  readonly peers?: boolean;
  readonly onStep: (what: string) => void;
}

/** The peers of a run, and why those that lack do. */
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

/** Measures what was asked for. Throws what the engine and the environment throw. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const { names, onStep, repeats = REPEATS } = options;
  const chosen = CATALOGUE.filter(({ name }) => names.length === 0 || names.includes(name));
  onStep("building the C program");
  const native = options.peers === false ? { missing: "no peers were asked for" } : await buildNative();
  const peers: Peers =
    "missing" in native
      ? {
          native: native.missing,
          linux: native.missing,
          model: options.peers === false ? native.missing : true,
        }
      : {
          native: new NativePeer(native.file, "native-c"),
          linux:
            process.platform === "linux"
              ? new NativePeer(native.file, "linux")
              : "this machine runs another kernel",
          model: true,
        };
  const rows: BenchRow[] = [];
  const withoutPeer: Record<string, Reasons> = {};
  try {
    for (const info of chosen) {
      const { measured, reasons } = await measureRow(info, options, peers, repeats);
      rows.push(...measured);
      if (Object.keys(reasons).length > 0) withoutPeer[info.name] = reasons;
    }
  } finally {
    for (const peer of [peers.native, peers.linux]) if (typeof peer !== "string") await peer.dispose();
  }
  const ratios = ratiosOf(rows);
  onStep("targets");
  const commit = commitOf();
  return {
    schema: "rmap.bench/1",
    machine: {
      cpu: cpuInfo()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      ...("compiler" in native && { compiler: native.compiler }),
      ...(typeof peers.linux !== "string" && { kernel: release() }),
    },
    version: await packageVersion(),
    ...(commit !== undefined && { commit }),
    repeats,
    rows,
    ratios,
    withoutPeer,
    targets: await targetsOf(rows, ratios, names.length === 0),
  };
}

/** Measures one row on all that can run it. */
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
    for (const [engine, peer] of [
      ["native-c", peers.native],
      ["linux", peers.linux],
    ] as const) {
      if (reasons[engine] !== undefined) continue;
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
      for (const [index, subject] of [...subjects, ...beside].entries()) {
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

/** What a scaling row is held against, measured in each of its turns: `calibrate`, where it is asked for, on as many CPUs. */
function machineBeside(info: RowInfo, counts: readonly number[], asked: readonly string[]): Subject[] {
  const isAsked = asked.length === 0 || asked.includes("calibrate");
  const isMeant = info.scales && info.method !== "calibrate";
  return isAsked && isMeant && counts.includes(1) ? counts.map(calibrateSubject) : [];
}

/** How many times one CPU's rate as many CPUs had, turn by turn; nothing where one of the two is missing. */
function scalingOf(
  subjects: readonly Subject[],
  rates: readonly (readonly number[])[],
  cpus: number,
): number[] | undefined {
  const of = (count: number) => rates[subjects.findIndex((subject) => subject.cpus === count)];
  const [one, more] = [of(1), of(cpus)];
  return one && more && turns(more, one);
}

/** Runs a subject until it gets no faster: the optimising compiler works beside, and takes its time on a busy machine. */
async function warmUp(subject: Subject): Promise<void> {
  let best = 0;
  for (let turn = 0, same = 0; turn < MOST_WARM_UPS && same < STEADY; turn++) {
    const rate = await subject.measure(WINDOW);
    same = rate > best * 1.03 ? 0 : same + 1;
    best = Math.max(best, rate);
  }
}
