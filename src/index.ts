/**
 * rmap-engine: a memory manager with Linux's reverse map, in one shared WebAssembly memory.
 *
 * ```js
 * import { Engine } from "rmap-engine";
 *
 * const engine = await Engine.create();
 * const parent = engine.spawn();
 * const page = parent.mmap(4096);
 * parent.write(page, 42n);
 * const child = parent.fork();
 * console.log(parent.whoMaps(page).length); // 2: copy-on-write, one page for both
 * await engine.dispose();
 * ```
 */

export type { BootOptions } from "./cpu/boot.js";
export type { Content, MachineSize } from "./cpu/machine-size.js";
export type { StartMessage, TrialMessage, WorkerMessage } from "./cpu/messages.js";
export type { PoolOptions } from "./cpu/pool-options.js";
export type { Thread, ThreadEvents, ThreadFactory } from "./cpu/thread.js";
export { ACCESS, type Accesses, type AccessName } from "./engine/accesses.js";
export { Batch, type BatchResult, type RunOptions } from "./engine/batch.js";
export { BatchCpu } from "./engine/batch-cpu.js";
export { type CollectOptions, type DirtyPages, DirtyTracking } from "./engine/dirty.js";
export { Engine, type EngineOptions, type LoadOptions } from "./engine/engine.js";
export type { EngineEvent, EventKind } from "./engine/events.js";
export { BusError, OutOfMemory, SegmentationFault, SystemCallError } from "./engine/faults.js";
export { EngineFile } from "./engine/file.js";
export { MissingRange } from "./engine/missing-range.js";
export type { PageContent } from "./engine/page-content.js";
export { Pin } from "./engine/pin.js";
export type { AccessFailure, PartBits, ProcessMemory } from "./engine/process-memory.js";
export { SnapshotError } from "./engine/snapshot.js";
export { AddressSpace, type MmapOptions, type PageUser } from "./engine/space.js";
export type { LiveObjects, Stats } from "./engine/stats.js";
export type { MissingHandler } from "./engine/supplied-ranges.js";
export {
  EngineCrashError,
  EnvironmentError,
  type ExitCode,
  InputError,
  type Position,
  RmapError,
  UsageError,
  WatchdogError,
} from "./errors.js";
export type { MappedPage } from "./inspect/pages.js";
export type { Mapping } from "./inspect/vmas.js";
export type { Advice, Protection } from "./record/calls.js";
export type { MapOptions, RemapOptions } from "./record/encode.js";
export type { OpOutcome, OpRecord, Refused } from "./record/record.js";
export type { Abortable } from "./text/abort.js";
export { Layout, LayoutError, Struct } from "./wasm/layout.js";
export type { ModuleOptions } from "./wasm/module.js";
