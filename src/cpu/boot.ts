/** Boots an engine: sizes its memory, instantiates the host's CPU on it, and lays out the tables. */

import { EnvironmentError, UsageError } from "../errors.js";
import { flag, given, wholeNumber } from "../text/arguments.js";
import { sizeOption } from "../text/numbers.js";
import { Layout } from "../wasm/layout.js";
import { type EngineExports, loadEngine } from "../wasm/loader.js";
import { createMemory, MAX_BYTES, MemoryView, WASM_PAGE } from "../wasm/memory.js";
import { findModule, type ModuleOptions } from "../wasm/module.js";
import { Control } from "./control.js";
import { type Content, type MachineSize, machineCounts } from "./machine-size.js";
import { NoticeRings } from "./notices.js";

/** How large the machine is, and which engine runs on it. */
export interface BootOptions extends MachineSize, ModuleOptions {
  /**
   * Events that each CPU keeps for `engine.events()`, a power of two. Default 0: none, and they cost nothing. An event that
   * finds no room is lost, and counted.
   */
  readonly events?: number;
}

/** A booted machine, without its worker threads. */
export interface Machine {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  readonly view: MemoryView;
  readonly control: Control;
  /** The instance of the calling thread. The calling thread is a CPU too. */
  readonly host: EngineExports;
  /** Bytes of page frames. */
  readonly frameBytes: number;
  /** Bytes of a page. */
  readonly pageSize: number;
  readonly content: Content;
  /** Its sizes, as an image of it has them. */
  readonly size: Readonly<Required<MachineSize>>;
  /** Bytes behind the engine's own, for answers that do not fit into a record. */
  readonly scratch: { readonly offset: number; readonly bytes: number };
  /** What the CPUs note, if the options ask for it. */
  readonly notices: NoticeRings | undefined;
}

/** The memory of an earlier machine, in place of a fresh one. */
export interface Image {
  /** Throws when it is not of this module and these bytes of memory. Nothing has been made yet. */
  check(module: WebAssembly.Module, bytes: number): void;
  /** Writes it into zeroed memory. */
  write(memory: Uint8Array): void;
}

/** The least number of pages for tables and objects that an engine can boot with. */
const LEAST_METADATA = 16;

/**
 * The most bytes of swap, and of the store: a page takes 8 bytes of memory, used or not, and frames, tables and objects need
 * room beside them.
 */
const MOST_BACKING = 960 * 2 ** 30;

/** Bytes that the host keeps for itself at the memory's end. */
const SCRATCH_BYTES = 4 * WASM_PAGE;

/**
 * Boots a machine, or brings one back from an image of the same sizes. Throws UsageError for sizes that make no sense,
 * EnvironmentError when the memory is not available.
 */
export async function boot(options: BootOptions = {}, image?: Image): Promise<Machine> {
  const { workers, cpus, spaces, files, queueRecords, content } = machineCounts(options);
  flag("checked", options.checked);
  flag("trusted", options.trusted);
  const events = eventPlaces(options.events);

  const { source, name } = await findModule(options);
  // Only the engine knows the size of its tables. To ask it we need an instance, and an instance needs a memory.
  const { module, exports: probe } = await loadEngine(source, createMemory(WASM_PAGE), name, Layout.of);
  const layout = Layout.of(module);
  const pageSize = layout.constant("PAGE_SIZE");
  const bytes = (name: "memory" | "swap" | "store", usual: number, low: number, high: number) =>
    Math.floor(wholeNumber(name, given(options[name], usual), { unit: "bytes", low, high }) / pageSize);
  // Frames without content cost their struct pages only.
  const frames = bytes("memory", 64 * 2 ** 20, pageSize, content === "none" ? MAX_BYTES * 16 : MAX_BYTES);
  mustSuffice(frames, workers, pageSize);
  const slots = bytes("swap", 0, 0, MOST_BACKING);
  const blocks = bytes("store", content === "full" ? 0 : frames * pageSize, 0, MOST_BACKING);
  const contentCode = layout.constant(`CONTENT_${content.toUpperCase()}`);
  const metadata = wholeNumber("metadata", given(options.metadata, Math.max(16 * 2 ** 20, frames * 64)), {
    unit: "bytes",
    low: LEAST_METADATA * pageSize,
    high: MAX_BYTES - pageSize,
  });

  const bootCpus = Math.max(1, cpus);
  const shape = [frames, bootCpus, spaces, files, contentCode, queueRecords, slots, blocks] as const;
  const total = returning("bootBytes", () => probe.bootBytes(...shape, metadata) >>> 0) || MAX_BYTES;
  const size = Math.ceil(total / WASM_PAGE) * WASM_PAGE;
  image?.check(module, size);
  const rings = events === 0 ? 0 : NoticeRings.bytes(layout, bootCpus + 1, events);
  const memory = createMemory(size + SCRATCH_BYTES + rings);
  const { exports: host } = await loadEngine(module, memory, name);
  image?.write(new Uint8Array(memory.buffer, 0, size));
  const result = image ? 0 : returning("boot", () => host.boot(size, ...shape));
  if (result !== 0) {
    throw new EnvironmentError(
      `the engine does not boot in ${size / 2 ** 20} MiB (result ${result})`,
      "ask for more metadata or less memory",
    );
  }
  returning("cpuStart", () => host.cpuStart(bootCpus));
  const view = new MemoryView(memory);
  const notices = NoticeRings.make(view, layout, size + SCRATCH_BYTES, bootCpus + 1, events);
  const control = new Control(view, layout);
  control.fix();
  const scratch = { offset: size, bytes: SCRATCH_BYTES };
  return {
    module,
    memory,
    layout,
    view,
    control,
    host,
    frameBytes: frames * pageSize,
    pageSize,
    content,
    size: {
      ...{ cpus: workers, kswapd: cpus > workers, content, metadata, spaces, files, queueRecords },
      ...{ memory: frames * pageSize, swap: slots * pageSize, store: blocks * pageSize },
    },
    scratch,
    notices,
  };
}

/** Calls the engine. Throws EnvironmentError when that traps: an rmap engine never traps while it boots. */
function returning<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new EnvironmentError(
      `the engine module's ${name} fails: ${error instanceof Error ? error.message : String(error)}`,
      "pass the package's own engine.wasm",
    );
  }
}

/** The most events that a CPU keeps. */
const MOST_EVENTS = 2 ** 20;

/** The option `events`. Throws UsageError for what is no count, or no power of two. */
export function eventPlaces(events: unknown): number {
  const places = wholeNumber("events", given(events, 0), { high: MOST_EVENTS });
  if ((places & (places - 1)) === 0) return places;
  throw new UsageError(`events must be a power of two, or 0, not ${places}`);
}

/** A fault that copies a page may need two frames for its CPU. A single CPU can do with one. */
function mustSuffice(frames: number, cpus: number, pageSize: number): void {
  const least = cpus > 1 ? 2 * cpus : 1;
  if (frames >= least) return;
  throw new UsageError(
    `memory must be at least ${sizeOption(least * pageSize)} for ${cpus} CPUs, two pages for each, not ${sizeOption(frames * pageSize)}`,
    "give it more memory, or fewer CPUs",
  );
}
