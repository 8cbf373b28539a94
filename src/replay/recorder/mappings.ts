/** The mappings of a moment, in words. A recorder keeps numbers: most recordings are replayed without a picture of them. */

import { MAPPING_FIELDS } from "../../inspect/page-scan.js";
import { PAGE_BYTES } from "../../record/codes.js";
import type { MappingWords, Moment } from "./figures.js";

/** Fields of a mapping in PageArrays. */
const FLAGS = 2;
const FILE = 3;

/** A mapping of a process, in pages. */
export interface MomentMapping {
  readonly start: number;
  readonly end: number;
  /** Four letters, as in /proc/PID/maps. */
  readonly permissions: string;
  /** Path of the file, `[heap]`, `[stack]`; empty for other anonymous memory. */
  readonly name: string;
}

/** The words that some moments need. */
export function wordsOf(
  moments: readonly Moment[],
  file: (slot: number) => string,
  permissions: (flags: number) => string,
): MappingWords {
  const words = { files: new Map<number, string>(), permissions: new Map<number, string>() };
  for (const { mappings } of moments.map(({ pages }) => pages))
    for (let at = 0; at < mappings.length; at += MAPPING_FIELDS) {
      const flags = mappings[at + FLAGS] as number;
      const slot = mappings[at + FILE] as number;
      if (!words.permissions.has(flags)) words.permissions.set(flags, permissions(flags));
      if (slot !== 0 && !words.files.has(slot)) words.files.set(slot, file(slot));
    }
  return words;
}

/** The mappings of an address space of a moment: the one with the number `space`. */
export function mappingsOf({ pages, ends }: Moment, space: number, words: MappingWords): MomentMapping[] {
  const { mappings, mappingStarts } = pages;
  const { heap, stack } = ends[space] ?? { heap: 0, stack: 0 };
  const [first, last] = [mappingStarts[space] ?? 0, mappingStarts[space + 1] ?? 0];
  return Array.from({ length: last - first }, (_, index) => {
    const at = (first + index) * MAPPING_FIELDS;
    const [start, end] = [mappings[at] as number, mappings[at + 1] as number];
    const slot = mappings[at + FILE] as number;
    const own =
      end === Math.ceil(heap / PAGE_BYTES)
        ? "[heap]"
        : end === Math.ceil(stack / PAGE_BYTES)
          ? "[stack]"
          : "";
    return {
      ...{ start, end, permissions: words.permissions.get(mappings[at + FLAGS] as number) ?? "" },
      name: slot === 0 ? own : (words.files.get(slot) ?? ""),
    };
  });
}
