/** The address spaces of one engine: makes them, finds them by slot, and frees them. */
import { UsageError } from "../errors.js";
import type { Core } from "./core.js";
import { EngineFile } from "./file.js";
import { MADE_HERE } from "./handle.js";
import { Pin, pageOf } from "./pin.js";
import type { SavedHandles } from "./snapshot-header.js";
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

  /** All that have not ended, by slot; those that are only reserved too. */
  get all(): AddressSpace[] {
    return [...this.#living.values()].sort((one, other) => one.slot - other.slot);
  }

  /** Makes the handles of what an image holds. */
  restore({ spaces, files, pins }: SavedHandles): void {
    const { places } = this.core;
    places.takeAll("space", spaces);
    places.takeAll(
      "file",
      files.map(({ slot }) => slot),
    );
    for (const slot of spaces) this.#living.set(slot, new AddressSpace(MADE_HERE, this, slot));
    for (const { slot, pages } of files) new EngineFile(MADE_HERE, this.core, slot, pages);
    for (const { slot, address, access, page } of pins) {
      const space = this.#living.get(slot) ?? { slot };
      new Pin(MADE_HERE, this.core, this.pins, space, address, access, page);
    }
  }

  /** What an image must hold of the handles. */
  get saved(): SavedHandles {
    return {
      spaces: this.all.map(({ slot }) => slot),
      files: [...this.core.files].map(({ slot, pages }) => ({ slot, pages })),
      pins: [...this.pins].map((pin) => ({
        ...{ slot: pin.space.slot, address: pin.address, access: pin.access, page: pageOf(pin) },
      })),
    };
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
    this.core.missing.forget(space.slot);
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
