/**
 * The stores that waited at marks in the middle of an execution. Of the words to which they go, memory too: a store that
 * lands may change memory there without the monitor, which hears of each store when it is made.
 */

import type { MemoryView } from "../wasm/memory.js";
import type { Waiting } from "./waiting-store.js";

/** What the waiting stores of a machine consist of, besides the number of the last one. */
export interface WaitingParts {
  readonly view: MemoryView;
  readonly waiting: readonly Waiting[][];
  readonly fenced: number[];
  readonly who: Uint16Array;
  readonly landed: Uint32Array;
}

interface Marked {
  readonly waiting: readonly (readonly Waiting[])[];
  readonly fenced: readonly number[];
  readonly number: number;
  /** Four numbers a word: which one, who waits, what has landed, what memory has. */
  readonly words: readonly number[];
}

export class WaitingMarks {
  readonly #parts: WaitingParts;
  readonly #marked: Marked[] = [];

  constructor(parts: WaitingParts) {
    this.#parts = parts;
  }

  /** Notes the state, by numbers from 0 on; `last` is the number of the last store. No store lands now. */
  mark(number: number, last: number): void {
    const { view, waiting, fenced, who, landed } = this.#parts;
    const words: number[] = [];
    const note = (word: number) =>
      words.push(word, who[word] as number, landed[word] as number, view.u32(word * 4));
    for (const stores of waiting)
      for (const { word, nextMask } of stores) {
        note(word);
        if (nextMask !== 0) note(word + 1);
      }
    const lists = waiting.map((stores) => (stores.length === 0 ? NO_STORES : [...stores]));
    this.#marked[number] = { waiting: lists, fenced: [...fenced], number: last, words };
  }

  /** Goes back to it, with no store waiting; memory is what it was where the monitor knows. Returns the last store's number. */
  back(to: number): number {
    const { view, waiting, fenced, who, landed } = this.#parts;
    const marked = this.#marked[to] as Marked;
    for (const [cpu, stores] of marked.waiting.entries()) {
      for (const store of stores) store.state = "waits";
      (waiting[cpu] as Waiting[]).push(...stores);
    }
    for (const [cpu, fence] of marked.fenced.entries()) fenced[cpu] = fence;
    const { words } = marked;
    for (let i = 0; i < words.length; i += 4) {
      const word = words[i] as number;
      who[word] = words[i + 1] as number;
      landed[word] = words[i + 2] as number;
      view.setU32(word * 4, words[i + 3] as number);
    }
    return marked.number;
  }
}

const NO_STORES: readonly never[] = [];
