/** The options for the size of the machine. They mean the same in every command. */

import { UsageError } from "../errors.js";
import { PAGE_BYTES } from "../ops/operation.js";
import { sizeOption } from "../text/numbers.js";
import { shown } from "../text/words.js";
import { MAX_BYTES, MAX_METADATA, MAX_STORE, MAX_SWAP } from "../wasm/memory.js";
import type { OptionSpec, RawOptions } from "./command.js";
import { parseSize } from "./size.js";

/** Default bytes of swap with a memory limit. */
const DEFAULT_SWAP = 512 * 2 ** 20;
/** Default bytes of the store with a memory limit. It takes memory only for what it holds. */
const DEFAULT_STORE = 4 * 2 ** 30;
/**
 * Bytes for page tables and objects: the default if swap leaves as much, the minimum, and the limit for everything
 * else.
 */
const DEFAULT_METADATA = 256 * 2 ** 20;
const LEAST_METADATA = 64 * 1024;
const REST = 160 * 2 ** 20;

/** The sizes of a machine. */
export interface MemorySettings {
  /** Bytes of page frames. */
  readonly memory: number;
  /** Bytes of swap. */
  readonly swap: number;
  /** Bytes of the store behind files and shared memory. */
  readonly store: number;
  /** Bytes for page tables and objects. */
  readonly metadata: number;
  /** True when `--memory` was given. */
  readonly limited: boolean;
}

/** The options' lines of help. `note` adds what `--memory` does besides. */
export function memoryOptions(usual: string, note = ""): OptionSpec[] {
  return [
    ["--memory <size>", `Page frames for anonymous and file pages (default: ${usual})${note}`],
    [
      "--swap <size>",
      "Space for anonymous pages that do not fit in memory (default: 512M with --memory, otherwise 0)",
    ],
    [
      "--store <size>",
      `Space for changed pages of files and shared memory that do not fit (default: 4G with --memory, otherwise ${usual})`,
    ],
    ["--metadata <size>", "Space for page tables and objects such as mappings (default: 256M)"],
  ];
}

/** Reads the options. `usual` is the default memory in bytes. Throws UsageError, which names the option. */
export function parseMemory(options: RawOptions, usual: number): MemorySettings {
  const { memory, swap, store, metadata } = options;
  const limited = memory !== undefined;
  const slots = swap !== undefined ? within("--swap", swap, MAX_SWAP, true) : limited ? DEFAULT_SWAP : 0;
  return {
    memory: limited ? within("--memory", memory, MAX_BYTES) : usual,
    swap: slots,
    store: store !== undefined ? within("--store", store, MAX_STORE, true) : limited ? DEFAULT_STORE : usual,
    metadata:
      metadata !== undefined
        ? within("--metadata", metadata, MAX_METADATA, false, LEAST_METADATA)
        : roomFor(slots),
    limited,
  };
}

/**
 * Bytes for page tables and objects beside that much swap, up to what the engine can address. A page of swap takes 16
 * bytes.
 */
function roomFor(swap: number): number {
  return Math.max(16 * 2 ** 20, Math.min(DEFAULT_METADATA, MAX_BYTES - REST - (swap / PAGE_BYTES) * 16));
}

/** A size from `least` bytes (usually one page) to `most` bytes; with `zero` also 0. */
function within(option: string, value: unknown, most: number, zero = false, least = PAGE_BYTES): number {
  const size = parseSize(option, value);
  if ((zero && size === 0) || (size >= least && size <= most)) return size;
  const range = `from ${sizeOption(least)} to ${sizeOption(most)}`;
  throw new UsageError(
    `${option} must be ${zero ? "0, or " : ""}${range}, not ${shown(String(value))}`,
    "write bytes, or a number with K, M or G: 256M",
  );
}
