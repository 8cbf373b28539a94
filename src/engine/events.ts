/** What the CPUs of an engine did, as events for its program. */
import type { Notice, NoticeRings } from "../cpu/notices.js";
import { UsageError } from "../errors.js";
import type { Layout } from "../wasm/layout.js";

/**
 * The kinds of events. A fault mapped a new anonymous page (`anon`), the zero page (`zero`) or a page of a file (`file`), copied
 * a page (`copy`), or let a store go to the page itself, which nobody else uses any more (`reuse`). Reclaim took a page from an
 * address (`unmap`), and a page was written to swap (`swapOut`) or read from there (`swapIn`).
 */
export type EventKind = "anon" | "zero" | "file" | "copy" | "reuse" | "unmap" | "swapOut" | "swapIn";

/** One event. */
export interface EngineEvent {
  /** Number of the event among those of all CPUs, modulo 2 ** 32. */
  readonly order: number;
  readonly kind: EventKind;
  /** The CPU; that of the calling thread has the highest number. */
  readonly cpu: number;
  /** Slot of the address space; undefined of `swapOut`: several may have had the page. */
  readonly space: number | undefined;
  /** The address that was accessed, or from which the page was taken, in bytes; undefined of `swapOut`. */
  readonly address: number | undefined;
  /** The slot in swap of `swapOut`. */
  readonly slot: number | undefined;
}

const KINDS: Readonly<Record<EventKind, string>> = {
  anon: "NOTICE_ANON",
  zero: "NOTICE_ZERO",
  file: "NOTICE_FILE",
  copy: "NOTICE_COPY",
  reuse: "NOTICE_REUSE",
  unmap: "NOTICE_UNMAP",
  swapOut: "NOTICE_SWAP_OUT",
  swapIn: "NOTICE_SWAP_IN",
};

/** Reads the events of an engine. */
export class EngineEvents {
  readonly #rings: NoticeRings | undefined;
  readonly #kinds: ReadonlyMap<number, EventKind>;

  constructor(rings: NoticeRings | undefined, layout: Layout) {
    this.#rings = rings;
    const kinds = rings === undefined ? [] : Object.entries(KINDS);
    const numbers = kinds.map(([kind, name]) => [layout.constant(name), kind as EventKind] as const);
    this.#kinds = new Map(numbers);
  }

  /** Events that found no room. */
  get lost(): number {
    return this.#mustBe("lostEvents").lost;
  }

  /** Takes the events that are there now. CPUs that run may add others as fast as somebody takes them. */
  take(): Generator<EngineEvent, undefined> {
    return this.#from(this.#mustBe("events"));
  }

  *#from(rings: NoticeRings): Generator<EngineEvent, undefined> {
    for (let left = rings.waiting; left > 0; left--) {
      const notice = rings.take();
      if (notice === undefined) return undefined;
      yield this.#event(notice);
    }
    return undefined;
  }

  #event({ order, kind: number, cpu, space, address }: Notice): EngineEvent {
    const kind = this.#kinds.get(number) as EventKind;
    return kind === "swapOut"
      ? { order, kind, cpu, space: undefined, address: undefined, slot: address }
      : { order, kind, cpu, space, address, slot: undefined };
  }

  #mustBe(what: string): NoticeRings {
    if (this.#rings) return this.#rings;
    throw new UsageError(`${what}: this engine records no events`, "create it with { events: 4096 }");
  }
}
