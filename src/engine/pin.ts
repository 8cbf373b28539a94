/** A pinned page: memory that someone reads or writes behind the page tables' back, as a device does. */
import { UsageError } from "../errors.js";
import type { AddressSpace } from "./space.js";

/** One pin. It outlives the mapping and the address space; the frame is not given away before `unpin`. */
export class Pin {
  readonly space: AddressSpace;
  /** Address under which it was taken, in bytes. */
  readonly address: number;
  /** What it was taken for. */
  readonly access: "read" | "write";
  readonly #page: number;
  #held = true;

  /** Use `AddressSpace.pin`. */
  constructor(space: AddressSpace, address: number, access: "read" | "write", page: number) {
    this.space = space;
    this.address = address;
    this.access = access;
    this.#page = page;
    space.engine.notePin(this, page, true);
  }

  /** The 64-bit word at a byte offset of the frame, as the device sees it; 0 when frames have no content. */
  read(offset = 0): bigint {
    const at = this.#at(offset);
    return at === 0 ? 0n : this.space.engine.control.view.loadU64(at);
  }

  /** Stores a word, without a fault. Throws UsageError for a pin that was taken for reading. */
  write(value: bigint, offset = 0): void {
    if (this.access === "read") throw new UsageError("the pin was taken for reading only");
    const at = this.#at(offset);
    if (at !== 0) this.space.engine.control.view.storeU64(at, value);
  }

  /** Drops the pin; every later call throws UsageError. */
  unpin(): void {
    this.#mustHold();
    this.space.engine.notePin(this, this.#page, false);
    this.#held = false;
  }

  /** Drops the pin if that was not done yet. */
  [Symbol.dispose](): void {
    if (this.#held) this.unpin();
  }

  #at(offset: number): number {
    this.#mustHold();
    const { inspector, pageSize } = this.space.engine;
    if (!Number.isInteger(offset) || offset < 0 || offset >= pageSize || offset % 8 !== 0) {
      throw new UsageError(`${offset} is no offset of a word in a page: a multiple of 8 below ${pageSize}`);
    }
    return inspector.wordAt(this.#page, offset);
  }

  #mustHold(): void {
    if (!this.#held) throw new UsageError("the pin was dropped already");
  }
}
