/** The fixed set of operators. Where two make the same change, it is the first one's. */

import type { Operator } from "../mutant.js";
import { always, negate, never, operand } from "./condition.js";
import { flush } from "./flush.js";
import { lock } from "./lock.js";
import { plain, relaxed, torn } from "./order.js";
import { recheck } from "./recheck.js";
import { get, put } from "./reference.js";
import { exchange, store } from "./store.js";

export const OPERATORS: readonly Operator[] = [
  lock,
  recheck,
  flush,
  get,
  put,
  exchange,
  store,
  relaxed,
  torn,
  plain,
  negate,
  never,
  always,
  operand,
];
