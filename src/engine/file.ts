/** A file (memfd-like) that address spaces map; its pages live in the page cache. */
import { UsageError } from "../errors.js";
import { DISPOSE } from "../platform/dispose.js";
import type { Core } from "./core.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere, mustBeOf, type Name, noHandle } from "./handle.js";

/** @internal Returns the value as a file of this engine. Throws UsageError for anything else; `what` names the argument. */
export let usableFile: (value: unknown, core: Core, what: Name) => EngineFile;

/** A file of a fixed size. It belongs to one engine. */
export class EngineFile {
  /** Slot in the engine's file table. */
  readonly slot: number;
  /** Size in pages; an access beyond it is a bus error. */
  readonly pages: number;
  /** The engine that made it, to compare with yours. */
  readonly engine: object;
  readonly #core: Core;
  #dropped = false;

  /** @internal Use `engine.file(pages)`. */
  constructor(key: typeof MADE_HERE, core: Core, slot: number, pages: number) {
    mustBeMadeHere(key, "EngineFile", "engine.file(pages)");
    this.#core = core;
    this.engine = core.engine;
    this.slot = slot;
    this.pages = pages;
    core.files.add(this);
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    return inLine("EngineFile", { slot: this.slot, pages: this.pages, dropped: this.#dropped });
  }

  /** Drops the file. Existing mappings keep its pages, but you cannot map it any more. A second call does nothing. */
  drop(): void {
    const { cpu, encoder, places } = this.#core;
    cpu.mustLive("drop of a file");
    if (this.#dropped) return;
    cpu.execute(encoder.dropFile(this.slot));
    this.#dropped = true;
    this.#core.files.delete(this);
    places.giveBack("file", this);
  }

  /** Drops it unless it was dropped. Does nothing when the engine is disposed, because that dropped it. */
  [DISPOSE](): void {
    if (!this.#core.cpu.disposed) this.drop();
  }

  static {
    usableFile = (value, core, what) => {
      if (typeof value !== "object" || value === null || !(#dropped in value)) {
        return noHandle(what, "an EngineFile", value, "engine.file(pages)");
      }
      mustBeOf(what, value.#core, core);
      if (value.#dropped)
        throw new UsageError(`${what()} was dropped`, "make another with engine.file(pages)");
      return value;
    };
  }
}

/** @internal Makes a file of some pages, all zero, on an engine. */
export function createFile(core: Core, pages: number): EngineFile {
  // Check the size before taking a slot.
  core.encoder.createFile(0, pages);
  const slot = core.places.take("file");
  try {
    core.must(core.encoder.createFile(slot, pages), "file");
  } catch (error) {
    core.places.giveBack("file", { slot });
    throw error;
  }
  return new EngineFile(MADE_HERE, core, slot, pages);
}
