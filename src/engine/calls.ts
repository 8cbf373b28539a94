/** Names of protections, flags and advice as the public API takes them, turned into the engine's numbers. */
import { UsageError } from "../errors.js";
import type { Layout } from "./layout.js";

/** What may be done with a mapping: letters of `r`, `w`, `x`, or `none`. */
export type Protection = "none" | "r" | "rw" | "rx" | "rwx" | "w" | "x";

/** Advice for madvise, in lower case. */
export type Advice =
  | "normal"
  | "willneed"
  | "dontneed"
  | "free"
  | "dontfork"
  | "dofork"
  | "mergeable"
  | "unmergeable"
  | "wipeonfork"
  | "keeponfork"
  | "cold"
  | "pageout";

/** The PROT_* bits of a protection. Throws UsageError for another word. */
export function protectionBits(layout: Layout, protection: Protection): number {
  if (!/^(none|r?w?x?)$/.test(protection) || (protection as string) === "") {
    throw new UsageError(`unknown protection "${protection}"`, 'use "none" or letters of "rwx"');
  }
  if (protection === "none") return 0;
  let bits = 0;
  if (protection.includes("r")) bits |= layout.constant("PROT_READ");
  if (protection.includes("w")) bits |= layout.constant("PROT_WRITE");
  if (protection.includes("x")) bits |= layout.constant("PROT_EXEC");
  return bits;
}

/** The MADV_* number of an advice. Throws UsageError for one that this engine does not have. */
export function adviceNumber(layout: Layout, advice: Advice): number {
  const value = layout.find(`MADV_${advice.toUpperCase()}`);
  if (value !== undefined) return value;
  const known = layout.constantsWith("MADV_").map(([name]) => name.toLowerCase());
  throw new UsageError(`unknown advice "${advice}"`, `use one of ${known.join(", ")}`);
}
