/** Recorded traces: the text of `perf script`, plain or gzip, to events. In Node from files too; in a page from bytes. */
export * from "./trace/index.js";
export type { RandomBytes } from "./trace/random.js";
export type { ReadTraceOptions, TraceFigures } from "./trace/read.js";
export type { ByteChunks } from "./trace/source.js";
