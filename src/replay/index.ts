/** Replays recorded programs: turns trace events into operations, in order, and runs them on a machine. */

export { type OpCodes, readOpCodes } from "../record/codes.js";

export type { WorstSample } from "./fidelity.js";
export type { MachineStats, ReplayMachine } from "./machine.js";
export type {
  FaultKinds,
  Moment,
  MoreProcesses,
  ProcessFigures,
  RecorderFigures,
} from "./recorder/figures.js";
export { Recorder } from "./recorder/recorder.js";
export { type ReplayReport, replayTrace } from "./replay.js";

export { traceToOps } from "./to-ops.js";
