/** Boots an engine: sizes its memory, instantiates the host's CPU on it, and lays out the tables. */

import { EnvironmentError, UsageError } from "../errors.js";
import { flag, given, oneOf, wholeNumber } from "../text/arguments.js";
import { sizeOption } from "../text/numbers.js";
import { Layout } from "../wasm/layout.js";
import { type EngineExports, loadEngine } from "../wasm/loader.js";
import { createMemory, MAX_BYTES, MemoryView, WASM_PAGE } from "../wasm/memory.js";
import { findModule, type ModuleOptions } from "../wasm/module.js";
import { Control } from "./control.js";

/** The content of a page: nothing, one 64-bit word, or all of its bytes. */
export type Content = "none" | "word" | "full";

/** How large the machine is. */
export interface MachineSize {
  /** Worker threads that are CPUs, 0 to 63; 0 allows only synchronous calls. Default 0. */
  readonly cpus?: number;
  /**
   * True: one more worker thread keeps frames free in the background, as kswapd does. Then `cpus` is at most 62.
   * Default false: a CPU that finds no free frame reclaims some itself.
   */
  readonly kswapd?: boolean;
  /**
   * Bytes of page frames for anonymous and file pages, in whole pages; page tables and objects take extra memory.
   * Default 64 MiB. At most 4 GiB; without content 64 GiB.
   */
  readonly memory?: number;
  /** Bytes of swap, in whole pages. Default 0: anonymous pages cannot be reclaimed. */
  readonly swap?: number;
  /**
   * Bytes of the store behind the page cache, in whole pages: the engine writes dirty pages of files back to it. It
   * is also the only swap of shared memory, so shared memory can be as large as memory and store together. Default:
   * as large as memory. With `content: "full"` there is no store, and dirty pages of files stay in memory.
   */
  readonly store?: number;
  /**
   * The content of a page. With `full` you read and write words at multiples of 8. With `word` and `none` any address
   * of a page names its one word. Default `word`.
   */
  readonly content?: Content;
  /**
   * Bytes for page tables and objects, at least 16 pages. The default depends on the number of frames, and is at
   * least 16 MiB.
   */
  readonly metadata?: number;
  /** Address spaces that can exist at once, at most 65535. Default 1024. */
  readonly spaces?: number;
  /** Files that can exist at once. Default 1024. */
  readonly files?: number;
  /** Operation records in a CPU's ring: a power of two. Default 4096. */
  readonly queueRecords?: number;
}

/** How large the machine is, and which engine runs on it. */
export interface BootOptions extends MachineSize, ModuleOptions {}

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
  /** Bytes behind the engine's own, for answers that do not fit into a record. */
  readonly scratch: { readonly offset: number; readonly bytes: number };
}

const CONTENTS: readonly Content[] = ["none", "word", "full"];

/** The least number of pages for tables and objects that an engine can boot with. */
const LEAST_METADATA = 16;

/** Bytes that the host keeps for itself at the memory's end. */
const SCRATCH_BYTES = 4 * WASM_PAGE;

/**
 * Boots a machine. Throws UsageError for sizes that make no sense, EnvironmentError when the memory is not available.
 */
export async function boot(options: BootOptions = {}): Promise<Machine> {
  const kswapd = flag("kswapd", options.kswapd) === true ? 1 : 0;
  const cpus =
    wholeNumber(kswapd === 1 ? "cpus beside kswapd" : "cpus", given(options.cpus, 0), { high: 63 - kswapd }) +
    kswapd;
  const spaces = wholeNumber("spaces", given(options.spaces, 1024), { low: 1, high: 65535 });
  const files = wholeNumber("files", given(options.files, 1024), { low: 1, high: 2 ** 20 });
  const queueRecords = wholeNumber("queueRecords", given(options.queueRecords, 4096), {
    low: 4,
    high: 2 ** 20,
  });
  if ((queueRecords & (queueRecords - 1)) !== 0) {
    throw new UsageError(`queueRecords must be a power of two, not ${queueRecords}`);
  }
  const content = oneOf("content", given(options.content, "word"), CONTENTS);
  flag("checked", options.checked);
  flag("trusted", options.trusted);

  const { source, name } = await findModule(options);
  // Only the engine knows the size of its tables. To ask it we need an instance, and an instance needs a memory.
  const { module, exports: probe } = await loadEngine(source, createMemory(WASM_PAGE), name, Layout.of);
  const layout = Layout.of(module);
  const pageSize = layout.constant("PAGE_SIZE");
  const bytes = (name: "memory" | "swap" | "store", usual: number, low: number, high: number) =>
    Math.floor(wholeNumber(name, given(options[name], usual), { unit: "bytes", low, high }) / pageSize);
  // Frames without content cost their struct pages only.
  const frames = bytes("memory", 64 * 2 ** 20, pageSize, content === "none" ? MAX_BYTES * 16 : MAX_BYTES);
  mustSuffice(frames, cpus - kswapd, pageSize);
  const slots = bytes("swap", 0, 0, (MAX_BYTES / 8) * pageSize);
  const blocks = bytes("store", content === "full" ? 0 : frames * pageSize, 0, (MAX_BYTES / 8) * pageSize);
  const contentCode = layout.constant(`CONTENT_${content.toUpperCase()}`);
  const metadata = wholeNumber("metadata", given(options.metadata, Math.max(16 * 2 ** 20, frames * 64)), {
    unit: "bytes",
    low: LEAST_METADATA * pageSize,
    high: MAX_BYTES - pageSize,
  });

  const bootCpus = Math.max(1, cpus);
  const shape = [frames, bootCpus, spaces, files, contentCode, queueRecords, slots, blocks] as const;
  const total = returning("bootBytes", () => probe.bootBytes(...shape, metadata) >>> 0) || MAX_BYTES;
  const memory = createMemory(total + SCRATCH_BYTES);
  const { exports: host } = await loadEngine(module, memory, name);
  const size = memory.buffer.byteLength - SCRATCH_BYTES;
  const result = returning("boot", () => host.boot(size, ...shape));
  if (result !== 0) {
    throw new EnvironmentError(
      `the engine does not boot in ${size / 2 ** 20} MiB (result ${result})`,
      "ask for more metadata or less memory",
    );
  }
  returning("cpuStart", () => host.cpuStart(bootCpus));
  const view = new MemoryView(memory);
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
    scratch,
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

/** A fault that copies a page may need two frames for its CPU. A single CPU can do with one. */
function mustSuffice(frames: number, cpus: number, pageSize: number): void {
  const least = cpus > 1 ? 2 * cpus : 1;
  if (frames >= least) return;
  throw new UsageError(
    `memory must be at least ${sizeOption(least * pageSize)} for ${cpus} CPUs, two pages for each, not ${sizeOption(frames * pageSize)}`,
    "give it more memory, or fewer CPUs",
  );
}
