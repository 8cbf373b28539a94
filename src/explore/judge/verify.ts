/** Tries in exploration whether orders close a finding: the same program, with the orders added at their places in the code. */

import type { Finding } from "../finding.js";
import { follow } from "../replay.js";
import type { Runner } from "../run.js";
import { BoundedStrategy } from "../strategy/bounded.js";
import { isDeviation, type Turn } from "../turns.js";
import type { AddedOrder, AddedOrders } from "../weak-side.js";
import type { Closing, Order } from "./closing.js";
import type { Recording } from "./recording.js";
import type { Shape } from "./shape.js";

/** Executions of the finding's own schedule, and of others. */
const MOST_FOLLOWED = 200;
const MOST_OTHERS = 500;
const BOUNDS = { preemptions: 1, stale: 1, together: 2 } as const;

const ADDED: Readonly<Partial<Record<Order["kind"], AddedOrder>>> = {
  ...{ wmb: "write", rmb: "read", mb: "full", release: "release", acquire: "acquire" },
};

/** The orders by place in the code; undefined when they cannot be added there: a lock, or a release of a plain store. */
export function addedOf({ orders }: Closing, shape: Shape, recording: Recording): AddedOrders | undefined {
  const [marked, plain] = [new Map<number, AddedOrder>(), new Map<number, AddedOrder>()];
  for (const order of orders) {
    if (order.kind === "lock") return undefined;
    const added = ADDED[order.kind];
    const step = shape.processes[order.process]?.steps[order.step];
    const recorded = recording.accesses[step?.origin ?? -1];
    const isOwn = added === "release" || added === "acquire";
    if (added === undefined || recorded === undefined || (recorded.plain && isOwn)) return undefined;
    (recorded.plain ? plain : marked).set(recorded.access.place, added);
  }
  return { marked, plain };
}

/**
 * Explores a program with orders added: the schedule of the finding with every choice of the model, then others. Returns
 * the number of executions; undefined when one of them shows the finding all the same.
 */
export function tryOrders(
  runner: Runner,
  added: AddedOrders,
  turns: readonly Turn[],
  wanted: Finding,
): number | undefined {
  const { machine } = runner;
  const schedule = turns.filter((turn) => !isDeviation(turn));
  machine.weak.added = added;
  // What a state was judged to be holds whatever led to it.
  try {
    let executions = 0;
    const count = runner.onBegin;
    runner.onBegin = () => {
      executions++;
      count?.();
    };
    try {
      if (follow(runner, schedule, turns.length - schedule.length, MOST_FOLLOWED, wanted) !== undefined)
        return undefined;
      const { finding } = runner.explore(() => new BoundedStrategy(BOUNDS), { executions: MOST_OTHERS });
      return finding?.invariant === wanted.invariant && finding.code === wanted.code ? undefined : executions;
    } finally {
      runner.onBegin = count;
    }
  } finally {
    machine.weak.added = undefined;
  }
}
