/** Which accesses depend on each other: those whose order anybody can see. */

import type { Access, AccessKind } from "../access.js";

/** True when the words of two accesses overlap. */
function overlap(a: Access, b: Access): boolean {
  return a.at < b.at + (b.hook.bits >>> 3) && b.at < a.at + (a.hook.bits >>> 3);
}

/**
 * True when the order of two accesses of different CPUs makes a difference. Readers of one lock commute, and so do
 * users of one count: nobody decides by what a release returns, and whoever asks something of a count is looked at apart
 * (Counts). A mark beside a lock's bit commutes with the lock.
 */
export function dependent(a: Access, b: Access): boolean {
  if (!overlap(a, b)) return false;
  const [one, other] = [a.hook.kind, b.hook.kind];
  if (takes(one) && takes(other)) return (blockers(a) & delta(b)) !== 0 || (blockers(b) & delta(a)) !== 0;
  if (one === "mark" && locks(other)) return takes(other) && (blockers(b) & marked(a)) !== 0;
  if (other === "mark" && locks(one)) return takes(one) && (blockers(a) & marked(b)) !== 0;
  if (takes(one) && other === "unlock") return (blockers(a) & delta(b)) !== 0;
  if (one === "unlock" && takes(other)) return (blockers(b) & delta(a)) !== 0;
  if ((counts(one) && counts(other)) || (isUse(a) && isUse(b))) return false;
  return !(isLook(a) && isLook(b));
}

/** Whether an access changes nothing. */
export function isLook({ hook: { kind } }: Access): boolean {
  return kind === "load" || kind === "wait";
}

/** Takes a lock. */
function takes(kind: AccessKind): boolean {
  return kind === "lock" || kind === "trylock";
}

/** Takes or gives back a lock. */
function locks(kind: AccessKind): boolean {
  return takes(kind) || kind === "unlock";
}

/** Changes a count of users by one, without looking whether it was the last. */
function counts(kind: AccessKind): boolean {
  return kind === "get" || kind === "put" || kind === "unlock";
}

/**
 * Changes a count of users whatever it is, or asks only one thing of it. `get` is none: it may change nothing, and would then
 * be another access.
 */
export function isUse({ hook: { kind, asks } }: Access): boolean {
  return kind === "put" || asks === true;
}

function blockers({ expected }: Access): number {
  return expected as number;
}

/** The bits that a mark sets or clears. */
function marked({ value }: Access): number {
  const bits = value as number;
  return Math.min(bits, -bits >>> 0);
}

function delta({ value }: Access): number {
  return value as number;
}
