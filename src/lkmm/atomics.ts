/** The families of atomic operations: xchg, cmpxchg, atomic_add_return and their kind, with their orders. */
import { type Cell, constant, TAG, union } from "./event.js";
import type { Machine } from "./machine.js";
import type { Expression } from "./syntax.js";
import { operate, sameValue, UNKNOWN } from "./value.js";

/** The tags that an order gives to the read and the write of a read-modify-write that succeeds. */
interface Order {
  readonly read: number;
  readonly write: number;
}

const FULL: Order = { read: TAG.rmw | TAG.full, write: TAG.rmw | TAG.full };

const ORDERS: Readonly<Record<string, Order>> = {
  _relaxed: { read: TAG.rmw, write: TAG.rmw },
  _acquire: { read: TAG.rmw | TAG.acquire, write: TAG.rmw },
  _release: { read: TAG.rmw, write: TAG.rmw | TAG.release },
  "": FULL,
};

/** What the name of an atomic operation says: type, `fetch_`, the operation, the form of its result, its order. */
const NAME =
  /^(?:arch_|raw_)?(?:atomic(?:_long|64)?_)?(fetch_)?(read|set|xchg|cmpxchg|try_cmpxchg|add_unless|inc_not_zero|add_negative|add|sub|inc|dec|andnot|and|or|xor)(_return|_and_test|_unless)?(_relaxed|_acquire|_release)?$/;

/** The operators behind the names. */
const OPERATORS: Readonly<Record<string, string>> = {
  add: "+",
  add_negative: "+",
  sub: "-",
  inc: "+",
  dec: "-",
  and: "&",
  or: "|",
  xor: "^",
};

/** Runs an atomic operation; undefined when the name is none of them. Throws UnsupportedError. */
export function atomicCall(
  thread: Machine,
  name: string,
  args: readonly Expression[],
  at: number,
): Cell | undefined {
  const found = NAME.exec(name);
  if (found === null) return undefined;
  const [, fetch = "", operation = "", form = "", suffix = ""] = found;
  const isAtomic = /atomic/.test(name);
  if (!isAtomic && !/^(xchg|cmpxchg)$/.test(operation)) return undefined;
  const order = ORDERS[suffix] ?? FULL;
  const arg = (index: number): Cell => {
    const given = args[index];
    if (given === undefined)
      throw thread.unsupported(`"${name}" with ${args.length} arguments, which are too few,`, at);
    return thread.evaluate(given);
  };
  switch (operation) {
    case "read":
      return thread.read(arg(0), at, order.read & TAG.acquire);
    case "set": {
      const stored = arg(1);
      thread.write(arg(0), stored, at, order.write & TAG.release);
      return constant(0);
    }
    case "xchg": {
      const address = arg(0);
      const stored = arg(1);
      return exchange(thread, address, () => stored, order, at);
    }
    case "cmpxchg":
    case "try_cmpxchg":
      if (operation === "try_cmpxchg") throw thread.unsupported(`the function "${name}"`, at);
      return compareExchange(thread, arg(0), arg(1), arg(2), order, at);
    case "add_unless":
    case "inc_not_zero": {
      const isAdd = operation === "add_unless";
      const address = arg(isAdd ? 0 : 0);
      const [added, unless] = isAdd ? [arg(1), arg(2)] : [constant(1), constant(0)];
      const { old, done } = conditional(thread, address, unless, order, at, (before) => add(before, added));
      if (fetch !== "") return old;
      return { value: done ? 1 : 0, from: union(old.from, unless.from) };
    }
  }
  if (form === "_unless") {
    const [added, address, unless] = [arg(1), arg(0), arg(2)];
    const { old, done } = conditional(thread, address, unless, order, at, (before) => add(before, added));
    return fetch === "" ? { value: done ? 1 : 0, from: old.from } : old;
  }
  const isStep = operation === "inc" || operation === "dec";
  const operand = isStep ? constant(1) : arg(0);
  const address = arg(isStep ? 0 : 1);
  const returns = fetch !== "" || form !== "" || operation === "add_negative";
  let stored = constant(0);
  const act = (old: Cell): Cell => {
    const from = union(old.from, operand.from);
    const inverted = operation === "andnot" ? operate("-", -1, operand.value) : operand.value;
    stored = { value: operate(OPERATORS[operation] ?? "&", old.value, inverted), from };
    return stored;
  };
  const silent: Order = { read: TAG.rmw | TAG.noReturn, write: TAG.rmw };
  const old = exchange(thread, address, act, returns ? order : silent, at);
  if (form === "_and_test") return { value: operate("==", stored.value, 0), from: stored.from };
  if (operation === "add_negative") return { value: operate("<", stored.value, 0), from: stored.from };
  return fetch !== "" ? old : stored;
}

function add(a: Cell, b: Cell): Cell {
  return { value: operate("+", a.value, b.value), from: union(a.from, b.from) };
}

/** Reads, and writes what `act` makes of it. Gives what was read. */
function exchange(thread: Machine, address: Cell, act: (old: Cell) => Cell, order: Order, at: number): Cell {
  const old = thread.read(address, at, order.read);
  thread.write(address, act(old), at, order.write, old);
  return old;
}

function compareExchange(
  thread: Machine,
  address: Cell,
  expected: Cell,
  stored: Cell,
  order: Order,
  at: number,
): Cell {
  const isEqual = thread.choose(2) === 0;
  return isEqual
    ? writeAfter(
        thread,
        address,
        () => stored,
        order,
        at,
        (value) => sameValue(value, expected.value),
      )
    : thread.read(address, at, TAG.rmw, (value) => !sameValue(value, expected.value));
}

/** Adds unless the location holds a value. A read-modify-write that fails orders nothing. */
function conditional(
  thread: Machine,
  address: Cell,
  unless: Cell,
  order: Order,
  at: number,
  act: (old: Cell) => Cell,
): { readonly old: Cell; readonly done: boolean } {
  const done = thread.choose(2) === 0;
  const isOther = (value: Cell["value"]) => !sameValue(value, unless.value);
  const old = done
    ? writeAfter(thread, address, act, order, at, isOther)
    : thread.read(address, at, TAG.rmw, (value) => !isOther(value));
  return { old, done };
}

function writeAfter(
  thread: Machine,
  address: Cell,
  act: (old: Cell) => Cell,
  order: Order,
  at: number,
  only: (value: Cell["value"]) => boolean,
): Cell {
  const old = thread.read(address, at, order.read, (value) => value === UNKNOWN || only(value));
  thread.write(address, act(old), at, order.write, old);
  return old;
}
