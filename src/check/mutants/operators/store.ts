/** Stores that are left out, and neighbours that change places. */

import { exchanged, type Operator, statement } from "../mutant.js";
import { type Body, callsIn, fieldStored, nodesIn, pairsIn, type Statement } from "../tree.js";
import { flushes } from "./flush.js";

/** Functions that do nothing but store to a word that others see. */
const STORES =
  /^(?:writeOnce|writeLocked|storeRelease|rcuAssignPointer|setPteLocked|atomic(?:Or|And|Add|Sub)|xchg|setCached|setCount)/;
/** Fields that only count for the statistics. */
const STATISTICS = /^stat[A-Z]/;

function isMarked(body: Body, one: Statement): boolean {
  return callsIn(body).some(({ statement, name }) => statement === one && STORES.test(name));
}

function isField(body: Body, one: Statement): boolean {
  const field = fieldStored(body, one);
  return field !== undefined && !STATISTICS.test(field);
}

export const exchange: Operator = {
  name: "exchange",
  what: "two neighbouring stores, or a store and a flush, change places; two plain ones are left alone",
  find(body) {
    const flush = new Set(
      callsIn(body)
        .filter(flushes)
        .map((call) => call.statement),
    );
    return pairsIn(body)
      .filter(([first, second]) => {
        const stores = [first, second].filter((one) => isMarked(body, one));
        const others = [first, second].filter((one) => isField(body, one) || flush.has(one));
        return stores.length > 0 && stores.length + others.length === 2;
      })
      .map(([first, second]) => ({ edits: [exchanged(body, first, second)] }));
  },
};

export const store: Operator = {
  name: "no-store",
  what: "a store is left out",
  find(body) {
    return ([...nodesIn(body.block)] as Statement[])
      .filter((one) => isMarked(body, one) || isField(body, one))
      .map((one) => ({ edits: [statement(body, one)] }));
  },
};
