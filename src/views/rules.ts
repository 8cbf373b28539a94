/** The machines, and the rules that they consist of. A test switches one off, to see that another test notices. */

/** The memory models that a view machine can follow. */
export const VIEW_MODELS = ["lkmm", "alpha", "pairwise"] as const;
export type ViewModel = (typeof VIEW_MODELS)[number];

/**
 * Those, and a machine that allows whatever one of them allows, and more. It drops every rule that one of them drops, and
 * `overtaking`: of all rules this one alone may forbid more where less is known. The others only add to what is known, and
 * what is known only forbids. So at the same schedule and the same choices it knows no more than each of the three, and
 * lets every access choose among all that these let it choose among, the newest first.
 */
export type MachineModel = ViewModel | "weakest";

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
  "grace-period",
  "section-first",
  "grace-first",
  "nesting",
] as const;
export type ViewRule = (typeof VIEW_RULES)[number];

/** For each rule, whether it is off. */
export type Switches = Readonly<Record<ViewRule, boolean>>;

/** The rules that do not apply, as switches. */
export function switchesOf(without: ReadonlySet<ViewRule>): Switches {
  return Object.fromEntries(VIEW_RULES.map((rule) => [rule, without.has(rule)])) as Record<ViewRule, boolean>;
}
