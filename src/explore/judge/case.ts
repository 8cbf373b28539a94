/** Records the execution of a finding of a weak memory model. */

import { objectsOf } from "../objects.js";
import { replay } from "../replay.js";
import type { Runner } from "../run.js";
import type { Turn } from "../turns.js";
import { type Graph, graphOf } from "./graph.js";
import { Recording } from "./recording.js";

/** An execution that was recorded. */
export interface Case {
  readonly recording: Recording;
  readonly graph: Graph;
}

/** Runs turns again and records what the memory model does. The machine must know the contended words: see `learnWords`. */
export function recordCase(runner: Runner, turns: readonly Turn[]): Case {
  const { machine } = runner;
  const { model } = machine;
  const { onStale } = machine.weak;
  const recording = new Recording(machine.cpus, machine.view.bytes, objectsOf(machine.control));
  machine.weak.recording = recording;
  machine.weak.onStale = () => recording.isStale();
  model.witness = recording;
  try {
    replay(runner, turns);
  } finally {
    machine.weak.recording = undefined;
    machine.weak.onStale = onStale;
    model.witness = undefined;
  }
  return { recording, graph: graphOf(recording) };
}
