/**
 * Constants of `layout.ts` of which the host takes the value for granted, or sizes its tables by: another value makes no engine
 * that it can run.
 */
import { BuildError } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";

/** The least and the most that a constant may be, and why. */
type Rule = readonly [least: number, most: number, why: string];

const RULES: Readonly<Record<string, Rule>> = {
  PAGE_SIZE: [4096, 4096, "pages of scripts, recordings and page tables have 4096 bytes"],
  PAGE_SHIFT: [12, 12, "pages of scripts, recordings and page tables have 4096 bytes"],
  PTRS_PER_TABLE: [512, 512, "a page table is a page of entries of 8 bytes"],
  TABLE_LEVELS: [4, 4, "addresses have 48 bits"],
  MAX_CPUS: [1, 64, "the host starts so many CPUs at most"],
  OP_COUNT: [1, 256, "a record has 8 bits for its operation"],
  SIGNAL_BASE: [1, 2 ** 30, "a result above it is a signal, one below it an errno"],
};

/** Throws a BuildError, with the place in `layout.ts`, for a constant that the host cannot do with. */
export function mustAgree(constants: Readonly<Record<string, number | string>>, sources: SourceTree): void {
  const source = sources.get("layout.ts");
  const wrong = Object.entries(RULES).flatMap(([name, [least, most, why]]) => {
    const value = constants[name];
    if (value === undefined || (typeof value === "number" && value >= least && value <= most)) return [];
    const at = source?.text.search(new RegExp(`^export const ${name}\\b`, "m")) ?? -1;
    const unknown = { file: source?.file ?? "layout.ts", line: 0, column: 0 };
    const place = source && at >= 0 ? placeIn(source, at) : unknown;
    const expected = least === most ? `${least}` : `from ${least} to ${most}`;
    const message = `${name} is ${value}, and must be ${expected}: ${why}`;
    return [{ ...place, message }];
  });
  if (wrong.length > 0)
    throw new BuildError(wrong, "leave this constant of layout.ts as it is in the package");
}
