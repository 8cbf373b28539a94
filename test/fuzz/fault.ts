/** What a fault is that can be planted. */
import type { Kind } from "./input.js";

/** One text in place of another, which stands once in the file. */
interface Patch {
  /** Path below the checkout, in src/. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

/** A fault, and where the fuzzer meets it. */
export interface Fault {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly kind: Kind;
  readonly seed: number;
  /** First number; 0 unless said otherwise. */
  readonly from?: number;
  /** Inputs in which it must show. */
  readonly within: number;
  /** What the finding says, `rule: detail`. */
  readonly shows: RegExp;
}
