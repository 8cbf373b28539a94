/** Conditions that are turned round, and branches and operands that are left out. */

import { expression, type Operator } from "../mutant.js";
import { ifsIn, junctionsIn, textOf } from "../tree.js";

export const negate: Operator = {
  name: "negate",
  what: "a condition is turned round",
  find: (body) =>
    ifsIn(body).map(({ condition }) => ({ edits: [expression(condition, `!(${textOf(body, condition)})`)] })),
};

export const never: Operator = {
  name: "no-then",
  what: "the branch of an `if` is left out",
  find: (body) => ifsIn(body).map(({ condition }) => ({ edits: [expression(condition, "false")] })),
};

export const always: Operator = {
  name: "no-else",
  what: "the other branch of an `if` is left out",
  find: (body) =>
    ifsIn(body)
      .filter(({ node }) => node.ifFalse)
      .map(({ condition }) => ({ edits: [expression(condition, "true")] })),
};

export const operand: Operator = {
  name: "no-operand",
  what: "one side of an `&&` or `||` is left out",
  find: (body) =>
    junctionsIn(body).flatMap(({ node, left, right }) =>
      [left, right].map((side) => ({ edits: [expression(node, textOf(body, side))] })),
    ),
};
