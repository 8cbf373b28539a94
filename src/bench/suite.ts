/** Measuring rows: every engine and count of CPUs of a row is measured in turn, several times over, so that what the machine does meanwhile meets all of them. */
import { availableParallelism, cpus as cpuInfo, release } from "node:os";
import { boot } from "../engine/boot.js";
import { Engine } from "../engine/engine.js";
import { BenchCpu } from "./bench-cpu.js";
import { calibrate } from "./calibrate.js";
import { CATALOGUE, type RowInfo } from "./catalogue.js";
import { bootOptions, ClockedRow, placeOf } from "./clocked.js";
import { commitOf, packageVersion } from "./commit.js";
import type { Latency } from "./histogram.js";
import { microSubject } from "./micro.js";
import { modelSubject } from "./model.js";
import { buildNative, NativePeer } from "./native.js";
import { benchEngine } from "./overlay.js";
import { packaged } from "./packaged.js";
import { PROGRAMS } from "./programs.js";
import { ratiosOf } from "./ratios.js";
import { replaySubject } from "./replay-row.js";
import { type BenchEngine, type BenchResult, type BenchRow, benchRow } from "./result.js";
import { Round } from "./round.js";
import type { Subject } from "./subject.js";
import { targetsOf } from "./targets.js";
import { parseSubject } from "./trace-parse.js";

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
    version: packageVersion(),
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
    const rates = subjects.map((): number[] => []);
    for (const subject of subjects) {
      options.onStep(`${name}, ${subject.engine} on ${subject.cpus}, warm-up`);
      await warmUp(subject);
    }
    for (let turn = 1; turn <= repeats; turn++) {
      for (const [index, subject] of subjects.entries()) {
        options.onStep(`${name}, ${subject.engine} on ${subject.cpus}, ${turn} of ${repeats}`);
        rates[index]?.push(await subject.measure(WINDOW));
      }
    }
    const measured: BenchRow[] = [];
    for (const [index, subject] of subjects.entries()) {
      const latency: Latency | undefined = await subject.latency?.(LATENCY_WINDOW);
      measured.push(benchRow(name, subject.engine, subject.cpus, rates[index] ?? [], latency));
    }
    return { measured, reasons };
  } finally {
    for (const subject of subjects) await subject.dispose();
  }
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

/** The row on the engine itself. */
async function engineSubjects(info: RowInfo, counts: readonly number[]): Promise<Subject[]> {
  const { name, method, program = name } = info;
  switch (method) {
    case "calibrate":
      return counts.map((cpus) => ({
        engine: "wasm",
        cpus,
        measure: async () => {
          const { operations, seconds } = await calibrate(cpus);
          return operations / seconds;
        },
        dispose: async () => {},
      }));
    case "clocked": {
      if (info.overlay) return [await stepSubject(name)];
      const row = await ClockedRow.create(program, Math.max(...counts), info.shared ?? false);
      return counts.map((cpus) => row.subject(cpus));
    }
    case "packaged":
      return [await packagedProgram(program, info.overlay ?? false)];
    case "micro":
      return [await microSubject(name)];
    case "replay":
      return Promise.all(counts.map((cpus) => replaySubject(name.replace("replay-", ""), cpus)));
    case "parse":
      return [await parseSubject()];
    case "ready":
      return [readySubject()];
  }
}

/** A program on the calling thread's CPU. */
async function hostRound(name: string, overlay: boolean): Promise<Round> {
  const program = PROGRAMS[name];
  if (!program) throw new Error(`there is no program ${name}`);
  const wasm = overlay ? { wasmBytes: await benchEngine() } : {};
  const machine = await boot({ ...bootOptions(program, 1), ...wasm });
  const cpu = new BenchCpu(machine.control, machine.host, machine.control.cpus, machine.memory);
  return new Round(cpu, placeOf(0, false, machine.scratch.offset), program);
}

async function packagedProgram(name: string, overlay: boolean): Promise<Subject> {
  const round = await hostRound(name, overlay);
  if (!round.isSteady) throw new Error(`${name} changes what it finds`);
  const call = () => {
    round.before();
    round.timed();
  };
  return packaged(name, call, (calls) => round.operations(calls));
}

/** A step whose set-up must not be timed: clocked here, on the calling thread. */
async function stepSubject(name: string): Promise<Subject> {
  const round = await hostRound(name, true);
  return {
    engine: "wasm",
    cpus: 1,
    async measure(seconds) {
      let spent = 0;
      let rounds = 0;
      for (; spent < seconds * 1000; rounds++) {
        round.before();
        const start = performance.now();
        round.timed();
        spent += performance.now() - start;
        round.after();
      }
      return round.operations(rounds) / (spent / 1000);
    },
    dispose: async () => {},
  };
}

/** How long it takes until an engine with two CPUs runs. */
function readySubject(): Subject {
  return {
    engine: "wasm",
    cpus: 1,
    async measure() {
      const start = performance.now();
      const engine = await Engine.create({ cpus: 2 });
      const seconds = (performance.now() - start) / 1000;
      await engine.dispose();
      return 1 / seconds;
    },
    dispose: async () => {},
  };
}
