/**
 * One text with many mutants in it, each behind a question: is it the one that is switched on? So one compilation serves
 * hundreds of mutants. The switch is a global of the module (see switch.ts).
 */

import { type Edit, type Mutant, withAccess } from "./mutant.js";

/** The switch: 0 is the engine as it is. */
export const SWITCH = "__mutant";
/** The file below `assembly/` that declares it. */
export const SWITCH_FILE = "arch/mutant.ts";
export const SWITCH_TEXT = `export let ${SWITCH}: u32 = 0;\n`;

/** A mutant with its number, from 1 on: what the switch is set to. */
export interface Numbered {
  readonly number: number;
  readonly mutant: Mutant;
}

/** Where a mutant's text stands in the schema's. */
interface Placed {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** A file with mutants in it. */
export interface Schema {
  readonly text: string;
  readonly places: readonly Placed[];
}

type Item = Edit & { readonly number: number };

/** Two edits that overlap, and neither of which lies in the other, have no common text. */
function collide(one: Edit, other: Edit): boolean {
  const apart = one.end <= other.start || other.end <= one.start;
  const inside = (a: Edit, b: Edit) => b.start <= a.start && a.end <= b.end;
  return !apart && !inside(one, other) && !inside(other, one);
}

/** Deals mutants out to as few texts as this easily can. */
export function dealOut(mutants: readonly Numbered[]): Numbered[][] {
  const texts: Numbered[][] = [];
  for (const one of mutants) {
    const free = texts.find((text) => !text.some((other) => clash(one.mutant, other.mutant)));
    if (free === undefined) texts.push([one]);
    else free.push(one);
  }
  return texts;
}

function clash(one: Mutant, other: Mutant): boolean {
  if (one.file !== other.file || one.declaration !== other.declaration) return false;
  return one.edits.some((edit) => other.edits.some((edit2) => collide(edit, edit2)));
}

/** The text of a file with all these mutants of it. None of them collide. Lines stay where they are. */
export function schemaOf(text: string, mutants: readonly Numbered[]): Schema {
  const items = mutants
    .flatMap(({ number, mutant }) => mutant.edits.map((edit) => ({ ...edit, number })))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const uses = new Set(mutants.flatMap(({ mutant }) => mutant.uses ?? []));
  const head = withAccess(`import { ${SWITCH} } from "../arch/mutant"; ${text}`, [...uses]);
  const writer = new Writer(text, head.slice(0, head.length - text.length));
  writer.write(0, text.length, items);
  return { text: writer.text, places: writer.places };
}

class Writer {
  text: string;
  readonly places: Placed[] = [];
  readonly #source: string;

  constructor(source: string, head: string) {
    this.#source = source;
    this.text = head;
  }

  /** Writes a stretch of the source, with the edits in it: an outer one before those in it. */
  write(from: number, to: number, items: readonly Item[]): void {
    let at = from;
    let next = 0;
    while (next < items.length) {
      const item = items[next] as Item;
      const inner = items.slice(next + 1).filter(({ end }) => end <= item.end);
      this.text += this.#source.slice(at, item.start);
      this.#one(item, inner);
      at = item.end;
      next += 1 + inner.length;
    }
    this.text += this.#source.slice(at, to);
  }

  #one({ number, start, end, text, form }: Item, inner: readonly Item[]): void {
    const begin = this.text.length;
    const [head, between, tail] =
      form === "expression"
        ? [`(${SWITCH} == ${number} ? `, " : (", "))"]
        : [`{ if (${SWITCH} == ${number}) { `, " } else { ", " } }"];
    this.text += `${head}${text}${between}`;
    this.places.push({ number, start: begin, end: this.text.length });
    this.write(start, end, inner);
    this.text += tail;
  }
}
