/** A pinned page: memory that someone reads or writes behind the page tables' back, as a device does. */
import { UsageError } from "../errors.js";
import { show, word } from "./arguments.js";
import { INSPECT, inLine, type MADE_HERE, mustBeMadeHere, type Owner } from "./handle.js";
import type { AddressSpace } from "./space.js";

/** One pin. It outlives the mapping and the address space; the frame is not given away before `unpin`. */
export class Pin {
  readonly space: AddressSpace;
  /** Address under which it was taken, in bytes. */
  readonly address: number;
  /** What it was taken for. */
  readonly access: "read" | "write";
  readonly #owner: Owner;
  readonly #page: number;
  #held = true;

  /** Use `AddressSpace.pin`. */
  constructor(
    key: typeof MADE_HERE,
    owner: Owner,
    space: AddressSpace,
    address: number,
    access: "read" | "write",
    page: number,
  ) {
    mustBeMadeHere(key, "Pin", "space.pin(address)");
    this.#owner = owner;
    this.space = space;
    this.address = address;
    this.access = access;
    this.#page = page;
    owner.pinned(this);
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
    return at === 0 ? 0n : this.#owner.engine.control.view.loadU64(at);
  }

  /** Stores a word, without a fault. Throws UsageError for a pin that was taken for reading. */
  write(value: bigint | number, offset = 0): void {
    const what = "write through a pin";
    const at = this.#at(what, offset);
    if (this.access === "read") {
      throw new UsageError(
        `${what}: it was taken for reading only`,
        'take it with space.pin(address, "write")',
      );
    }
    const stored = word(`${what}: the value`, value);
    if (at !== 0) this.#owner.engine.control.view.storeU64(at, stored);
  }

  /** Drops the pin; every later call throws UsageError. */
  unpin(): void {
    this.#mustHold("unpin");
    this.#owner.unpinned(this, this.#page);
    this.#held = false;
  }

  /** Drops the pin if that was not done yet; does nothing once the engine is disposed, which dropped it. */
  [Symbol.dispose](): void {
    if (this.#held && !this.#owner.cpu.disposed) this.unpin();
  }

  #at(what: string, offset: number): number {
    this.#mustHold(what);
    const { inspector, pageSize } = this.#owner.engine;
    if (!Number.isInteger(offset) || offset < 0 || offset >= pageSize || offset % 8 !== 0) {
      throw new UsageError(
        `${what}: the offset must be a multiple of 8 below ${pageSize} bytes, not ${show(offset)}`,
      );
    }
    return inspector.wordAt(this.#page, offset);
  }

  #mustHold(what: string): void {
    this.#owner.cpu.mustLive(what);
    if (!this.#held)
      throw new UsageError(`${what}: it was dropped already`, "take another with space.pin(address)");
  }
}
