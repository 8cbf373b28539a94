/** The machine that replays run on: an engine's worker CPUs, filled window by window. */

import type { Core } from "../engine/core.js";
import type { Engine } from "../engine/engine.js";
import { coreOf } from "../engine/engine.js";
import { refusedRecord } from "../engine/exhausted.js";
import { sumCounter } from "../engine/stats.js";
import { type PageArrays, PageScanner, type ScanSums } from "../inspect/page-scan.js";
import { permissionsOf } from "../inspect/vmas.js";
import type { MachineStats } from "./index.js";
import type { PressurePoint } from "./recorder/figures.js";
import type { ReplayScene } from "./recorder/scene.js";
import { RingMachine } from "./ring-machine.js";

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

/** Replays on the worker CPUs of an engine, or on the calling thread when it has none. Nobody else may use the engine meanwhile. */
export class EngineReplayMachine extends RingMachine implements ReplayScene {
  readonly #engine: Engine;
  readonly #core: Core;
  #scanner: PageScanner | undefined;
  #permissions: ((flags: number) => string) | undefined;

  constructor(engine: Engine) {
    const core = coreOf(engine);
    super(core.machine, core.cpus > 0 ? core.pool.rings : [core.cpu.ring]);
    this.#engine = engine;
    this.#core = core;
  }

  async run(): Promise<void> {
    const core = this.#core;
    await this.#engine.exclusive(async () => (core.cpus > 0 ? core.pool.idle() : core.cpu.drain()));
    this.skipAll();
  }

  refused(cpu: number, index: number): boolean {
    const found = refusedRecord(this.#core.machine);
    return (
      found?.cpu === (this.#core.cpus > 0 ? cpu : this.#core.machine.control.cpus) &&
      found.index === this.indexOf(cpu, index)
    );
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

  /** Sums up the pages of address spaces; kswapd pauses. */
  scan(slots: readonly number[]): ScanSums {
    this.#scanner ??= new PageScanner(this.#core.inspector);
    const scanner = this.#scanner;
    return this.#core.still(() => scanner.scan(slots));
  }

  take(): PageArrays {
    this.#scanner ??= new PageScanner(this.#core.inspector);
    return this.#scanner.take();
  }

  permissions(flags: number): string {
    this.#permissions ??= permissionsOf(this.#core.machine.layout);
    return this.#permissions(flags);
  }

  pressure(): Omit<PressurePoint, "seconds"> {
    const { control } = this.#core.machine;
    const sum = (field: string) => sumCounter(control, field);
    return {
      ...{ frames: sum("statFrames"), scanned: sum("statScanned"), reclaimed: sum("statReclaimed") },
      ...{ swapOut: sum("statSwapOut"), swapIn: sum("statSwapIn") },
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
}
