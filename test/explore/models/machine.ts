/**
 * Small programs on a memory model itself, without an engine: every interleaving with every choice of the model. And the
 * same programs as litmus tests, which the axioms decide.
 */

import { Access, type Hook } from "../../../dist/explore/access.js";
import { type MemoryModel, type ModelFactory, performBy } from "../../../dist/explore/model.js";
import { decide } from "../../../dist/lkmm/decide.js";
import { parseLitmus } from "../../../dist/lkmm/parser.js";
import type { ModelName } from "../../../dist/lkmm/rules.js";
import { MemoryView } from "../../../dist/wasm/memory.js";

const LOCATIONS = ["x", "y", "z"] as const;
export type Location = (typeof LOCATIONS)[number] | "l";

/** One access of a process. The lock `l` is taken and given back; it has no value that anybody asks for. */
export type Statement =
  | { readonly op: "store"; readonly at: Location; readonly value: number; readonly order?: "release" }
  | { readonly op: "load"; readonly at: Location; readonly order?: "acquire" }
  | {
      readonly op: "xchg";
      readonly at: Location;
      readonly value: number;
      readonly order: "relaxed" | "acquire" | "release" | "full";
    }
  | {
      readonly op: "cas";
      readonly at: Location;
      readonly expected: number;
      readonly value: number;
      readonly order: "acquire" | "full";
    }
  | { readonly op: "mb" | "wmb" | "rmb" | "lock" | "unlock" };

export const store = (at: Location, value: number, order?: "release"): Statement => ({
  ...{ op: "store", at, value },
  ...(order && { order }),
});
export const load = (at: Location, order?: "acquire"): Statement => ({
  ...{ op: "load", at },
  ...(order && { order }),
});
export const xchg = (
  at: Location,
  value: number,
  order: "relaxed" | "acquire" | "release" | "full" = "full",
): Statement => ({ op: "xchg", at, value, order });
export const mb: Statement = { op: "mb" };
export const wmb: Statement = { op: "wmb" };
export const lock: Statement = { op: "lock" };
export const unlock: Statement = { op: "unlock" };

export type Processes = readonly (readonly Statement[])[];

/** Whether a statement has a result: `r0`, `r1`, … of its process. */
function hasResult({ op }: Statement): boolean {
  return op === "load" || op === "xchg" || op === "cas";
}

/** The program as a litmus test. Its state has every register and every location. */
function litmusOf(processes: Processes): string {
  const code = processes.map((statements, process) => {
    let register = 0;
    const lines = statements.map((statement) => {
      const result = hasResult(statement) ? `int r${register++} = ` : "";
      return `  ${result}${codeOf(statement)};`;
    });
    return [`P${process}(int *x, int *y, int *z, spinlock_t *l)`, "{", ...lines, "}"].join("\n");
  });
  const registers = processes.flatMap((statements, process) =>
    statements.filter(hasResult).map((_, i) => `${process}:r${i}`),
  );
  return [
    "C made-up",
    "{ }",
    ...code,
    `locations [${[...registers, ...LOCATIONS].map((name) => `${name};`).join(" ")}]`,
    "exists (x=99)",
    "",
  ].join("\n");
}

function codeOf(statement: Statement): string {
  switch (statement.op) {
    case "store":
      return statement.order === "release"
        ? `smp_store_release(${statement.at}, ${statement.value})`
        : `WRITE_ONCE(*${statement.at}, ${statement.value})`;
    case "load":
      return statement.order === "acquire"
        ? `smp_load_acquire(${statement.at})`
        : `READ_ONCE(*${statement.at})`;
    case "xchg":
      return `xchg${suffix(statement.order)}(${statement.at}, ${statement.value})`;
    case "cas":
      return `cmpxchg${suffix(statement.order)}(${statement.at}, ${statement.expected}, ${statement.value})`;
    case "lock":
      return "spin_lock(l)";
    case "unlock":
      return "spin_unlock(l)";
    default:
      return `smp_${statement.op}()`;
  }
}

function suffix(order: string): string {
  return order === "full" ? "" : `_${order}`;
}

/** The states at the end that the axioms allow. */
export function allowedStates(processes: Processes, model: ModelName): string[] {
  const test = parseLitmus(litmusOf(processes), "made-up.litmus");
  const { states } = decide(test, { model, states: true, timeout: 20_000 });
  if (states === null) throw new Error("the axioms did not decide");
  return states.map(({ text }) => text.replace(/[[\]]/g, "")).sort();
}

/** Takes the strategy's part: every schedule with every choice, depth first. */
class Everything {
  readonly #chosen: number[] = [];
  readonly #counts: number[] = [];
  #depth = 0;
  /** True: the model gets choice 0 throughout. */
  readonly #isStrong: boolean;

  constructor(isStrong: boolean) {
    this.#isStrong = isStrong;
  }

