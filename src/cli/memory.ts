/** The options that say how large the machine is, which mean the same wherever they are. */

import { UsageError } from "../errors.js";
import { PAGE_BYTES } from "../ops/operation.js";
import { sizeOption } from "../text/numbers.js";
import { shown } from "../text/words.js";
import { MAX_BYTES, MAX_METADATA, MAX_STORE, MAX_SWAP } from "../wasm/memory.js";
import type { OptionSpec, RawOptions } from "./command.js";
import { parseSize } from "./size.js";

/** Bytes of swap with a memory limit that says nothing about swap. */
const DEFAULT_SWAP = 512 * 2 ** 20;
/** Bytes of the store with a memory limit that says nothing about it: what is written there is never too much by itself. */
const DEFAULT_STORE = 4 * 2 ** 30;
/** Bytes for page tables and objects, where nothing is said and swap leaves so much; the least, and what the rest may take. */
const DEFAULT_METADATA = 256 * 2 ** 20;
const LEAST_METADATA = 64 * 1024;
const REST = 160 * 2 ** 20;

/** How much a machine has. */
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

/** The options' own lines of help; `note` says what else `--memory` does. */
export function memoryOptions(usual: string, note = ""): OptionSpec[] {
  return [
    ["--memory <size>", `Page frames for anonymous and file pages (default: ${usual})${note}`],
    [
      "--swap <size>",
      "Room for anonymous pages that do not fit in memory (default: 512M with --memory, else 0)",
    ],
    [
      "--store <size>",
      `Room for changed pages of files and shared memory that do not fit (default: 4G with --memory, else ${usual})`,
    ],
    ["--metadata <size>", "Room for page tables and objects such as mappings (default: 256M)"],
  ];
}

/** Reads the options. `usual` is the memory without a limit, in bytes. Throws UsageError naming the option. */
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

/** Page tables and objects beside that much swap, of which a page takes 16 bytes: not more than can be addressed. */
function roomFor(swap: number): number {
  return Math.max(16 * 2 ** 20, Math.min(DEFAULT_METADATA, MAX_BYTES - REST - (swap / PAGE_BYTES) * 16));
}

/** A size of `least` bytes at least, usually one page, and `most` bytes at most; `zero`: or none at all. */
function within(option: string, value: unknown, most: number, zero = false, least = PAGE_BYTES): number {
  const size = parseSize(option, value);
  if ((zero && size === 0) || (size >= least && size <= most)) return size;
  const range = `from ${sizeOption(least)} to ${sizeOption(most)}`;
  throw new UsageError(
    `${option} must be ${zero ? "0, or " : ""}${range}, not ${shown(String(value))}`,
    "write bytes, or K, M or G behind the number: 256M",
  );
}
