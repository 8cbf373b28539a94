/** Which orders close a small program: the smallest sets of barriers, releases, acquires or locks that forbid its execution. */

import type { FenceKind } from "../../lkmm/event.js";
import type { ModelName } from "../../lkmm/rules.js";
import { type Allowing, allowingOf } from "./choose.js";
import type { Shape, ShapeProcess, ShapeStep } from "./shape.js";

/** One order that is added to a small program. */
export type Order =
  | {
      readonly kind: "wmb" | "rmb" | "mb" | "read-depends";
      readonly process: number /** It stands before this step. */;
      readonly step: number;
    }
  | { readonly kind: "release" | "acquire"; readonly process: number; readonly step: number }
  /** One lock around all that two processes do. */
  | { readonly kind: "lock"; readonly processes: readonly [number, number] };

/** Orders that together close a small program. */
export interface Closing {
  readonly orders: readonly Order[];
  /** The models in which they close it, though each of them allows it without. */
  readonly models: readonly ModelName[];
}

/** The most orders of a set, and of one that is named although a full barrier alone would do. */
const MOST_TOGETHER = 3;
const MOST_CHEAP = 2;

/**
 * By model that allows the small program: the smallest sets of barriers, releases and acquires that forbid it, and the locks
 * that do. A set is not named if a part of it does, nor a full barrier where a weaker one does.
 */
export function closingsOf(shape: Shape, allowing: Allowing): Closing[] {
  const all = candidates(shape);
  const isLock = ({ kind }: Order) => kind === "lock";
  return [
    ...setsOf(
      shape,
      allowing,
      all.filter((order) => !isLock(order)),
    ),
    ...setsOf(shape, allowing, all.filter(isLock)),
  ];
}

function setsOf(shape: Shape, allowing: Allowing, singles: readonly Order[]): Closing[] {
  const known = new Map<string, Closing>();
  /** Models that nothing closes yet, and those that only a full barrier does: two weaker orders may do, too. */
  const open = new Set(allowing);
  const dear = new Set(allowing);
  for (let size = 1; size <= MOST_TOGETHER && dear.size > 0; size++) {
    const [closed, cheaply] = [new Set<ModelName>(), new Set<ModelName>()];
    for (const orders of combinations(singles, size)) {
      if (!isSensible(orders)) continue;
      const isDear = orders.some(({ kind }) => kind === "mb");
      const asked = isDear ? open : size > MOST_CHEAP ? open : dear;
      if (asked.size === 0) continue;
      const still = allowingOf(withOrders(shape, orders), asked);
      const models = [...asked].filter((model) => !still.has(model));
      if (models.length === 0 || hasWeaker(orders, models, known)) continue;
      for (const model of models) {
        closed.add(model);
        if (!isDear) cheaply.add(model);
      }
      known.set(key(orders), { orders, models });
    }
    for (const model of closed) open.delete(model);
    for (const model of cheaply) dear.delete(model);
  }
  return [...known.values()];
}

/** The small program with orders added. */
export function withOrders(shape: Shape, orders: readonly Order[]): Shape {
  const processes = shape.processes.map((process, number): ShapeProcess => {
    const own = orders.filter((order) => order.kind !== "lock" && order.process === number) as Exclude<
      Order,
      { kind: "lock" }
    >[];
    const fences = process.fences.map((before, step): FenceKind[] => [
      ...before,
      ...own.flatMap((order) =>
        order.step === step && order.kind !== "release" && order.kind !== "acquire" ? [order.kind] : [],
      ),
    ]);
    const steps = process.steps.map((step, nth): ShapeStep => {
      const found = own.find(
        (order) => order.step === nth && (order.kind === "release" || order.kind === "acquire"),
      );
      return found === undefined ? step : { ...step, order: found.kind as "release" | "acquire" };
    });
    const locked = orders.some((order) => order.kind === "lock" && order.processes.includes(number));
    return { ...process, steps, fences, ...(locked && { locked }) };
  });
  return { ...shape, processes };
}

function candidates({ processes }: Shape): Order[] {
  const found: Order[] = [];
  for (const [process, { steps }] of processes.entries())
    for (const [step, { kind, order, address }] of steps.entries()) {
      const before = steps[step - 1];
      if (kind === "read" && order === "once" && step + 1 < steps.length)
        found.push({ kind: "acquire", process, step });
      if (before === undefined) continue;
      if (kind === "write" && order === "once") found.push({ kind: "release", process, step });
      const [stores, looks] = [
        before.kind !== "read" && kind !== "read",
        before.kind !== "write" && kind !== "write",
      ];
      if (stores) found.push({ kind: "wmb", process, step });
      if (looks) found.push({ kind: "rmb", process, step });
      if (looks && address !== undefined) found.push({ kind: "read-depends", process, step });
      found.push({ kind: "mb", process, step });
    }
  for (let a = 0; a < processes.length; a++)
    for (let b = a + 1; b < processes.length; b++) found.push({ kind: "lock", processes: [a, b] });
  return found;
}

function* combinations(all: readonly Order[], size: number, from = 0): Generator<readonly Order[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let i = from; i + size <= all.length; i++)
    for (const rest of combinations(all, size - 1, i + 1)) yield [all[i] as Order, ...rest];
}

/** Not two orders at one place, and locks alone. */
function isSensible(orders: readonly Order[]): boolean {
  if (orders.length > 1 && orders.some(({ kind }) => kind === "lock")) return false;
  const places = orders.map((order) => (order.kind === "lock" ? "" : `${order.process} ${order.step}`));
  return new Set(places).size === places.length;
}

/** Whether a known set closes all these models with a part of the orders, or with weaker ones at the same places. */
function hasWeaker(
  orders: readonly Order[],
  models: readonly ModelName[],
  known: ReadonlyMap<string, Closing>,
): boolean {
  for (const closing of known.values()) {
    if (!models.every((model) => closing.models.includes(model))) continue;
    const covers = closing.orders.every((weak) => orders.some((strong) => isWeaker(weak, strong)));
    if (covers && key(closing.orders) !== key(orders)) return true;
  }
  return false;
}

/** Whether an order is the same as another one, or a weaker one at its place. */
function isWeaker(weak: Order, strong: Order): boolean {
  if (weak.kind === "lock" || strong.kind === "lock") return key([weak]) === key([strong]);
  if (weak.process !== strong.process) return false;
  if (strong.kind === "mb")
    return weak.kind === "acquire" ? weak.step === strong.step - 1 : weak.step === strong.step;
  return weak.kind === strong.kind && weak.step === strong.step;
}

function key(orders: readonly Order[]): string {
  return orders
    .map((order) =>
      order.kind === "lock"
        ? `lock ${order.processes.join()}`
        : `${order.kind} ${order.process} ${order.step}`,
    )
    .sort()
    .join("; ");
}
