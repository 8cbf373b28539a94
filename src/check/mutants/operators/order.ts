/** Accesses that order less than they should, and such that are not marked or not atomic at all. */

import { type Change, expression, type Operator, statement } from "../mutant.js";
import { type Body, callsIn, textOf } from "../tree.js";

/** By function: whether it stores, its bits, and the function without an order. */
const MARKED: Readonly<
  Record<string, { readonly bits: 32 | 64; readonly relaxed?: string; readonly stores?: true }>
> = {
  readOnce32: { bits: 32 },
  readOnce64: { bits: 64 },
  loadAcquire32: { bits: 32, relaxed: "readOnce32" },
  rcuDereference: { bits: 32, relaxed: "readOnce32" },
  rcuDereference64: { bits: 64, relaxed: "readOnce64" },
  writeOnce32: { bits: 32, stores: true },
  writeOnce64: { bits: 64, stores: true },
  storeRelease32: { bits: 32, relaxed: "writeOnce32", stores: true },
  storeRelease64: { bits: 64, relaxed: "writeOnce64", stores: true },
  rcuAssignPointer: { bits: 32, relaxed: "writeOnce32", stores: true },
};

/** By read-modify-write: what it does to the word. */
const ATOMIC: Readonly<Record<string, string>> = {
  atomicOr32: "|",
  atomicAnd32: "&",
  atomicAdd32: "+",
  atomicSub32: "-",
};

export const plain: Operator = {
  name: "plain",
  what: "a marked access becomes a plain one",
  find: (body) =>
    callsIn(body).flatMap(({ node, name, args }) => {
      const marked = MARKED[name];
      if (marked === undefined) return [];
      const rest = args.map((one) => textOf(body, one)).join(", ");
      return [{ edits: [expression(node, `${marked.stores ? "store" : "load"}<u${marked.bits}>(${rest})`)] }];
    }),
};

export const relaxed: Operator = {
  name: "relaxed",
  what: "a release or an acquire orders nothing; an exchange whose result nobody uses becomes a store",
  find: (body) =>
    callsIn(body).flatMap(({ node, name, args, statement: alone }): Change[] => {
      const rest = args.map((one) => textOf(body, one)).join(", ");
      const other = MARKED[name]?.relaxed;
      if (other !== undefined) return [{ edits: [expression(node, `${other}(${rest})`)], uses: [other] }];
      if (alone === undefined || !/^xchg(?:32|64)$/.test(name)) return [];
      const store = `writeOnce${name.slice(-2)}`;
      return [{ edits: [statement(body, alone, `${store}(${rest});`)], uses: [store] }];
    }),
};

export const torn: Operator = {
  name: "no-atomic",
  what: "a read-modify-write becomes a load and a store",
  find: (body) => callsIn(body).flatMap((call) => tornAt(body, call)),
};

function tornAt(body: Body, { name, args, statement: alone }: ReturnType<typeof callsIn>[number]): Change[] {
  const sign = ATOMIC[name];
  const [at, value] = args.map((one) => textOf(body, one));
  if (sign === undefined || alone === undefined || at === undefined || value === undefined) return [];
  const text = `writeOnce32(${at}, readOnce32(${at}) ${sign} (${value}));`;
  return [{ edits: [statement(body, alone, text)], uses: ["readOnce32", "writeOnce32"] }];
}