  readonly choose = (count: number): number => (this.#isStrong ? 0 : this.pick(count));

  pick(count: number): number {
    const depth = this.#depth++;
    if (depth === this.#chosen.length) {
      this.#chosen.push(0);
      this.#counts.push(count);
    }
    return this.#chosen[depth] as number;
  }

  /** The next one; false when there is none. */
  next(): boolean {
    this.#depth = 0;
    while (this.#chosen.length > 0) {
      const last = this.#chosen.length - 1;
      const chosen = (this.#chosen[last] as number) + 1;
      if (chosen < (this.#counts[last] as number)) {
        this.#chosen[last] = chosen;
        return true;
      }
      this.#chosen.pop();
      this.#counts.pop();
    }
    return false;
  }
}

const BYTES = 64;
/** Words lie in different ways: two in one 8 bytes, the others apart. */
const ADDRESS: Readonly<Record<Location, number>> = { x: 8, y: 12, z: 24, l: 32 };

/** Where a statement's accesses are not marked. */
export interface Options {
  /** Accesses without an order go through the hooks for plain ones. */
  readonly plain?: boolean;
  /** Every choice of the model is 0. */
  readonly strong?: boolean;
}

/** The states at the end that a machine with this model can come to. */
export function reachedStates(
  processes: Processes,
  factory: ModelFactory,
  { plain = false, strong = false }: Options = {},
): string[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const view = new MemoryView(memory);
  const everything = new Everything(strong);
  const model = factory(view, everything.choose, processes.length);
  model.save();
  const states = new Set<string>();
  do {
    for (let at = 0; at < BYTES; at += 4) view.setU32(at, 0);
    model.restore();
    const state = execute(processes, model, view, everything, plain);
    if (state !== undefined) states.add(state);
  } while (everything.next());
  return [...states].sort();
}

function execute(
  processes: Processes,
  model: MemoryModel,
  view: MemoryView,
  everything: Everything,
  plain: boolean,
): string | undefined {
  const at = processes.map(() => 0);
  const results: number[][] = processes.map(() => []);
  for (;;) {
    const left = processes.flatMap((statements, cpu) =>
      (at[cpu] as number) < statements.length ? [cpu] : [],
    );
    if (left.length === 0) break;
    const able = left.filter((cpu) => {
      const statement = processes[cpu]?.[at[cpu] as number] as Statement;
      return statement.op !== "lock" || model.ready(cpu, accessOf(statement));
    });
    if (able.length === 0) return undefined;
    const cpu = able[able.length === 1 ? 0 : everything.pick(able.length)] as number;
    const statement = processes[cpu]?.[at[cpu] as number] as Statement;
    at[cpu] = (at[cpu] as number) + 1;
    const result = perform(cpu, statement, model, view, plain);
    if (hasResult(statement)) results[cpu]?.push(result);
  }
  model.settle();
  const registers = results.flatMap((values, cpu) => values.map((value, i) => `${cpu}:r${i}=${value};`));
  return [...registers, ...LOCATIONS.map((name) => `${name}=${view.u32(ADDRESS[name])};`)].join(" ");
}

function hook(kind: Hook["kind"], order: Hook["order"]): Hook {
  return { name: `${kind}32.${order}`, kind, bits: kind === "fence" ? 0 : 32, order };
}

function accessOf(statement: Statement): Access {
  const access = new Access();
  const order = (given: string | undefined) =>
    (given === undefined || given === "relaxed" ? "once" : given) as Hook["order"];
  switch (statement.op) {
    case "store":
      return access.set(hook("store", order(statement.order)), 0, ADDRESS[statement.at], statement.value, 0);
    case "load":
      return access.set(hook("load", order(statement.order)), 0, ADDRESS[statement.at], 0, 0);
    case "xchg":
      return access.set(hook("xchg", order(statement.order)), 0, ADDRESS[statement.at], statement.value, 0);
    case "cas":
      return access.set(
        hook("cas", order(statement.order)),
        0,
        ADDRESS[statement.at],
        statement.value,
        statement.expected,
      );
    case "lock":
      return access.set(hook("lock", "acquire"), 0, ADDRESS.l, 1, 0xffff_ffff);
    case "unlock":
      return access.set(hook("unlock", "release"), 0, ADDRESS.l, 1, 0);
    default: {
      const kinds = { mb: "full", wmb: "write", rmb: "read" } as const;
      return access.set(hook("fence", kinds[statement.op]), 0, 0, 0, 0);
    }
  }
}

function perform(
  cpu: number,
  statement: Statement,
  model: MemoryModel,
  view: MemoryView,
  plain: boolean,
): number {
  const access = accessOf(statement);
  const { at, value } = access;
  const isPlain = plain && access.hook.order === "once";
  switch (statement.op) {
    case "store":
      if (isPlain) {
        model.plainStore?.(cpu, at, 4, Number(value), 0);
        view.setU32(at, Number(value));
        return 0;
      }
      return Number(performBy(model, cpu, access));
    case "load":
      return Number(
        isPlain ? (model.plainLoad?.(cpu, at, 4) ?? view.u32(at)) : performBy(model, cpu, access),
      );
    default:
      return Number(performBy(model, cpu, access));
  }
}
