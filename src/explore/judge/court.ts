/** Brings an execution of a weak memory model before the axioms of the Linux-kernel memory model. */

import type { Rule } from "../../lkmm/rules.js";
import type { ModelName } from "../models.js";
import { objectsOf } from "../objects.js";
import { replay } from "../replay.js";
import type { Runner } from "../run.js";
import type { Turn } from "../turns.js";
import { type Graph, graphOf } from "./graph.js";
import { Recording } from "./recording.js";
import { verdictOn } from "./verdict.js";

/** What the axioms say about a finding's execution. Plain data. */
export interface Judgement {
  /** Events of the graph, the initial values among them. */
  readonly events: number;
  /** The axiom that forbids the execution; null when they allow it. */
  readonly forbiddenBy: Rule | null;
}

/** An execution that was recorded. */
export interface Case {
  readonly recording: Recording;
  readonly graph: Graph;
}

/** Runs turns again and records what the memory model does. The machine must know the contended words: see `learnWords`. */
export function recordCase(runner: Runner, turns: readonly Turn[]): Case {
  const { machine } = runner;
  const { model, onStale } = machine;
  const recording = new Recording(machine.cpus, machine.view.bytes, objectsOf(machine.control));
  machine.recording = recording;
  machine.onStale = () => recording.isStale();
  model.witness = recording;
  try {
    replay(runner, turns);
  } finally {
    machine.recording = undefined;
    machine.onStale = onStale;
    model.witness = undefined;
  }
  return { recording, graph: graphOf(recording) };
}

/** Judges a recorded execution by the axioms of its model. */
export function judgeCase({ graph }: Case, model: ModelName): Judgement {
  const { axiom } = verdictOn(graph, model);
  return { events: graph.events.length, forbiddenBy: axiom ?? null };
}
