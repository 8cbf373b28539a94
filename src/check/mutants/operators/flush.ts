/** A TLB flush that is left out. */

import { expression, type Operator, statement } from "../mutant.js";
import { type Call, callsIn, textOf } from "../tree.js";

const FLUSHES = ["flushTlbMm", "tryToUnmapFlush", "deferTlbFlush", "flushTlbPendingBeside"];

/** Whether a call flushes TLBs, or asks for it. */
export function flushes({ name }: Pick<Call, "name">): boolean {
  return FLUSHES.includes(name);
}

export const flush: Operator = {
  name: "no-flush",
  what: "a TLB flush is left out",
  find: (body) =>
    callsIn(body)
      .filter(flushes)
      .flatMap((call) => {
        if (call.statement !== undefined) return [{ edits: [statement(body, call.statement)] }];
        // It returns the marks that it has seen: its second argument, if there were no new ones.
        const seen = call.args[1];
        return seen === undefined ? [] : [{ edits: [expression(call.node, textOf(body, seen))] }];
      }),
};
