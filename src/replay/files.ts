/** The slots of the files that a trace maps. */

import { NO_DEVICE, type TraceEvent } from "../trace/event.js";

/** The file of a mapping record: none, or its slot. */
export const ANONYMOUS = 0;

/**
 * Pages of every file of a trace: as many as a file can have. A trace does not show the length of a file. But each
 * file was at least as long as the program's accesses, even if it grew the mapping later.
 */
export const NO_END = 2 ** 52;

/** Slots of files by identity. A file never goes away. */
export class FileTable {
  readonly #limit: number;
  readonly #skip: (name: string) => void;
  readonly #slots = new Map<string, number>();
  readonly #names: string[] = [];
  /** Slots given out, the unused slot 0 included. */
  #used = 1;
  /** True when the slot's file exists. */
  readonly #made: boolean[] = [];

  /** `limit` is the number of file slots, the unused slot 0 included. */
  constructor(limit: number, skip: (name: string) => void = () => {}) {
    this.#limit = limit;
    this.#skip = skip;
  }

  /** Slot of the file in a mapping record, ANONYMOUS when there is none. */
  identify(event: TraceEvent): number {
    const text = event.text();
    const slot = this.#identify(event, text);
    if (slot !== ANONYMOUS) this.#names[slot] ??= text;
    return slot;
  }

  /** Path of the file in a slot, as the trace named it first; "" without a name. */
  name(slot: number): string {
    return this.#names[slot] ?? "";
  }

  #identify(event: TraceEvent, text: string): number {
    // The vdso and its data pages are kernel pages that behave like a file's: they are never anonymous.
    if (text.startsWith("[v") || text === "[uprobes]") return this.#slot(text);
    if (text === "" || text === "//anon" || text.startsWith("[")) return ANONYMOUS;
    if (event.mapMajor === NO_DEVICE) return this.#slot(text);
    if (event.mapMajor === 0 && event.mapMinor === 0 && event.mapInode === 0) return ANONYMOUS;
    return this.#slot(`${event.mapMajor}:${event.mapMinor}:${event.mapInode}:${event.mapGeneration}`);
  }

  /** Slot of the file that represents all files that the trace does not show. */
  unknown(): number {
    return this.#slot("?");
  }

  /** True once for each slot, when its file must be made. */
  isNew(slot: number): boolean {
    const isNew = this.#made[slot] !== true;
    this.#made[slot] = true;
    return isNew;
  }

  #slot(key: string): number {
    const found = this.#slots.get(key);
    if (found !== undefined) return found;
    // When slots run out, further files share the last one. Then the replay may share pages that the program did not
    // share.
    const slot = Math.min(this.#used, this.#limit - 1);
    this.#slots.set(key, slot);
    if (slot === this.#used) this.#used++;
    else this.#skip(`file beyond the ${this.#limit - 1} that a replay can distinguish`);
    return slot;
  }
}
