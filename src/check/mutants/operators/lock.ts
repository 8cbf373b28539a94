/** A lock that is not taken, and not released either. */

import { expression, type Operator, statement } from "../mutant.js";
import { type Call, callsIn, textOf } from "../tree.js";

/** Functions that take a lock, with those that release it. */
const RELEASES: Readonly<Record<string, readonly string[]>> = {
  spinLock: ["spinUnlock"],
  spinLockNested: ["spinUnlock"],
  readLock: ["readUnlock"],
  readTrylock: ["readUnlock"],
  writeLock: ["writeUnlock"],
  writeLockNested: ["writeUnlock"],
  anonVmaLockWrite: ["anonVmaUnlockWrite"],
  pageLock: ["pageUnlock", "pageUnlockSwap"],
  pageTrylock: ["pageUnlock", "pageUnlockSwap"],
  mmapReadLock: ["mmapReadUnlock"],
  mmapReadTrylock: ["mmapReadUnlock"],
  ksmLock: ["ksmUnlock"],
  // Whoever releases the mmap lock releases it.
  vmaStartWrite: [],
};

/** Whether a call takes a lock. */
export function takesLock({ name }: Pick<Call, "name">): boolean {
  return name in RELEASES;
}

export const lock: Operator = {
  name: "no-lock",
  what: "a lock is not taken, and not released",
  find(body) {
    const calls = callsIn(body);
    const key = ({ args: [first] }: Call) => (first === undefined ? "" : textOf(body, first));
    const locks = new Map<string, Call[]>();
    for (const call of calls.filter(takesLock)) {
      // Each VMA's own lock is one that stays.
      const id = call.name === "vmaStartWrite" ? `${key(call)} ${call.node.range.start}` : key(call);
      locks.set(id, [...(locks.get(id) ?? []), call]);
    }
    return [...locks.values()].map((taken) => {
      const [first] = taken;
      const names = taken.flatMap(({ name }) => RELEASES[name] ?? []);
      const released = calls.filter((call) => names.includes(call.name) && first && key(call) === key(first));
      const edits = [...taken, ...released].map((call) =>
        call.statement ? statement(body, call.statement) : expression(call.node, "true"),
      );
      return { edits };
    });
  },
};
