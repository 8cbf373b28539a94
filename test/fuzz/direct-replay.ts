/** Replays a recording on the calling thread's CPU: the machine that `rmap replay` uses, without its workers. */

import type { MachineStats } from "../../src/replay/index.js";
import type { Product } from "./product.js";

/** What a direct replay came to. */
export interface DirectReplay {
  readonly contents: string;
  readonly failed: string;
  /** Kinds of what is left that should not be; empty: nothing. */
  readonly leaks: readonly string[];
  /** An access found no frame: the command would have ended with exit code 3. */
  readonly lacking: boolean;
}

const SPACES = 256;
const RECORDS = 1024;

/** Replays bytes. Throws what the product throws: InputError, or its error for an engine that broke. */
export async function replayDirectly(
  product: Product,
  bytes: Uint8Array,
  settings: { readonly checked: boolean; readonly memory: number; readonly swap: number },
): Promise<DirectReplay> {
  const { boot } = await product.load("cpu/boot.js");
  const { Ring } = await product.load("cpu/ring.js");
  const { replayTrace } = await product.load("replay/index.js");
  const { RingMachine } = await product.load("replay/ring-machine.js");
  const { traceBytes } = await product.load("trace/source.js");
  const { sumCounter } = await product.load("engine/stats.js");
  const { crashError } = await product.load("cpu/panic.js");
  const { checked, memory, swap } = settings;
  const booted = await boot({
    ...{ module: await product.wasm(checked), memory, swap },
    ...{ spaces: SPACES, files: 256, queueRecords: RECORDS },
  });
  const { control, layout, host } = booted;
  const guard = <T>(run: () => T): T => {
    let result: T;
    try {
      result = run();
    } catch (error) {
      control.stopForCrash(control.cpus);
      throw crashError(control, error instanceof Error ? error.message : String(error));
    }
    if (control.panicked) throw crashError(control);
    return result;
  };
  const count = (name: string) => sumCounter(control, `stat${name}`);
  const ring = new Ring(control, control.cpus);
  /** Runs what the ring holds, on the thread that calls. */
  const runQueue = () => {
    ring.publishHere();
    guard(() => host.runQueue());
  };
  class HostMachine extends RingMachine {
    async run(): Promise<void> {
      runQueue();
      this.skipAll();
    }

    stats(): MachineStats {
      const [anon, cow] = [count("FaultAnon"), count("FaultCow")];
      return { anon, cow, file: count("FaultFile"), zero: count("FaultZero") };
    }
  }
  const machine = new HostMachine(booted, [ring]);
  let lacking = false;
  const report = await replayTrace(traceBytes(bytes, "trace.txt"), machine, {
    onNoMemory: () => {
      lacking = true;
    },
  });
  if (checked) guard(() => host.checkAll());
  for (let slot = 1; slot < machine.files; slot++) {
    if (control.view.u32(control.get("fileBase") + slot * 4) === 0) continue;
    ring.put(machine.codes.OP_FILE, layout.constant("OPF_DROP"), 0, slot, 0, 0, 0);
    runQueue();
    ring.skip();
  }
  guard(() => host.reclaimIdle());
  const leaks = ["Frames", "Tables"].filter((name) => count(name) !== 0);
  const { contents, failed } = report;
  return { contents: JSON.stringify(contents), failed: JSON.stringify(failed), leaks, lacking };
}
