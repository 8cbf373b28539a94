/** The documented result of a litmus test: its `Result:` comment. */
import type { Verdict } from "./decide.js";

/** What a test says about itself. */
export interface Expected {
  /** The word behind `Result:`; null without such a comment. */
  readonly result: "Never" | "Sometimes" | "Always" | "DEADLOCK" | "Maybe" | "Flag" | null;
  /** True when the comment documents a data race. */
  readonly race: boolean;
}

/** How a verdict relates to the documented result; null when there is nothing to compare. */
export type Agreement = "agree" | "false alarm" | "missed" | null;

/** Reads the `Result:` comment of a test. */
export function expectedOf(text: string): Expected {
  const found = /^[ \t(*/]*Result:[ \t]*(Never|Sometimes|Always|DEADLOCK|Maybe|Flag)\b(.*)$/m.exec(text);
  const result = (found?.[1] ?? null) as Expected["result"];
  return { result, race: /DATARACE/.test(found?.[2] ?? "") };
}

/** Compares a verdict with what the test documents; a test that documents a race is about the race alone. */
export function agreementOf(
  { result, race }: Expected,
  verdict: Verdict,
  found: { readonly race: boolean | null; readonly flags: readonly string[] },
): Agreement {
  if (result === null || result === "Maybe" || verdict === "undecided" || verdict === "unsupported")
    return null;
  if (race) return found.race === true ? "agree" : "missed";
  if (result === "Flag") return found.flags.length > 0 ? "agree" : "missed";
  if (result === verdict) return "agree";
  // More than the documented result allows, or less.
  return verdict === "Never" || verdict === "DEADLOCK" || result === "Sometimes" ? "missed" : "false alarm";
}
