/** Words about the steps of a small program: where they stand, and what is added to them. */

import type { Names } from "../../inspect/names.js";
import { hookLines, plainPlaces, type SourcePlace } from "../../wasm/plain.js";
import type { Runner } from "../run.js";
import { sourceOf } from "../steps.js";
import type { Case } from "./case.js";
import type { Order } from "./closing.js";
import type { Shape, ShapeProcess, ShapeStep } from "./shape.js";

/** What is known of one access. */
export interface Told {
  /** `anon_vma A's last`. */
  readonly word: string;
  /** `rmap/chain.ts:44`. */
  readonly place: string;
}

/** Tells the word and the place of a step. */
export function teller(
  { recording }: Case,
  { machine }: Runner,
  module: WebAssembly.Module,
  names: Names,
): (step: ShapeStep) => Told {
  const [hooks, plains] = [hookLines(module), plainPlaces(module)];
  return ({ origin }) => {
    const recorded = recording.accesses[origin];
    if (recorded === undefined) return { word: "", place: "" };
    const { access, plain } = recorded;
    const where: SourcePlace | undefined = plain
      ? plains[access.place]
      : sourceOf(hooks[access.place], machine.places[access.place] ?? "");
    return { word: names.wordText(access.at), place: (where?.line ?? "").replace(/^assembly\//, "") };
  };
}

/** One order in words. */
export function orderText(order: Order, shape: Shape, told: (step: ShapeStep) => Told): string {
  if (order.kind === "lock") {
    const [a, b] = order.processes.map((process) => spanText(shape.processes[process] as ShapeProcess, told));
    return `one lock around ${a} and around ${b}`;
  }
  const process = shape.processes[order.process] as ShapeProcess;
  const { place } = told(process.steps[order.step] as ShapeStep);
  const at = `${place} (CPU ${process.cpu})`;
  switch (order.kind) {
    case "wmb":
      return `a write barrier before ${at}`;
    case "rmb":
      return `a read barrier before ${at}`;
    case "mb":
      return `a full barrier before ${at}`;
    case "read-depends":
      return `a dependency barrier before ${at}`;
    case "release":
      return `a release at ${at}`;
    case "acquire":
      return `an acquire at ${at}`;
  }
}

function spanText({ cpu, steps }: ShapeProcess, told: (step: ShapeStep) => Told): string {
  const [first, last] = [told(steps[0] as ShapeStep).place, told(steps.at(-1) as ShapeStep).place];
  return first === last ? `${first} (CPU ${cpu})` : `${first} to ${last} (CPU ${cpu})`;
}

/** A name that C takes: `anon_vma_A_last`. */
export function identifier(text: string): string {
  const name = text.replace(/'s /g, " ").replace(/\W+/g, "_");
  return /^[A-Za-z_]/.test(name) ? name : `w_${name}`;
}
