/** References that are not taken, and such that are not given back. */

import { type Change, expression, type Operator, statement } from "../mutant.js";
import { type Body, callsIn } from "../tree.js";

/** Functions that take a reference. */
const GETS = /^(?:refInc|refIncNotZero|refIncBelow|getAnonVma|swapDup|pinGet)$/;
/** Functions that give one back, or the object itself. */
const PUTS =
  /^(?:refDecAndTest|putPage|putAnonVma|putAnonVmaLast|swapPut|swapPutOfPage|swapPutOfPage|pinPut|frameFree|frameCancel|slabFree|avcFree|rootFree|vmaFree|releaseGathered)$/;

/** Leaves calls out. Where the result counts, it is `result`. */
function without(body: Body, names: RegExp, result: string): Change[] {
  return callsIn(body)
    .filter(({ name }) => names.test(name))
    .map((call) => ({
      edits: [call.statement ? statement(body, call.statement) : expression(call.node, result)],
    }));
}

export const get: Operator = {
  name: "no-get",
  what: "a reference is not taken",
  find: (body) => without(body, GETS, "true"),
};

export const put: Operator = {
  name: "no-put",
  what: "a reference, or an object, is not given back",
  find: (body) => without(body, PUTS, "false"),
};
