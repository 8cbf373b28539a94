/** Engines that show their plain accesses: the built one, and ones with a lock or a mark taken away. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileInThread } from "../../../dist/build/index.js";
import {
  Machine,
  type Race,
  RandomStrategy,
  Runner,
  replay,
  spanNet,
  turnsOf,
} from "../../../dist/explore/index.js";
import { CACHE, monitorModule, SEED } from "../modules.js";
import { NET_PROGRAMS, netProgram } from "./programs.js";
import type { Removed } from "./removed.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The text of a file with a row's changes made. Throws when a text to change is not there. */
function withoutIt(text: string, { file, within, changes }: Removed): string {
  const start = text.indexOf(within);
  if (start < 0) throw new Error(`${file} has no "${within}"`);
  return changes.reduce((now, [from, to]) => {
    const at = now.indexOf(from, start);
    if (at < 0) throw new Error(`${file} has no "${from}" behind "${within}"`);
    // A lock may be released on several ways out of the function.
    const end = now.indexOf("\n}\n", at);
    return now.slice(0, at) + now.slice(at, end).replaceAll(from, to) + now.slice(end);
  }, text);
}

/** The engine with the locks and marks of rows taken away, compiled in about 10 s of processor time, or from the cache. */
export async function engineWithout(rows: readonly Removed[]): Promise<WebAssembly.Module> {
  const root = mkdtempSync(join(tmpdir(), "rmap-net-"));
  try {
    for (const part of ["assembly", "overlays", "asconfig.json", "package.json"]) {
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    }
    for (const row of rows) {
      const file = join(root, "assembly", row.file);
      writeFileSync(file, withoutIt(readFileSync(file, "utf8"), row));
    }
    const { wasm } = await compileInThread({ root, target: "model" }, { cache: CACHE });
    return new WebAssembly.Module(new Uint8Array(wasm));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A machine that runs a program of programs.ts, and its net. `marks`: the checks decide, as reduction needs it. */
export function netRunner(module: WebAssembly.Module, program: string, marks = false) {
  const text = NET_PROGRAMS[program];
  if (text === undefined) throw new Error(`there is no program ${program}`);
  const machine = new Machine({
    module,
    monitor: monitorModule(),
    cpus: text.cpus.length,
    swap: 16,
    blocks: 32,
    frames: 128,
    arenaPages: 256,
    marks,
  });
  const runner = new Runner(machine, netProgram(text));
  return { machine, runner, net: spanNet(machine, module) };
}

/** What the net finds in some random executions of a program, up to a race that is `wanted`. */
export function racesIn(
  module: WebAssembly.Module,
  program: string,
  executions: number,
  wanted: (race: Race) => boolean = () => false,
): readonly Race[] {
  const { runner, net } = netRunner(module, program);
  const strategy = new RandomStrategy(SEED, executions);
  while (!net.races().some(wanted) && strategy.begin()) {
    const { contended } = runner.machine.monitor;
    net.begin();
    runner.execute(strategy);
    net.end(runner.machine.monitor.contended === contended);
  }
  return net.races();
}

/**
 * The races that two machines show in the same random executions of a program. In the first machine the checks are no
 * decisions, as in bounded search. In the second one they are, as in a reduced search.
 */
export function racesOfBoth(
  module: WebAssembly.Module,
  program: string,
  executions: number,
): readonly (readonly string[])[] {
  const machines = [netRunner(module, program), netRunner(module, program, true)] as const;
  const strategy = new RandomStrategy(SEED, executions);
  while (strategy.begin()) {
    const { decisions } = machines[0].runner.execute(strategy);
    const turns = turnsOf(machines[0].runner, [...decisions]);
    machines[0].net.end(false);
    for (const { net, runner, machine } of machines) {
      // The net hears of plain accesses to contended words: until all are known, the execution does not count.
      for (let known = -1; known !== machine.monitor.contended; ) {
        known = machine.monitor.contended;
        net.begin();
        replay(runner, turns);
        net.end(known === machine.monitor.contended);
      }
    }
  }
  return machines.map(({ net }) =>
    net
      .races()
      .map(({ message }) => message)
      .sort(),
  );
}
