/** The engine's own side of each row. */
import { boot } from "../cpu/boot.js";
import { Engine } from "../engine/engine.js";
import type { ModuleOptions } from "../wasm/module.js";
import { BenchCpu } from "./bench-cpu.js";
import { bytesSubject } from "./bytes-row.js";
import { calibrate } from "./calibrate.js";
import type { RowInfo } from "./catalogue.js";
import { bootOptions, ClockedRow, placeOf } from "./clocked.js";
import { type EngineSource, OWN_ENGINE } from "./engine-source.js";
import { exploreSubject } from "./explore-row.js";
import { litmusSubject } from "./litmus-row.js";
import { microSubject } from "./micro.js";
import { packaged } from "./packaged.js";
import { perfDataSubject } from "./perf-data.js";
import { PROGRAMS } from "./programs.js";
import { replaySubject } from "./replay-row.js";
import { rateOf } from "./result.js";
import { Round } from "./round.js";
import type { Subject } from "./subject.js";
import { parseSubject } from "./trace-parse.js";

/** Rows that run nothing of the engine: a variant cannot differ there. */
const WITHOUT_ENGINE: ReadonlySet<string> = new Set([
  "calibrate",
  "trace-parse",
  "perf-data",
  "replay-recording",
  "explore-toy",
  "litmus",
  "bytes-set",
]);

/** True when a variant may change a row. */
export function runsEngine({ name }: RowInfo): boolean {
  return !WITHOUT_ENGINE.has(name);
}

/** A row on an engine, once for each count of CPUs. */
export async function engineSubjects(
  info: RowInfo,
  counts: readonly number[],
  source: EngineSource = OWN_ENGINE,
): Promise<Subject[]> {
  const { name, method, program = name } = info;
  switch (method) {
    case "calibrate":
      return counts.map(calibrateSubject);
    case "clocked": {
      if (info.overlay) return [await stepSubject(name, source)];
      const row = await ClockedRow.create(program, Math.max(...counts), info.shared ?? false, source);
      return counts.map((cpus) => row.subject(cpus));
    }
    case "packaged":
      return [await packagedProgram(program, info.overlay ?? false, source)];
    case "micro":
      return [await microSubject(name, source)];
    case "bytes":
      return [await bytesSubject(name, source)];
    case "replay":
      return Promise.all(counts.map((cpus) => replaySubject(name.replace("replay-", ""), cpus, source)));
    case "parse":
      return [await parseSubject()];
    case "perf-data":
      return [await perfDataSubject()];
    case "recording":
      return [];
    case "litmus":
      return [await litmusSubject()];
    case "explore":
      return [await exploreSubject(name, source)];
    case "ready":
      return [readySubject(source, await source.options("release"))];
  }
}

/** The speed of the machine itself. */
export function calibrateSubject(cpus: number): Subject {
  return {
    engine: "wasm",
    cpus,
    measure: async () => {
      const { operations, seconds } = await calibrate(cpus);
      return rateOf(operations, seconds);
    },
    dispose: async () => {},
  };
}

/** A program on the calling thread's CPU. */
async function hostRound(name: string, overlay: boolean, source: EngineSource): Promise<Round> {
  const program = PROGRAMS[name];
  if (!program) throw new Error(`there is no program ${name}`);
  const wasm = await source.options(overlay ? "bench" : "release");
  const machine = await boot({ ...bootOptions(program, 1), ...wasm });
  const cpu = new BenchCpu(machine.control, machine.host, machine.control.cpus, machine.memory);
  return new Round(cpu, placeOf(0, false, machine.scratch.offset), program);
}

async function packagedProgram(name: string, overlay: boolean, source: EngineSource): Promise<Subject> {
  const round = await hostRound(name, overlay, source);
  if (!round.isSteady)
    throw new Error(`${name} changes its own starting state, so it cannot be repeated in a loop`);
  const call = () => {
    round.before();
    round.timed();
  };
  const operations = (calls: number) => round.operations(calls);
  return packaged(name, call, operations, undefined, source.engine);
}

/** A step whose set-up must stay out of the time. It is timed here, on the calling thread. */
async function stepSubject(name: string, source: EngineSource): Promise<Subject> {
  const round = await hostRound(name, true, source);
  return {
    engine: source.engine,
    cpus: 1,
    async measure(seconds) {
      let spent = 0;
      let rounds = 0;
      for (; rounds === 0 || spent < seconds * 1000; rounds++) {
        round.before();
        const start = performance.now();
        round.timed();
        spent += performance.now() - start;
        round.after();
      }
      return rateOf(round.operations(rounds), spent / 1000);
    },
    dispose: async () => {},
  };
}

/** The time until an engine with two CPUs runs. */
function readySubject({ engine: on }: EngineSource, module: ModuleOptions): Subject {
  return {
    engine: on,
    cpus: 1,
    async measure() {
      const start = performance.now();
      const engine = await Engine.create({ cpus: 2, ...module });
      const seconds = (performance.now() - start) / 1000;
      await engine.dispose();
      return rateOf(1, seconds);
    },
    dispose: async () => {},
  };
}
