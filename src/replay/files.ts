/** Files that a trace maps: which slot each has. */

import { NO_DEVICE, type TraceEvent } from "../trace/event.js";

/** What a mapping record shows: no file, or the slot of one. */
export const ANONYMOUS = 0;

/**
 * Pages of every file of a trace: as many as a file can have. How long a file is, a trace does not show; each was as long
 * as what the program accessed of it, whether it mapped that at once or grew the mapping later.
 */
export const NO_END = 2 ** 52;

/** Slots of files by identity. A file never goes away. */
export class FileTable {
  readonly #limit: number;
  readonly #skip: (name: string) => void;
  readonly #slots = new Map<string, number>();
  /** Slots given out, the unused slot 0 included. */
  #used = 1;
  /** Whether the slot's file was made. */
  readonly #made: boolean[] = [];

  /** `limit` is the number of file slots, the unused slot 0 included. */
  constructor(limit: number, skip: (name: string) => void = () => {}) {
    this.#limit = limit;
    this.#skip = skip;
  }

  /** Slot of the file in a mapping record, ANONYMOUS when there is none. */
  identify(event: TraceEvent): number {
    const text = event.text();
    // The vdso and its data pages are kernel pages that behave like a file's: they are never anonymous.
    if (text.startsWith("[v") || text === "[uprobes]") return this.#slot(text);
    if (text === "" || text === "//anon" || text.startsWith("[")) return ANONYMOUS;
    if (event.mapMajor === NO_DEVICE) return this.#slot(text);
    if (event.mapMajor === 0 && event.mapMinor === 0 && event.mapInode === 0) return ANONYMOUS;
    return this.#slot(`${event.mapMajor}:${event.mapMinor}:${event.mapInode}:${event.mapGeneration}`);
  }

  /** Slot of the file that stands for all files that the trace does not show. */
  unknown(): number {
    return this.#slot("?");
  }

  /** True once for each slot: its file is to be made. */
  isNew(slot: number): boolean {
    const isNew = this.#made[slot] !== true;
    this.#made[slot] = true;
    return isNew;
  }

  #slot(key: string): number {
    const found = this.#slots.get(key);
    if (found !== undefined) return found;
    // When slots run out, further files share the last one: only which pages are shared suffers.
    const slot = Math.min(this.#used, this.#limit - 1);
    this.#slots.set(key, slot);
    if (slot === this.#used) this.#used++;
    else this.#skip(`file beyond the ${this.#limit - 1} that a replay keeps apart`);
    return slot;
  }
}
