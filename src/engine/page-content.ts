/** The content of a page that somebody supplies, as an operation record. */
import type { Machine } from "../cpu/boot.js";
import { UsageError } from "../errors.js";
import type { OpRecord } from "../record/record.js";
import { show, word } from "../text/arguments.js";

/**
 * The content of a page: its bytes, where pages have them, with zeros behind; or its word, where they have that. Undefined
 * and null stand for zeros.
 */
export type PageContent = Uint8Array | bigint | number | undefined | null;

/** Makes the records that supply pages. */
export class SupplyRecords {
  readonly #machine: Machine;
  readonly #op: number;
  readonly #word: number;
  readonly #staged: number;
  /** Where the engine finds the bytes of a page: behind those of the last frame. */
  readonly #stage: number;

  constructor(machine: Machine) {
    const { layout, control } = machine;
    this.#machine = machine;
    this.#op = layout.constant("OP_SUPPLY");
    this.#word = layout.constant("SUPPLY_WORD");
    this.#staged = layout.constant("SUPPLY_STAGED");
    this.#stage = control.get("contentBase") + (control.get("frames") + 1) * machine.pageSize;
  }

  /**
   * The record for a page. Bytes are put where the engine finds them, so execute it before you make the next. Throws
   * UsageError, which names `what`, for content that does not fit.
   */
  of(space: number, page: number, content: PageContent, what: string): OpRecord {
    const record = { op: this.#op, space, a: page };
    if (content === undefined || content === null) return record;
    const kind = this.#machine.content;
    if (kind === "full") {
      this.#put(content, what);
      return { ...record, aux: this.#staged };
    }
    if (kind === "word" && (typeof content === "bigint" || typeof content === "number")) {
      return { ...record, aux: this.#word, b: word(`${what}: the word of a page`, content) };
    }
    const holds =
      kind === "word" ? "a page holds one 64-bit word, a bigint or a number" : "a page holds nothing";
    throw new UsageError(
      `${what}: ${holds} here, not ${show(content)}`,
      'create the engine with { content: "full" } for pages with bytes',
    );
  }

  #put(content: unknown, what: string): void {
    const { view, pageSize } = this.#machine;
    if (!(content instanceof Uint8Array) || content.length > pageSize) {
      const given = content instanceof Uint8Array ? `${content.length} bytes` : show(content);
      throw new UsageError(
        `${what}: the content of a page must be a Uint8Array of at most ${pageSize} bytes, not ${given}`,
      );
    }
    const all = view.bytesOfAll;
    all.set(content, this.#stage);
    all.fill(0, this.#stage + content.length, this.#stage + pageSize);
  }
}
