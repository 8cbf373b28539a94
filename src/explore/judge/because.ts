/** Says which order is missing between the accesses of a CPU. */

import type { ModelName } from "../../lkmm/rules.js";
import { allowingOf } from "./choose.js";
import { type Order, withOrders } from "./closing.js";
import type { Shape, ShapeProcess, ShapeStep } from "./shape.js";
import type { Told } from "./words.js";

/**
 * A sentence for each pair of accesses of one CPU that a full barrier between them would order, and without which all other
 * full barriers are in vain. If none is like that, one about the pairs of which a full barrier at any one would do. If they
 * are in vain altogether, one about that.
 */
export function becauseOf(shape: Shape, model: ModelName, told: (step: ShapeStep) => Told): string[] {
  const gaps = shape.processes.flatMap(({ steps }, process) =>
    steps.slice(1).map((_, nth): Gap => ({ kind: "mb", process, step: nth + 1 })),
  );
  const allows = (added: readonly Gap[]) => allowingOf(withOrders(shape, added), [model]).has(model);
  if (allows(gaps)) return [handedOn(shape, told)];
  const tell = ({ process, step }: Gap) =>
    sentence(shape.processes[process] as ShapeProcess, step, model, told);
  const missing = gaps.filter((gap) => allows(gaps.filter((other) => other !== gap)));
  if (missing.length > 0) return missing.map(tell);
  const enough = gaps.filter((gap) => !allows([gap])).map(tell);
  return enough.length > 0 ? [enough.join("; and ")] : [];
}

/** A full barrier before a step. */
type Gap = Extract<Order, { readonly process: number }> & { readonly kind: "mb" };

function sentence(
  { cpu, steps, fences }: ShapeProcess,
  nth: number,
  model: ModelName,
  told: (step: ShapeStep) => Told,
): string {
  const [before, after] = [steps[nth - 1] as ShapeStep, steps[nth] as ShapeStep];
  const [first, second] = [told(before), told(after)];
  const store = ({ word, place }: Told) => `store to ${word} (${place})`;
  const read = ({ word, place }: Told) => `read of ${word} (${place})`;
  const own = `CPU ${cpu}'s`;
  const buffers = model === "tso" || model === "pso";
  const stands = fences[nth] ?? [];
  if (before.kind !== "read" && first.word === second.word)
    return `${own} ${store(first)} may come late: no full barrier behind it makes what follows wait`;
  if (before.kind !== "read" && after.kind !== "read") {
    if (stands.includes("wmb") || after.order === "release")
      return `${own} ${store(first)} and its ${store(second)} come in order to a CPU that reads them from CPU ${cpu}, but not for a third CPU: only a full barrier between them orders them for all`;
    const what = buffers
      ? `${own} ${store(first)} still waits when its ${store(second)} has landed`
      : `${own} ${store(second)} comes to another CPU before its ${store(first)}`;
    return `${what}: no write barrier or release stands between them`;
  }
  if (before.kind !== "read")
    return `${own} ${read(second)} is made before its ${store(first)} is seen: no full barrier stands between them`;
  if (after.kind === "read") {
    const alpha = model === "alpha" && after.address !== undefined;
    const why = alpha
      ? "on Alpha an address that was read orders nothing, and no read barrier stands between them"
      : "no read barrier or acquire stands between them, and the second address does not come from the first read";
    return `${own} ${read(second)} may see less than its ${read(first)}: ${why}`;
  }
  return `${own} ${store(second)} does not take along what its ${read(first)} has seen: no release or full barrier stands between them`;
}

/** Full barriers everywhere do not help. */
function handedOn({ processes }: Shape, told: (step: ShapeStep) => Told): string {
  const between = processes.find(({ steps }) => steps[0]?.kind === "read" && steps.at(-1)?.kind !== "read");
  const handed = between?.steps.at(-1);
  if (between === undefined || handed === undefined)
    return "barriers of one CPU order nothing for a third one";
  const { word, place } = told(handed);
  return `CPU ${between.cpu} hands on what it has read, by its store to ${word} (${place}): on a machine that orders two CPUs and no more, no barrier takes the stores of others along`;
}
