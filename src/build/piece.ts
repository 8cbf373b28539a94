/** Texts that are put together from several files, and the way back from a place in them to the file on disk. */

import type { Position } from "../errors.js";
import { positionAt } from "./diagnostic.js";

/** A text that stands in a file on disk. */
export interface Origin {
  /** Path on disk, for messages. */
  readonly file: string;
  readonly text: string;
}

/** A stretch of a text that comes from one file. */
export interface Piece {
  /** Character offsets in the text that was put together. */
  readonly start: number;
  readonly end: number;
  readonly origin: Origin;
  /** Where it begins in the origin. */
  readonly at: number;
}

/** A text, from one file as it is, or with the pieces that it was put together from, in order. */
export interface Pieced extends Origin {
  readonly pieces?: readonly Piece[];
}

/** Puts a text together. */
export class Composer {
  #text = "";
  readonly #pieces: Piece[] = [];

  /** A part of another text. */
  add(source: Pieced, { start, end }: { readonly start: number; readonly end: number }): this {
    const base = this.#text.length - start;
    for (const piece of source.pieces ?? [whole(source)]) {
      const from = Math.max(start, piece.start);
      const to = Math.min(end, piece.end);
      if (from >= to) continue;
      const at = piece.at + from - piece.start;
      this.#pieces.push({ start: base + from, end: base + to, origin: piece.origin, at });
    }
    this.#text += source.text.slice(start, end);
    return this;
  }

  /** Text that stands in no file. */
  write(text: string): this {
    this.#text += text;
    return this;
  }

  /** Ends what was written so far with as many line ends as asked for, no fewer and no more. */
  lines(count: number): this {
    const ending = /\s*$/.exec(this.#text)?.[0].length ?? 0;
    const bare = this.#text.length - ending;
    this.#text = this.#text.slice(0, bare) + "\n".repeat(bare === 0 ? 0 : count);
    while ((this.#pieces.at(-1)?.start ?? -1) >= bare) this.#pieces.pop();
    const last = this.#pieces.pop();
    if (last !== undefined) this.#pieces.push({ ...last, end: Math.min(last.end, bare) });
    return this;
  }

  get text(): string {
    return this.#text;
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }
}

function whole(source: Pieced): Piece {
  return { start: 0, end: source.text.length, origin: source, at: 0 };
}

/** The piece that an offset lies in, or the nearest one before it. */
export function pieceAt(source: Pieced, offset: number): Piece {
  const pieces = source.pieces ?? [];
  return pieces.findLast(({ start }) => start <= offset) ?? pieces[0] ?? whole(source);
}

/** The file on disk, the line and the column of a character offset in a text. */
export function placeIn(source: Pieced, offset: number): Position {
  const { start, end, origin, at } = pieceAt(source, offset);
  return { file: origin.file, ...positionAt(origin.text, at + Math.max(0, Math.min(offset, end) - start)) };
}
