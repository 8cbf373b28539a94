/** Files that a trace maps: which slot each has, and how large it must be. */

import { NO_DEVICE, type TraceEvent } from "../trace/event.js";

/** What a mapping record shows: no file, or the slot of one. */
export const ANONYMOUS = 0;

/** Slots of files by identity. A file is as large as the farthest mapping of it; it grows, and never goes away. */
export class FileTable {
  private readonly slots = new Map<string, number>();
  private readonly pages: number[] = [0];

  /** `limit` is the number of file slots, the unused slot 0 included. */
  constructor(
    private readonly limit: number,
    private readonly skip: (name: string) => void = () => {},
  ) {}

  /** Slot of the file in a mapping record, ANONYMOUS when there is none. */
  identify(event: TraceEvent): number {
    const text = event.text();
    // The vdso and its data pages are kernel pages that behave like a file's: they are never anonymous.
    if (text.startsWith("[v") || text === "[uprobes]") return this.slot(text);
    if (text === "" || text === "//anon" || text.startsWith("[")) return ANONYMOUS;
    if (event.mapMajor === NO_DEVICE) return this.slot(text);
    if (event.mapMajor === 0 && event.mapMinor === 0 && event.mapInode === 0) return ANONYMOUS;
    return this.slot(`${event.mapMajor}:${event.mapMinor}:${event.mapInode}:${event.mapGeneration}`);
  }

  /** Slot of the file that stands for all files that the trace does not show. */
  unknown(): number {
    return this.slot("?");
  }

  /** Makes the file at least `pages` long; true when it was shorter, and its operation is due. */
  grow(slot: number, pages: number): boolean {
    if ((this.pages[slot] as number) >= pages) return false;
    this.pages[slot] = pages;
    return true;
  }

  private slot(key: string): number {
    const found = this.slots.get(key);
    if (found !== undefined) return found;
    // When slots run out, further files share the last one: only which pages are shared suffers.
    const slot = Math.min(this.pages.length, this.limit - 1);
    this.slots.set(key, slot);
    if (slot === this.pages.length) this.pages.push(0);
    else this.skip(`file beyond the ${this.limit - 1} that a replay keeps apart`);
    return slot;
  }
}
