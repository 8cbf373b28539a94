/** Turns the names of protections, flags and advice in the public API into the engine's numbers. */
import { oneOf } from "../text/arguments.js";
import type { Layout } from "../wasm/layout.js";

/** The access rights of a mapping: letters of `r`, `w`, `x`, or `none`. */
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

const PROTECTIONS: readonly string[] = ["none", "r", "w", "x", "rw", "rx", "wx", "rwx"];

const ADVICE: readonly Advice[] = [
  "normal",
  "willneed",
  "dontneed",
  "free",
  "dontfork",
  "dofork",
  "mergeable",
  "unmergeable",
  "wipeonfork",
  "keeponfork",
  "cold",
  "pageout",
];

/** The PROT_* bits of a protection. Throws UsageError for another word; `what` names the argument. */
export function protectionBits(layout: Layout, what: string, protection: unknown): number {
  const letters = oneOf(what, protection, PROTECTIONS);
  if (letters === "none") return 0;
  let bits = 0;
  if (letters.includes("r")) bits |= layout.constant("PROT_READ");
  if (letters.includes("w")) bits |= layout.constant("PROT_WRITE");
  if (letters.includes("x")) bits |= layout.constant("PROT_EXEC");
  return bits;
}

/** The MADV_* number of an advice. Throws UsageError for an advice that this engine does not have. */
export function adviceNumber(layout: Layout, advice: unknown): number {
  return layout.constant(`MADV_${oneOf("madvise: the advice", advice, ADVICE).toUpperCase()}`);
}

/**
 * True when an access is a write. Throws UsageError for other words than `read` and `write`; `what` names the
 * argument.
 */
export function isWrite(what: string, access: unknown): boolean {
  // Nearly always.
  if (access === "write") return true;
  if (access === "read") return false;
  return oneOf(what, access, ["read", "write"]) === "write";
}
