/** Replays recorded programs: turns trace events into operations, in order, and runs them on a machine. */

export { type OpCodes, readOpCodes } from "../record/codes.js";
export type { ContentsFigures } from "./contents.js";
export type { FidelityFigures, WorstSample } from "./fidelity.js";
export type { MachineStats, OpSink, ReplayMachine, Sample, SampleSink } from "./machine.js";
export { Program, type ProgramFigures, type ProgramTarget } from "./program.js";
export { type ReplayOptions, type ReplayProgress, type ReplayReport, replayTrace } from "./replay.js";
export { Schedule } from "./schedule.js";
export { type OpsFigures, traceToOps } from "./to-ops.js";
