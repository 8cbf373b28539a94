/** Says which order is missing between the accesses of a CPU. */

import type { ModelName } from "../../lkmm/rules.js";
import { allowingOf } from "./choose.js";
import { type Order, withOrders } from "./closing.js";
import type { Told } from "./explain.js";
import type { Shape, ShapeProcess, ShapeStep } from "./shape.js";

/**
 * A sentence for each pair of accesses of one CPU that a full barrier between them would order, and without which all other
 * full barriers are in vain. If they are in vain altogether, one sentence about that.
 */
export function becauseOf(shape: Shape, model: ModelName, told: (step: ShapeStep) => Told): string[] {
  const gaps = shape.processes.flatMap(({ steps }, process) =>
    steps.slice(1).map((_, nth): Order => ({ kind: "mb", process, step: nth + 1 })),
  );
  if (allowingOf(withOrders(shape, gaps), [model]).has(model)) return [handedOn(shape, told)];
  const missing = gaps.filter((gap) =>
    allowingOf(withOrders(shape, gaps.filter((other) => other !== gap)), [model]).has(model),
  );
  return missing.map((gap) => {
    if (gap.kind === "lock") return "";
    const process = shape.processes[gap.process] as ShapeProcess;
    return sentence(process, gap.step, model, told);
  });
}

function sentence(
  { cpu, steps, fences }: ShapeProcess,
  nth: number,
  model: ModelName,
  told: (step: ShapeStep) => Told,
): string {
  const [before, after] = [steps[nth - 1] as ShapeStep, steps[nth] as ShapeStep];
  const [first, second] = [told(before), told(after)];
  const stored = ({ word, place }: Told) => `its store to ${word} (${place})`;
  const read = ({ word, place }: Told) => `its read of ${word} (${place})`;
  const buffers = model === "tso" || model === "pso";
  const has = (fences[nth] ?? []).length > 0 ? " that orders them" : "";
  if (before.kind === "write" && after.kind === "write") {
    const what = buffers
      ? `CPU ${cpu}: ${stored(first)} still waits when ${stored(second)} has landed`
      : `CPU ${cpu}: ${stored(second)} comes to another CPU before ${stored(first)}`;
    return `${what}: no write barrier or release stands between them`;
  }
  if (before.kind === "write")
    return `CPU ${cpu}: ${read(second)} comes before ${stored(first)} is seen: no full barrier${has} stands between them`;
  if (after.kind === "read") {
    const alpha = model === "alpha" && after.address !== undefined;
    const why = alpha
      ? "on Alpha an address that was read orders nothing, and no read barrier stands between them"
      : "no read barrier or acquire stands between them, and no address is read";
    return `CPU ${cpu}: ${read(second)} may be older than ${read(first)}: ${why}`;
  }
  return `CPU ${cpu}: ${stored(second)} does not take along what ${read(first)} has seen: no release or full barrier stands between them`;
}

/** Full barriers everywhere do not help. */
function handedOn({ processes }: Shape, told: (step: ShapeStep) => Told): string {
  const between = processes.find(({ steps }) => steps[0]?.kind === "read" && steps.at(-1)?.kind !== "read");
  const handed = between?.steps.at(-1);
  if (between === undefined || handed === undefined) return "barriers of one CPU order nothing for a third one";
  const { word, place } = told(handed);
  return `CPU ${between.cpu} hands on what it has read, by its store to ${word} (${place}): on a machine that orders two CPUs and no more, no barrier takes the stores of others along`;
}
