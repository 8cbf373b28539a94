/** The options `--memory` and `--swap`, which mean the same wherever they are. */
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
    memory: limited ? parseSize("--memory", memory) : usual,
    swap: swap !== undefined ? parseSize("--swap", swap, true) : limited ? DEFAULT_SWAP : 0,
    limited,
  };
}
