/**
 * Linking and booting a small modelled engine: one memory for the engine, its answers, its fibers and the monitor.
 *
 *   engine | answers | fibers' stacks | monitor's tables
 *   └── saved and restored ──┘
 */

import { EnvironmentError } from "../errors.js";
import { Layout } from "../wasm/layout.js";
import { instantiateNow } from "../wasm/loader.js";
import { createMemory, WASM_PAGE } from "../wasm/memory.js";
import { PLACES_SECTION } from "../wasm/places.js";
import { readJsonSection } from "../wasm/section.js";
import type { HookHandler } from "./access.js";
import type { ModelExports } from "./fiber.js";
import { Monitor, type PlainHost } from "./monitor.js";

/** How large a modelled engine is. Keep it small: the memory is scanned when its invariants are checked. */
export interface ModelSize {
  /** The compiled model build, or a variant of it. */
  readonly module: WebAssembly.Module;
  /** The compiled monitor: `loadMonitor()`. */
  readonly monitor: WebAssembly.Module;
  /** Virtual CPUs, 1 to 8. */
  readonly cpus: number;
  /** Page frames. Default: more than one list for each CPU, so that no CPU's list takes the frames of another one. */
  readonly frames?: number;
  /** Pages for page tables and objects. Default: as for the frames. */
  readonly arenaPages?: number;
  /** Pages of swap. Default 0. */
  readonly swap?: number;
  /** Blocks of the store behind files. Default 0. */
  readonly blocks?: number;
  /** Slots for address spaces. Default 8. */
  readonly spaces?: number;
  /** Slots for files, of which slot 0 is none. Default 2. */
  readonly files?: number;
}

/** A modelled engine that is linked with its memory. */
export interface LinkedModel {
  readonly memory: WebAssembly.Memory;
  readonly exports: ModelExports;
  readonly monitor: Monitor;
  readonly layout: Layout;
  /** Names of the places in the code, by number. */
  readonly places: readonly string[];
  /** The end of the engine's memory. The answers begin here. */
  readonly end: number;
  /** Where the fibers' stacks begin. */
  readonly stacks: number;
  /**
   * Boots the engine. Call it once, when the hooks are ready. Throws an EnvironmentError when the engine does not
   * fit.
   */
  boot(): void;
}

/** Records in a CPU's ring. An explored program is far shorter. */
export const QUEUE_RECORDS = 64;
/** Most virtual CPUs: the monitor has eight bits for them. */
export const MOST_CPUS = 8;

/**
 * Links an engine whose decisions go to `handle` and `plain`, with `answers` bytes behind it and `stacks` bytes behind these.
 * Throws an EnvironmentError when the module is not a model build or the memory is not available.
 */
export function linkModel(
  size: ModelSize,
  answers: number,
  stacks: number,
  handle: HookHandler,
  plain: PlainHost,
): LinkedModel {
  const { module, cpus, spaces = 8, files = 2, swap = 0, blocks = 0 } = size;
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "asyncify_start_unwind")) {
    throw new EnvironmentError("exploring needs the model build of the engine", "pass engine.model.wasm");
  }
  const layout = Layout.of(module);
  // Enough for a CPU's lists to be worth having: they shrink with the memory.
  const pages = cpus * 2 * layout.constant("PCP_BATCH");
  const { frames = pages, arenaPages = pages } = size;
  const link = (memory: WebAssembly.Memory) => {
    const monitor = new Monitor(size.monitor, memory, handle, plain);
    const exports = instantiateNow(module, monitor.importsOf(module));
    return { monitor, exports: exports as unknown as ModelExports };
  };
  const shape = [
    frames,
    cpus,
    spaces,
    files,
    layout.constant("CONTENT_WORD"),
    QUEUE_RECORDS,
    swap,
    blocks,
  ] as const;
  const metadata = arenaPages * layout.constant("PAGE_SIZE");
  // Only the engine knows the size of its tables. To ask it we need an instance, and an instance needs a memory.
  const first = link(createMemory(WASM_PAGE));
  const end = first.exports.bootBytes(...shape, metadata);
  const tables = end + answers + stacks;
  const memory = createMemory(tables + first.monitor.tableBytes(end + answers));
  const { monitor, exports } = link(memory);
  monitor.place(end + answers, tables);
  const places = (readJsonSection(module, PLACES_SECTION) ?? []) as readonly string[];
  const boot = (): void => {
    const result = exports.boot(end, ...shape);
    if (result === 0) return;
    throw new EnvironmentError(`the modelled engine does not boot (result ${result})`, "give it more pages");
  };
  return { memory, exports, monitor, layout, places, end, stacks: end + answers, boot };
}
