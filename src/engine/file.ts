/** A file (memfd-like) that address spaces map; its pages live in the page cache. */
import type { Engine } from "./engine.js";

/** A file of a fixed size. */
export class EngineFile {
  /** Slot in the engine's file table. */
  readonly slot: number;
  /** Size in pages; an access beyond it is a bus error. */
  readonly pages: number;
  readonly #engine: Engine;
  #dropped = false;

  /** Use `engine.file(pages)`. */
  constructor(engine: Engine, slot: number, pages: number) {
    this.#engine = engine;
    this.slot = slot;
    this.pages = pages;
  }

  /** Forgets the file; mappings of it keep its pages. A second call does nothing. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#engine.dropFile(this.slot);
  }
}
