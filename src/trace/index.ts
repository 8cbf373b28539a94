/** Recorded traces: `perf script` text to events. */

export { recordedCpus } from "./cpus.js";
export * from "./event.js";
export { PERF_SCRIPT, TraceParser } from "./parser.js";
export { type ReadTraceOptions, readTrace, type TraceFigures } from "./read.js";
export { type ByteChunks, plainChunks, type TraceSource, traceBytes, traceFile } from "./source.js";
