/** The small program of a recorded execution: an anon_vma's lock is taken as it was before its constructor. */
import { expect, it } from "vitest";
import { Access, parseHook } from "../../../dist/explore/access.js";
import { chooseShape } from "../../../dist/explore/judge/choose.js";
import { closingsOf } from "../../../dist/explore/judge/closing.js";
import { graphOf } from "../../../dist/explore/judge/graph.js";
import { litmusText } from "../../../dist/explore/judge/litmus-text.js";
import { Recording } from "../../../dist/explore/judge/recording.js";
import { verdictOn } from "../../../dist/explore/judge/verdict.js";
import { MODELS } from "../../../dist/lkmm/rules.js";

const [LOCK, VMA, PAGE, COUNT] = [64, 128, 192, 256];
const NAMES = new Map([
  [LOCK, "lock"],
  [VMA, "vma"],
  [PAGE, "page"],
  [COUNT, "count"],
]);

/** The object at the lock's address is what the other words point to. */
function recorded(): Recording {
  const recording = new Recording(3, 1024, (value) => (value === LOCK ? LOCK : 0));
  const add = (cpu: number, name: string, at: number, reads?: number, stores?: number): void => {
    const isLock = name.startsWith("lock");
    const pointer = at === VMA || at === PAGE ? LOCK : 1;
    recording.marked(
      cpu,
      new Access().set(parseHook(name), 1, at, isLock ? 1 : pointer, isLock ? 0xffffffff : 0),
    );
    if (reads !== undefined) recording.reads(at, reads);
    if (reads !== undefined && pointer === LOCK && reads > 0) recording.saw(cpu, LOCK);
    if (stores !== undefined) recording.stores(at, stores);
  };
  add(0, "store32.once", LOCK, undefined, 1);
  add(0, "lock32.acquire", LOCK, 1, 2);
  add(0, "store32.once", COUNT, undefined, 1);
  add(0, "store32.once", VMA, undefined, 1);
  add(1, "load32.once", VMA, 1);
  add(1, "load32.once", COUNT, 1);
  add(1, "store32.once", PAGE, undefined, 1);
  add(2, "load32.once", PAGE, 1);
  add(2, "lock32.acquire", LOCK, 0, 3);
  for (const store of [3, 1, 2]) recording.lands(LOCK, store);
  for (const at of [COUNT, VMA, PAGE]) recording.lands(at, 1);
  return recording;
}

it("is a cycle along the pointers, with both sides of each lock, and is closed as Linux would close it", () => {
  const recording = recorded();
  const graph = graphOf(recording);
  const whole = new Set(MODELS.filter((model) => verdictOn(graph, model).axiom === undefined));
  expect([...whole]).toEqual(["lkmm", "alpha", "pairwise"]);
  const chosen = chooseShape(graph, "lkmm", whole, {
    isStale: () => false,
    matters: () => true,
    nameOf: (event) => NAMES.get(recording.accesses[graph.origins[event] ?? 0]?.access.at ?? 0) ?? "",
  });
  if (chosen === undefined) throw new Error("no cycle was chosen");
  expect([...chosen.allowing]).toEqual([...whole]);
  const text = litmusText(chosen.shape, { name: "fresh", comment: [] });
  expect(text).toContain(
    "WRITE_ONCE(*lock, 1);\n  int r1 = xchg_acquire(lock, 2);\n  WRITE_ONCE(*vma, lock);",
  );
  expect(text).toContain("int *r0 = READ_ONCE(*page);\n  int r1 = xchg_acquire(r0, 3);");
  expect(text).toContain("exists (0:r1=1 /\\ 1:r0=lock /\\ 2:r0=lock /\\ 2:r1=0 /\\ lock=2)");
  expect(text).not.toContain("count");
  const sets = closingsOf(chosen.shape, chosen.allowing).map(({ orders, models }) => {
    const all = orders.map((order) =>
      order.kind === "lock" ? "lock" : `${order.kind} ${order.process}.${order.step}`,
    );
    return `${all.join(" + ")}: ${models.join()}`;
  });
  expect(sets).toEqual(
    expect.arrayContaining([
      "mb 0.1: lkmm,alpha,pairwise",
      "mb 0.2: lkmm,alpha,pairwise",
      "wmb 0.1 + release 1.1: lkmm,alpha",
    ]),
  );
  expect(sets.filter((set) => /^(wmb|release) \S+: /.test(set))).toEqual([]);
});
