/**
 * Measures one row. Its engines and numbers of CPUs take turns, several times over, so that other work on the machine affects
 * all of them alike.
 */
import type { Variant } from "../scenario/variant.js";
import type { RowInfo } from "./catalogue.js";
import { blamed, blaming, variantEngine } from "./engine-source.js";
import { calibrateSubject, engineSubjects, runsEngine } from "./engine-subjects.js";
import { modelSubject } from "./model.js";
import type { NativePeer } from "./native.js";
import { turns } from "./ratios.js";
import { recordingSubjects } from "./recording-row.js";
import { type BenchEngine, type BenchRow, benchRow } from "./result.js";
import type { Subject } from "./subject.js";

/** Seconds of one measurement: short, so that other work on the machine affects all engines of a row alike. */
const WINDOW = 0.03;
/** Seconds of a measurement of latencies. */
const LATENCY_WINDOW = 0.15;

/** Measurements without progress after which a subject is warm, and how many it may take. */
const STEADY = 2;
const MOST_WARM_UPS = 25;

/** The peers of a run, and why some are missing. */
export interface Peers {
  readonly native: NativePeer | string;
  readonly linux: NativePeer | string;
  readonly model: true | string;
}

/** By engine that a row lacks: the reason. */
export type Reasons = Partial<Record<BenchEngine, string>>;

/** What a row needs to know of a run. */
export interface RowOptions {
  /** The names that were asked for; empty for all rows. */
  readonly names: readonly string[];
  /** Numbers of CPUs for the rows that scale. */
  readonly cpus: readonly number[];
  /**
   * A variant to measure beside the engine as it is, in the same turns. Its code runs on the calling thread too: the
   * caller must be able to end that.
   */
  readonly variant?: Variant;
  readonly onStep: (what: string) => void;
}

/** Measures one row on the engine and on all peers that can run it. Throws the errors of the engine and the environment. */
export async function measureRow(
  info: RowInfo,
  { names, cpus, variant, onStep }: RowOptions,
  peers: Peers,
  repeats: number,
): Promise<{ measured: BenchRow[]; reasons: Reasons }> {
  const counts = info.scales ? cpus : [1];
  onStep(`${info.name}, set-up`);
  const reasons: Reasons = { ...info.without };
  const subjects: Subject[] = [];
  try {
    await addEngines(subjects, reasons, info, counts, variant);
    await addPeers(subjects, reasons, info, counts, peers);
    const beside = machineBeside(info, counts, names);
    const rates = await measureInTurn(info, subjects, beside, repeats, onStep);
    const measured: BenchRow[] = [];
    for (const [index, subject] of subjects.entries()) {
      const { engine, cpus } = subject;
      const latency = await subject.latency?.(LATENCY_WINDOW);
      const machineScaling = cpus > 1 ? scalingOf(beside, rates.slice(subjects.length), cpus) : undefined;
      const about = { name: info.name, engine, cpus, ...(latency && { latency }) };
      measured.push(benchRow({ ...about, ...(machineScaling && { machineScaling }) }, rates[index] ?? []));
    }
    return { measured, reasons };
  } finally {
    for (const subject of subjects) await subject.dispose();
  }
}

/** Adds the engine on each number of CPUs, and a variant beside it; or the reason why one of them is missing. */
async function addEngines(
  subjects: Subject[],
  reasons: Reasons,
  info: RowInfo,
  counts: readonly number[],
  variant: Variant | undefined,
): Promise<void> {
  subjects.push(...(await engineSubjects(info, counts)));
  if (info.method === "recording") {
    const made = await recordingSubjects();
    if (typeof made === "string") Object.assign(reasons, { wasm: made, linux: made });
    else subjects.push(...made);
  }
  if (variant === undefined) return;
  if (!runsEngine(info)) {
    reasons.variant = "this row runs nothing that a variant replaces";
    return;
  }
  const beside = await blamed(variant, () => engineSubjects(info, counts, variantEngine(variant)));
  subjects.push(...beside.map((subject) => blaming(variant, subject)));
  // Each beside its like: what slows the machine for a moment slows both.
  subjects.sort((a, b) => a.cpus - b.cpus);
}

/** Adds the C program, the kernel and the model; or the reason why one of them is missing. */
async function addPeers(
  subjects: Subject[],
  reasons: Reasons,
  { name }: RowInfo,
  counts: readonly number[],
  peers: Peers,
): Promise<void> {
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
  if (reasons.model !== undefined) return;
  const model = peers.model === true ? await modelSubject(name) : peers.model;
  if (typeof model === "string") reasons.model = model;
  else subjects.push(model);
}

/** The rates of each subject, and of each of `beside`: one in each turn. */
async function measureInTurn(
  { name }: RowInfo,
  subjects: readonly Subject[],
  beside: readonly Subject[],
  repeats: number,
  onStep: RowOptions["onStep"],
): Promise<number[][]> {
  const all = [...subjects, ...beside];
  const rates = all.map((): number[] => []);
  for (const subject of subjects) {
    onStep(`${name}, ${subject.engine} on ${subject.cpus}, warm-up`);
    await warmUp(subject);
  }
  for (let turn = 1; turn <= repeats; turn++) {
    const order = [...all.entries()];
    // Every other turn goes backwards, so that none of two is always the first.
    if (turn % 2 === 0) order.reverse();
    for (const [index, subject] of order) {
      onStep(`${name}, ${subject.engine} on ${subject.cpus}, ${turn} of ${repeats}`);
      rates[index]?.push(await subject.measure(WINDOW));
    }
  }
  return rates;
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
