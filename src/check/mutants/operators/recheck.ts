/** A second look under a lock that is left out. */

import { expression, type Operator } from "../mutant.js";
import { callsIn, ifsIn, leaves, type Statement } from "../tree.js";
import { takesLock } from "./lock.js";

export const recheck: Operator = {
  name: "no-recheck",
  what: "what was seen before the lock is not looked at again under it",
  find(body) {
    const locks = callsIn(body).filter(takesLock);
    const isLocked = (one: Statement) =>
      locks.some(({ node }) => one.range.start <= node.range.start && node.range.end <= one.range.end);
    return ifsIn(body)
      .filter(({ node: { ifTrue, ifFalse }, before }) => {
        return ifTrue !== undefined && !ifFalse && leaves(body, ifTrue) && before.some(isLocked);
      })
      .map(({ condition }) => ({ edits: [expression(condition, "false")] }));
  },
};
