/** The address spaces of one engine: makes them, finds them by slot, and frees them. */
import { UsageError } from "../errors.js";
import type { Core } from "./core.js";
import { MADE_HERE } from "./handle.js";
import type { Pin } from "./pin.js";
import { AddressSpace, type Siblings, spaceAccess } from "./space.js";

/** See the file. */
export class Spaces implements Siblings {
  readonly core: Core;
  readonly pins = new Set<Pin>();
  readonly #living = new Map<number, AddressSpace>();

  constructor(core: Core) {
    this.core = core;
  }

  /** Makes an empty address space. */
  spawn(): AddressSpace {
    const space = this.reserve();
    try {
      this.core.must(this.core.encoder.spawn(space.slot), "spawn");
    } catch (error) {
      this.giveBack(space);
      throw error;
    }
    return space;
  }

  /** Reserves a place for an address space that an operation will fill. */
  reserve(): AddressSpace {
    const space = new AddressSpace(MADE_HERE, this, this.core.places.take("space"));
    this.#living.set(space.slot, space);
    return space;
  }

  /** The address space in a slot. Makes the object for one that a replay or a script has put there. */
  at(slot: number): AddressSpace {
    return this.#living.get(slot) ?? new AddressSpace(MADE_HERE, this, slot);
  }

  /** Ends a handle and frees its slot, at once or when the batch that names it has ended. */
  giveBack(space: AddressSpace): void {
    spaceAccess.end(space);
    if (this.#living.get(space.slot) !== space) return;
    this.#living.delete(space.slot);
    this.core.places.giveBack("space", space);
  }

  /** See Engine.release. */
  release(space: AddressSpace): void {
    if (spaceAccess.ended(space, this.core, () => "release: the address space")) return;
    if (this.core.inspector.mmOf(space.slot) !== 0) {
      throw new UsageError("release: the address space is alive", "end it with exit()");
    }
    if (this.core.places.names(space)) {
      throw new UsageError("release: the running batch names this place", "await its run() first");
    }
    this.giveBack(space);
  }
}
