/** Recorded traces: `perf script` text to events. */

export { recordedCpus } from "./cpus.js";
export * from "./event.js";
export { TraceParser } from "./parser.js";
export { readTrace } from "./read.js";
export { type TraceSource, traceBytes, traceFile } from "./source.js";
