/** The machine that replays run on: an engine's worker CPUs, filled window by window. */

import type { CpuPool } from "../cpu/pool.js";
import type { Ring } from "../cpu/ring.js";
import type { Core } from "../engine/core.js";
import type { Engine } from "../engine/engine.js";
import { coreOf } from "../engine/engine.js";
import { refusedRecord } from "../engine/exhausted.js";
import { UsageError } from "../errors.js";
import { type MachineStats, type OpCodes, type ReplayMachine, readOpCodes } from "./index.js";

/** The peak use of memory in bytes, counted by the allocators. */
export interface MemoryPeaks {
  /** Frames of anonymous and file pages. */
  readonly peakFrameBytes: number;
  /** Page tables. */
  readonly peakTableBytes: number;
  /** Objects (mappings, anon_vmas, links, …) with the pages that hold them, without page tables. */
  readonly peakMetadataBytes: number;
}

/** Leaked objects by kind. */
export interface Leaks {
  readonly pages: number;
  readonly tables: number;
  readonly vmas: number;
  readonly anonVmas: number;
  readonly anonVmaChains: number;
}

/** Implements ReplayMachine on an engine. Nobody else may use the engine meanwhile. */
export class EngineReplayMachine implements ReplayMachine {
  readonly codes: OpCodes;
  readonly cpus: number;
  readonly capacity: number;
  readonly spaces: number;
  readonly files: number;
  readonly #engine: Engine;
  readonly #core: Core;
  readonly #pool: CpuPool;
  readonly #rings: readonly Ring[];
  /** Ring index of each CPU's first record in this window. */
  readonly #base: number[];
  readonly #publishFlag: number;
  #collected = true;

  /** Throws UsageError when the engine has no worker CPUs. */
  constructor(engine: Engine) {
    const core = coreOf(engine);
    const { pool } = core;
    const { layout, control } = core.machine;
    this.#engine = engine;
    this.#core = core;
    this.#pool = pool;
    this.#rings = pool.rings;
    this.#base = pool.rings.map((ring) => ring.produced);
    this.codes = readOpCodes((name) => layout.constant(name));
    this.#publishFlag = layout.constant("OPF_PUBLISH");
    this.cpus = pool.rings.length;
    this.capacity = Math.min(...pool.rings.map((ring) => ring.capacity));
    this.spaces = control.get("spaces");
    this.files = control.get("files");
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
    if (this.#collected) this.#startWindow();
    (this.#rings[cpu] as Ring).put(op, flags, space, aux, a, b, c);
  }

  flag(cpu: number, index: number, flag: number): void {
    if (flag !== this.#publishFlag) throw new UsageError(`flag ${flag} cannot be added to a record later`);
    (this.#rings[cpu] as Ring).requestReport(this.doneAfter(cpu, index));
  }

  doneAfter(cpu: number, index: number): number {
    return ((this.#base[cpu] as number) + index + 1) >>> 0;
  }

  async run(): Promise<void> {
    await this.#engine.exclusive(() => this.#pool.idle());
    for (const ring of this.#rings) ring.skipAll();
    this.#collected = true;
  }

  result(cpu: number, index: number): number {
    return (this.#rings[cpu] as Ring).resultAt((this.#base[cpu] as number) + index);
  }

  value(cpu: number, index: number): bigint {
    return (this.#rings[cpu] as Ring).valueAt((this.#base[cpu] as number) + index);
  }

  anonDelta(cpu: number, index: number): number {
    return (this.#rings[cpu] as Ring).anonDeltaAt((this.#base[cpu] as number) + index);
  }

  refused(cpu: number, index: number): boolean {
    const found = refusedRecord(this.#core.machine);
    return found?.cpu === cpu && found.index === ((this.#base[cpu] as number) + index) >>> 0;
  }

  stats(): MachineStats {
    const stats = this.#engine.stats();
    return {
      anon: stats.faultAnon,
      cow: stats.faultCow,
      file: stats.faultFile,
      zero: stats.faultZero,
    };
  }

  /** The highest use of memory so far, exact. */
  peaks(): MemoryPeaks {
    const page = this.#engine.pageSize;
    const { frames, tables, objects } = this.#engine.peaks();
    return {
      peakFrameBytes: frames * page,
      peakTableBytes: tables * page,
      peakMetadataBytes: objects * page,
    };
  }

  /**
   * After a replay, when every address space has ended: drops all files and counts the objects that are still alive.
   */
  leaks(): Leaks {
    const engine = this.#engine;
    const { control, view } = this.#core.machine;
    const table = control.get("fileBase");
    for (let slot = 1; slot < this.files; slot++) {
      if (view.u32(table + slot * 4) !== 0) engine.execute(this.#core.encoder.dropFile(slot));
    }
    engine.settle();
    const stats = engine.stats();
    return {
      pages: stats.frames,
      tables: stats.tables,
      vmas: stats.objects.vmas,
      anonVmas: stats.objects.anonVmas,
      anonVmaChains: stats.objects.anonVmaChains,
    };
  }

  #startWindow(): void {
    this.#collected = false;
    for (const [cpu, ring] of this.#rings.entries()) this.#base[cpu] = ring.produced;
  }
}
