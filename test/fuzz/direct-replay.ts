/** Replays a recording on the calling thread's CPU: the machine that `rmap replay` uses, without its workers. */

import type { Machine } from "../../src/cpu/boot.js";
import type { Ring } from "../../src/cpu/ring.js";
import type { MachineStats, OpCodes, ReplayMachine } from "../../src/replay/index.js";
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
  const { readOpCodes, replayTrace } = await product.load("replay/index.js");
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
  const codes = readOpCodes((name) => layout.constant(name));
  const count = (name: string) => sumCounter(control, `stat${name}`);
  const stats = (): MachineStats => {
    return {
      anon: count("FaultAnon"),
      cow: count("FaultCow"),
      file: count("FaultFile"),
      zero: count("FaultZero"),
    };
  };
  const machine = new HostMachine(booted, new Ring(control, control.cpus), codes, stats, guard);
  let lacking = false;
  const report = await replayTrace(traceBytes(bytes, "trace.txt"), machine, {
    onNoMemory: () => {
      lacking = true;
    },
  });
  if (checked) guard(() => host.checkAll());
  for (let slot = 1; slot < machine.files; slot++) {
    if (control.view.u32(control.get("fileBase") + slot * 4) !== 0)
      machine.drop(slot, layout.constant("OPF_DROP"));
  }
  guard(() => host.reclaimIdle());
  const leaks = ["Frames", "Tables"].filter((name) => count(name) !== 0);
  const { contents, failed } = report;
  return { contents: JSON.stringify(contents), failed: JSON.stringify(failed), leaks, lacking };
}

/** A replay machine of one CPU: the thread that calls. */
class HostMachine implements ReplayMachine {
  readonly cpus = 1;
  readonly capacity = RECORDS;
  readonly spaces: number;
  readonly files: number;
  readonly codes: OpCodes;
  readonly stats: () => MachineStats;
  readonly #machine: Machine;
  readonly #ring: Ring;
  readonly #guard: <T>(run: () => T) => T;
  #base: number;
  #ran = false;

  constructor(
    machine: Machine,
    ring: Ring,
    codes: OpCodes,
    stats: () => MachineStats,
    guard: <T>(run: () => T) => T,
  ) {
    this.#machine = machine;
    this.#ring = ring;
    this.#guard = guard;
    this.#base = ring.produced;
    this.codes = codes;
    this.stats = stats;
    this.spaces = machine.control.get("spaces");
    this.files = machine.control.get("files");
  }

  push(
    cpu: number,
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
  ): void {
    if (this.#ran) this.#base = this.#ring.produced;
    this.#ran = false;
    // A CPU that there is not fails here as it does on workers.
    ([this.#ring][cpu] as Ring).put(op, flags, space, aux, a, b, c);
  }

  flag(_cpu: number, index: number): void {
    this.#ring.requestReport(this.doneAfter(0, index));
  }

  doneAfter(_cpu: number, index: number): number {
    return (this.#base + index + 1) >>> 0;
  }

  async run(): Promise<void> {
    this.#ring.publishHere();
    this.#guard(() => this.#machine.host.runQueue());
    while (this.#ring.consumed !== this.#ring.produced) this.#ring.skip();
    this.#ran = true;
  }

  result(_cpu: number, index: number): number {
    return this.#ring.resultAt(this.#base + index);
  }

  value(_cpu: number, index: number): bigint {
    return this.#ring.valueAt(this.#base + index);
  }

  anonDelta(_cpu: number, index: number): number {
    return this.#ring.anonDeltaAt(this.#base + index);
  }

  /** Drops a file that the replay has made. */
  drop(slot: number, flag: number): void {
    this.#ring.put(this.codes.OP_FILE, flag, 0, slot, 0, 0, 0);
    this.#ring.publishHere();
    this.#guard(() => this.#machine.host.runQueue());
    this.#ring.skip();
  }
}
