/** A pinned page: memory that you read or write without the page tables, as a device does. */
import { UsageError } from "../errors.js";
import { DISPOSE } from "../platform/dispose.js";
import { show, word } from "../text/arguments.js";
import type { Core } from "./core.js";
import { INSPECT, inLine, type MADE_HERE, mustBeMadeHere } from "./handle.js";

/** @internal The struct page of a pin. */
export let pageOf: (pin: Pin) => number;

/** One pin. It outlives the mapping and the address space; the engine does not reuse the frame before `unpin`. */
export class Pin {
  /** The address space of the pinned page. */
  readonly space: { readonly slot: number };
  /** Address of the page when you pinned it, in bytes. */
  readonly address: number;
  /** The access that it allows. */
  readonly access: "read" | "write";
  readonly #core: Core;
  readonly #pins: Set<Pin>;
  readonly #page: number;
  #held = true;

  static {
    pageOf = (pin) => pin.#page;
  }

  /** @internal Use `AddressSpace.pin`. */
  constructor(
    key: typeof MADE_HERE,
    core: Core,
    pins: Set<Pin>,
    space: Pin["space"],
    address: number,
    access: "read" | "write",
    page: number,
  ) {
    mustBeMadeHere(key, "Pin", "space.pin(address)");
    this.#core = core;
    this.#pins = pins;
    this.space = space;
    this.address = address;
    this.access = access;
    this.#page = page;
    pins.add(this);
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    const { space, address, access } = this;
    return inLine("Pin", {
      space: space.slot,
      address: `0x${address.toString(16)}`,
      access,
      held: this.#held,
    });
  }

  /** The 64-bit word at a byte offset of the frame, as the device sees it; 0 when frames have no content. */
  read(offset = 0): bigint {
    const at = this.#at("read through a pin", offset);
    return at === 0 ? 0n : this.#core.machine.view.loadU64(at);
  }

  /** Stores a word, without a fault. Throws UsageError for a pin that allows only reading. */
  write(value: bigint | number, offset = 0): void {
    const what = "write through a pin";
    const at = this.#at(what, offset);
    if (this.access === "read") {
      throw new UsageError(
        `${what}: this pin allows only reading`,
        'take it with space.pin(address, "write")',
      );
    }
    const stored = word(`${what}: the value`, value);
    if (at !== 0) this.#core.machine.view.storeU64(at, stored);
  }

  /** Drops the pin; every later call throws UsageError. */
  unpin(): void {
    this.#mustHold("unpin");
    this.#core.must(this.#core.encoder.unpin(this.#page), "unpin");
    this.#pins.delete(this);
    this.#held = false;
  }

  /**
   * Drops the pin unless you have already done so. Does nothing when the engine is disposed, because that dropped it.
   */
  [DISPOSE](): void {
    if (this.#held && !this.#core.cpu.disposed) this.unpin();
  }

  #at(what: string, offset: number): number {
    this.#mustHold(what);
    const { inspector, machine } = this.#core;
    const { pageSize } = machine;
    if (!Number.isInteger(offset) || offset < 0 || offset >= pageSize || offset % 8 !== 0) {
      throw new UsageError(
        `${what}: the offset must be a multiple of 8 below ${pageSize} bytes, not ${show(offset)}`,
      );
    }
    return inspector.wordAt(this.#page, offset);
  }

  #mustHold(what: string): void {
    this.#core.cpu.mustLive(what);
    if (!this.#held)
      throw new UsageError(`${what}: it was dropped already`, "take another with space.pin(address)");
  }
}
