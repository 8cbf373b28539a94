/** What a row says: how far it is, and what came of it. Plain data: it comes from a thread. */

import type { ChangedDeclaration } from "../build/counted.js";
import type { Explanation } from "./judge/explain.js";
import type { ModelName } from "./models.js";
import type { StoryEvent } from "./story.js";

/** How far a row is. */
export interface RowProgress {
  readonly executions: number;
  readonly seconds: number;
  /** Share that is done, estimated: from 0 to 1; undefined when there is no telling. */
  readonly share: number | undefined;
}

/** The result of a row. */
export interface RowReport {
  readonly executions: number;
  readonly repeated: number;
  readonly abandoned: number;
  readonly steps: number;
  readonly seconds: number;
  /** True when nothing is left to try within the bounds. */
  readonly complete: boolean;
  /** Words that are decisions. */
  readonly contended: number;
  /** A hash of which words those are. */
  readonly words: string;
  /** Of a part of a bounded search: executions that every part ran, to find its way. */
  readonly trunk?: number;
  /** dpor: the same row by bounded search. */
  readonly checked?: BoundedCheck;
  /** Distinct final states. */
  readonly states: number;
  /** Races on plain accesses, each with both places. */
  readonly races: readonly string[];
  /** What of the counted declarations ran; only of a module that counts. */
  readonly changed?: readonly ChangedDeclaration[];
  /** What was found; a race only if there was nothing else. */
  readonly found: RowFinding | undefined;
}

/**
 * The same row by bounded search: it checks a reduction that calls a row clean, and stands in for one that did not come
 * to an end.
 */
export interface BoundedCheck {
  readonly preemptions: number;
  readonly executions: number;
  readonly complete: boolean;
}

/** A finding of a row. */
export interface RowFinding {
  readonly invariant: string;
  readonly code: string;
  readonly message: string;
  /** The turns as text: the replay string. Shrunk: fewer turns do not show it, as far as was tried. */
  readonly replay: string;
  /** One sentence: what is broken, and who did what. */
  readonly conclusion: string;
  /** What the CPUs did, in order; only what matters. */
  readonly events: readonly StoryEvent[];
  readonly positions: readonly string[];
  /** The strongest memory model in which it was found, and in which the string shows it. */
  readonly model: ModelName;
  /** Of a finding of a weak model: what the axioms say, which order is missing, and what closes it. */
  readonly explanation?: Explanation;
}
