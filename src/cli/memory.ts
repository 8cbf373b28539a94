/** The options `--memory` and `--swap`, which mean the same wherever they are. */
import { MAX_BYTES, MAX_SWAP } from "../engine/memory.js";
import { UsageError } from "../errors.js";
import { PAGE_BYTES } from "../ops/operation.js";
import { shown } from "../ops/words.js";
import { sizeOption } from "../report/numbers.js";
import type { OptionSpec, RawOptions } from "./command.js";
import { parseSize } from "./size.js";

/** Bytes of swap with a memory limit that says nothing about swap. */
const DEFAULT_SWAP = 512 * 2 ** 20;

/** How much a machine has. */
export interface MemorySettings {
  /** Bytes of page frames. */
  readonly memory: number;
  /** Bytes of swap. */
  readonly swap: number;
  /** True when `--memory` was given. */
  readonly limited: boolean;
}

/** The options' own lines of help; `note` says what else `--memory` does. */
export function memoryOptions(usual: string, note = ""): OptionSpec[] {
  return [
    ["--memory <size>", `Page frames for anonymous and file pages (default: ${usual})${note}`],
    ["--swap <size>", "Room for pages that do not fit in memory (default: 512M with --memory, else 0)"],
  ];
}

/** Reads both options. `usual` is the memory without a limit, in bytes. Throws UsageError naming the option. */
export function parseMemory({ memory, swap }: RawOptions, usual: number): MemorySettings {
  const limited = memory !== undefined;
  return {
    memory: limited ? within("--memory", memory, MAX_BYTES) : usual,
    swap: swap !== undefined ? within("--swap", swap, MAX_SWAP, true) : limited ? DEFAULT_SWAP : 0,
    limited,
  };
}

/** A size of one page at least and `most` bytes at most; `zero`: or none at all. */
function within(option: string, value: unknown, most: number, zero = false): number {
  const size = parseSize(option, value);
  if ((zero && size === 0) || (size >= PAGE_BYTES && size <= most)) return size;
  const range = `from ${sizeOption(PAGE_BYTES)} to ${sizeOption(most)}`;
  throw new UsageError(
    `${option} must be ${zero ? "0, or " : ""}${range}, not ${shown(String(value))}`,
    "write bytes, or K, M or G behind the number: 256M",
  );
}
