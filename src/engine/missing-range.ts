/** A range of an address space whose absent pages a handler supplies. */
import { UsageError } from "../errors.js";
import { DISPOSE } from "../platform/dispose.js";
import { noOptions, show } from "../text/arguments.js";
import { formatAddress } from "../text/numbers.js";
import type { Core } from "./core.js";
import { INSPECT, inLine, type MADE_HERE, mustBeMadeHere } from "./handle.js";
import type { PageContent } from "./page-content.js";
import type { Supplied } from "./supplied-ranges.js";

/**
 * One range, from `AddressSpace.onMissing` to `dispose()`. It names addresses, not mappings: what you map there later has no
 * missing pages, and neither has a child of fork, nor the new place of a mapping that mremap moves.
 */
export class MissingRange {
  /** The first address, in bytes. */
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  readonly #core: Core;
  readonly #range: Supplied;

  /** @internal Use `AddressSpace.onMissing`. */
  constructor(key: typeof MADE_HERE, core: Core, range: Supplied) {
    mustBeMadeHere(key, "MissingRange", "space.onMissing(address, length, handler)");
    this.#core = core;
    this.#range = range;
    this.address = range.start;
    this.length = range.end - range.start;
    core.missing.add(range, !core.places.inUse);
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    return inLine("MissingRange", { address: formatAddress(this.address), length: this.length });
  }

  /**
   * Supplies a page before any access asks for it; without content it is zero. Returns false when the page is there already,
   * and leaves it as it is. Throws SystemCallError with `ENOENT` when the range is not mapped there any more.
   */
  supply(address: number, content?: PageContent, ...none: []): boolean {
    noOptions("supply", none);
    this.#core.cpu.mustLive("supply");
    const { pageSize } = this.#core.machine;
    const { start, end } = this.#range;
    if (!(Number.isSafeInteger(address) && address >= start && address < end && address % pageSize === 0)) {
      throw new UsageError(
        `supply: the address must be that of a page in the range, not ${show(address)}`,
        `the range has the pages from ${formatAddress(start)} to ${formatAddress(end)}`,
      );
    }
    return this.#core.missing.supply(this.#range, address, content);
  }

  /**
   * Ends it: what is still absent is zero from now on. Accesses that wait go on, and what their handler returns later is
   * ignored. A second call does nothing.
   */
  dispose(...none: []): void {
    noOptions("dispose", none);
    if (!this.#core.cpu.disposed) this.#core.missing.remove(this.#range);
  }

  [DISPOSE](): void {
    this.dispose();
  }
}
