/** A file (memfd-like) that address spaces map; its pages live in the page cache. */
import { UsageError } from "../errors.js";
import type { Engine } from "./engine.js";
import {
  INSPECT,
  inLine,
  type MADE_HERE,
  mustBeMadeHere,
  mustBeOf,
  type Name,
  noHandle,
  type Owner,
} from "./handle.js";

/** The value as a file that can be mapped on an engine. Throws UsageError for anything else; `what` names the argument. */
export let usableFile: (value: unknown, engine: Engine, what: Name) => EngineFile;

/** A file of a fixed size. It belongs to one engine. */
export class EngineFile {
  readonly engine: Engine;
  /** Slot in the engine's file table. */
  readonly slot: number;
  /** Size in pages; an access beyond it is a bus error. */
  readonly pages: number;
  readonly #owner: Owner;
  #dropped = false;

  /** Use `engine.file(pages)`. */
  constructor(key: typeof MADE_HERE, owner: Owner, slot: number, pages: number) {
    mustBeMadeHere(key, "EngineFile", "engine.file(pages)");
    this.#owner = owner;
    this.engine = owner.engine;
    this.slot = slot;
    this.pages = pages;
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    return inLine("EngineFile", { slot: this.slot, pages: this.pages, dropped: this.#dropped });
  }

  /** Forgets the file; mappings of it keep its pages. It cannot be mapped any more. A second call does nothing. */
  drop(): void {
    const owner = this.#owner;
    owner.cpu.mustLive("drop of a file");
    if (this.#dropped) return;
    owner.cpu.execute(owner.encoder.dropFile(this.slot));
    this.#dropped = true;
    owner.giveBack(this);
  }

  static {
    usableFile = (value, engine, what) => {
      if (typeof value !== "object" || value === null || !(#dropped in value)) {
        return noHandle(what, "an EngineFile", value, "engine.file(pages)");
      }
      mustBeOf(what, value, engine);
      if (value.#dropped)
        throw new UsageError(`${what()} was dropped`, "make another with engine.file(pages)");
      return value;
    };
  }
}
