/** The models, and the rules that they consist of. A test switches one off, to see that another test notices. */
import type { Relation } from "./relation.js";

/** The models that decide litmus tests by axioms, the strongest first. */
export const MODELS = ["sc", "tso", "pso", "lkmm", "alpha", "pairwise"] as const;
export type ModelName = (typeof MODELS)[number];

/** The rules. The first ones are axioms, which forbid executions; the others say what orders what. */
export const RULES = [
  "coherence",
  "atomicity",
  "happens-before",
  "propagation",
  "rcu",
  "plain-coherence",
  "thin-air",
  "store-order",
  "data-race",
  "address",
  "data",
  "control",
  "carried-dependency",
  "plain-address",
  "same-location",
  "forwarding",
  "acquire",
  "release",
  "mb",
  "rmb",
  "wmb",
  "no-return",
  "grace-period",
  "full-rmw",
  "before-atomic",
  "after-atomic",
  "after-spinlock",
  "after-unlock-lock",
  "after-srcu-read-unlock",
  "lock-handover",
  "cumulativity",
  "rmw-sequence",
  "srcu",
  "membarrier",
] as const;
export type Rule = (typeof RULES)[number];

/** How to judge. */
export interface Judging {
  readonly model: ModelName;
  /** Rules that do not apply. */
  readonly without: ReadonlySet<Rule>;
}

/** An axiom that an execution breaks, with the relation in which the cycle or the pair is. */
export interface Violation {
  readonly axiom: Rule;
  /** The relation that must not have a cycle; or the pairs that must not be. */
  readonly relation: Relation;
}
