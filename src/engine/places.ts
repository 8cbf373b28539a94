/**
 * The places of address spaces and files in the engine's tables. A place becomes free when no running batch names it.
 */
import type { Control } from "../cpu/control.js";
import { Slots } from "./slots.js";

/** A handle that has a place. */
export interface Placed {
  readonly slot: number;
}

type Kind = "space" | "file";

/** The places of one engine. */
export class Places {
  readonly #slots: Readonly<Record<Kind, Slots>>;
  readonly #empty: (slot: number) => void;
  /** The handles that the running batch names. Their places stay taken until it has ended. */
  #named: ReadonlySet<object> | undefined;
  #late: { readonly kind: Kind; readonly handle: Placed }[] = [];

  /** `empty` ends the address space in a slot, if there is one. */
  constructor(control: Control, empty: (slot: number) => void) {
    this.#empty = empty;
    this.#slots = {
      space: new Slots("address space", 0, control.get("spaces")),
      file: new Slots("file", 1, control.get("files")),
    };
  }

  /** Takes a slot. Throws RmapError when all are taken. */
  take(kind: Kind): number {
    return this.#slots[kind].take();
  }

  /** Takes some slots of a fresh table. */
  takeAll(kind: Kind, slots: readonly number[]): void {
    this.#slots[kind].takeAll(slots);
  }

  /** Frees the slot of an ended handle: at once, or when the batch that names it has ended. */
  giveBack(kind: Kind, handle: Placed): void {
    if (this.#named?.has(handle)) this.#late.push({ kind, handle });
    else this.#slots[kind].release(handle.slot);
  }

  /** True while a batch runs. */
  get inUse(): boolean {
    return this.#named !== undefined;
  }

  /** True when the running batch names a handle. */
  names(handle: Placed): boolean {
    return this.#named?.has(handle) === true;
  }

  /** Runs a batch. The handles that `handles` names keep their places until it has ended. */
  async using<T>(handles: ReadonlySet<object>, run: () => Promise<T>): Promise<T> {
    let ended = false;
    try {
      this.#named = handles;
      const result = await run();
      ended = true;
      return result;
    } finally {
      this.#named = undefined;
      for (const { kind, handle } of this.#late.splice(0)) {
        // After a batch that did not end, execute nothing more.
        if (ended && kind === "space") this.#empty(handle.slot);
        this.#slots[kind].release(handle.slot);
      }
    }
  }
}
