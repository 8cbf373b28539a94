/** The machines, and the rules that they consist of. A test switches one off, to see that another test notices. */

/** The memory models that a view machine can follow. */
export const VIEW_MODELS = ["lkmm", "alpha", "pairwise"] as const;
export type ViewModel = (typeof VIEW_MODELS)[number];

/** The rules. docs/memory-models.md explains each. */
export const VIEW_RULES = [
  "coherence",
  "atomicity",
  "reads-from",
  "seen-before",
  "overtaken",
  "overtaking",
  "propagation",
  "fence-order",
  "address",
  "data",
  "control",
  "same-location",
  "forwarding",
  "acquire",
  "release",
  "mb",
  "rmb",
  "wmb",
  "no-return",
  "full-rmw",
  "before-atomic",
  "after-atomic",
  "after-spinlock",
  "after-unlock-lock",
  "lock-handover",
  "cumulativity",
  "rmw-sequence",
  "read-depends",
] as const;
export type ViewRule = (typeof VIEW_RULES)[number];

/** For each rule, whether it is off. */
export type Switches = Readonly<Record<ViewRule, boolean>>;

/** The rules that do not apply, as switches. */
export function switchesOf(without: ReadonlySet<ViewRule>): Switches {
  return Object.fromEntries(VIEW_RULES.map((rule) => [rule, without.has(rule)])) as Record<ViewRule, boolean>;
}
