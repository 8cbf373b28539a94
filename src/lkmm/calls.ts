/** The kernel's primitives that a litmus test may call, and the events that each makes. */
import { atomicCall } from "./atomics.js";
import { type Cell, constant, type FenceKind, TAG } from "./event.js";
import type { Machine } from "./machine.js";
import type { Expression } from "./syntax.js";

type Call = Expression & { kind: "call" };

/** What a primitive does: it evaluates its arguments, makes events, and gives its value. */
type Primitive = (thread: Machine, args: readonly Expression[], at: number) => Cell;

/** Runs a call. Throws UnsupportedError for a function that we do not know, and for a wrong number of arguments. */
export function call(thread: Machine, { name, args, at }: Call): Cell {
  const known = PRIMITIVES.get(name);
  if (known !== undefined) {
    const [count, primitive] = known;
    if (args.length !== count)
      throw thread.unsupported(`"${name}" with ${args.length} arguments, in place of ${count},`, at);
    return primitive(thread, args, at);
  }
  const done = atomicCall(thread, name, args, at);
  if (done === undefined) throw thread.unsupported(`the function "${name}"`, at);
  return done;
}

const DONE = constant(0);

/** An argument that is there: the number of arguments has been checked. */
function nth(args: readonly Expression[], index: number): Expression {
  return args[index] ?? { kind: "number", value: 0, at: 0 };
}

/** `READ_ONCE(*x)`: the argument names what is read. Also takes the address itself, as `rcu_dereference(p)` may. */
function reading(tags: number): Primitive {
  return (thread, args, at) => thread.read(placeIn(thread, nth(args, 0)), at, tags);
}

function placeIn(thread: Machine, of: Expression): Cell {
  return of.kind === "deref" ? thread.addressOf(of) : thread.evaluate(of);
}

/** `WRITE_ONCE(*x, v)`. */
function writing(tags: number, fence?: FenceKind): Primitive {
  return (thread, args, at) => {
    const stored = thread.evaluate(nth(args, 1));
    thread.write(placeIn(thread, nth(args, 0)), stored, at, tags);
    if (fence !== undefined) thread.fence(fence, at);
    return DONE;
  };
}

/** As `smp_load_acquire(x)`: the argument is an address. */
function readingAt(tags: number): Primitive {
  return (thread, args, at) => thread.read(thread.evaluate(nth(args, 0)), at, tags);
}

/** As `smp_store_release(x, v)`: the first argument is an address. */
function writingAt(tags: number): Primitive {
  return (thread, args, at) => {
    const stored = thread.evaluate(nth(args, 1));
    thread.write(thread.evaluate(nth(args, 0)), stored, at, tags);
    return DONE;
  };
}

function barrier(kind: FenceKind): Primitive {
  return (thread, _, at) => {
    thread.fence(kind, at);
    return DONE;
  };
}

const lock: Primitive = (thread, args, at) => {
  const address = thread.evaluate(nth(args, 0));
  const read = thread.read(address, at, TAG.lockRead | TAG.acquire, (value) => value === 0);
  thread.write(address, constant(1), at, TAG.lockWrite, read);
  return DONE;
};

const tryLock: Primitive = (thread, args, at) => {
  const address = thread.evaluate(nth(args, 0));
  const isFree = thread.choose(2) === 0;
  if (!isFree) return { ...thread.read(address, at, 0, (value) => value === 1), value: 0 };
  const read = thread.read(address, at, TAG.lockRead | TAG.acquire, (value) => value === 0);
  thread.write(address, constant(1), at, TAG.lockWrite, read);
  return { value: 1, from: read.from };
};

const srcuLock: Primitive = (thread, args, at) => {
  const domain = String(thread.evaluate(nth(args, 0)).value);
  const cookie = `#${thread.number}.${thread.count}`;
  thread.fence("srcu-lock", at, domain, cookie);
  return constant(cookie);
};

const srcuUnlock: Primitive = (thread, args, at) => {
  const domain = String(thread.evaluate(nth(args, 0)).value);
  const { value } = thread.evaluate(nth(args, 1));
  thread.fence("srcu-unlock", at, domain, value);
  return DONE;
};

const srcuGrace: Primitive = (thread, args, at) => {
  thread.fence("sync-srcu", at, String(thread.evaluate(nth(args, 0)).value));
  return DONE;
};

/** Each primitive with the number of its arguments. */
const PRIMITIVES: ReadonlyMap<string, readonly [args: number, primitive: Primitive]> = new Map<
  string,
  readonly [number, Primitive]
>([
  ["READ_ONCE", [1, reading(0)]],
  ["rcu_dereference", [1, reading(0)]],
  ["lockless_dereference", [1, reading(0)]],
  ["WRITE_ONCE", [2, writing(0)]],
  ["rcu_assign_pointer", [2, writing(TAG.release)]],
  ["smp_store_mb", [2, writing(0, "mb")]],
  ["smp_load_acquire", [1, readingAt(TAG.acquire)]],
  ["smp_store_release", [2, writingAt(TAG.release)]],
  ["smp_mb", [0, barrier("mb")]],
  ["smp_rmb", [0, barrier("rmb")]],
  ["smp_wmb", [0, barrier("wmb")]],
  ["barrier", [0, barrier("barrier")]],
  ["smp_read_barrier_depends", [0, barrier("read-depends")]],
  ["smp_mb__before_atomic", [0, barrier("before-atomic")]],
  ["smp_mb__after_atomic", [0, barrier("after-atomic")]],
  ["smp_mb__after_spinlock", [0, barrier("after-spinlock")]],
  ["smp_mb__after_unlock_lock", [0, barrier("after-unlock-lock")]],
  ["smp_mb__after_srcu_read_unlock", [0, barrier("after-srcu-read-unlock")]],
  ["smp_memb", [0, barrier("membarrier")]],
  ["rcu_read_lock", [0, barrier("rcu-lock")]],
  ["rcu_read_unlock", [0, barrier("rcu-unlock")]],
  ["synchronize_rcu", [0, barrier("sync-rcu")]],
  ["synchronize_rcu_expedited", [0, barrier("sync-rcu")]],
  ["srcu_read_lock", [1, srcuLock]],
  ["srcu_down_read", [1, srcuLock]],
  ["srcu_read_unlock", [2, srcuUnlock]],
  ["srcu_up_read", [2, srcuUnlock]],
  ["synchronize_srcu", [1, srcuGrace]],
  ["synchronize_srcu_expedited", [1, srcuGrace]],
  ["spin_lock", [1, lock]],
  ["spin_trylock", [1, tryLock]],
  ["spin_unlock", [1, (thread, args, at) => writingAt(TAG.release | TAG.unlock)(thread, [nth(args, 0)], at)]],
  ["spin_is_locked", [1, readingAt(0)]],
]);
