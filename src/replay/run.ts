/** Replays a recording on an engine, for programs: `rmap replay` reports more of it. */
import { coreOf, ENGINE_OPTIONS, type EngineOptions, engineSoon } from "../engine/engine.js";
import { endWhenExhausted, OutOfRoom, roomOf } from "../engine/exhausted.js";
import { callable, optionsOf } from "../text/arguments.js";
import { mustBeSource, type TraceSource } from "../trace/source.js";
import { EngineReplayMachine, type Leaks, type MemoryPeaks } from "./engine-machine.js";
import { type ReplayOptions, type ReplayReport, replayTrace } from "./replay.js";

/** The result of a replay. */
export interface Replayed extends ReplayReport {
  readonly memory: MemoryPeaks;
  /** What is left when every process has ended: all zero, unless the engine is wrong. */
  readonly leaks: Leaks;
}

/** The engine of a replay, and how to replay. */
export interface ReplaySettings
  extends Omit<EngineOptions, "spaces" | "files" | "queueRecords" | "content" | "events">,
    Omit<ReplayOptions, "onNoMemory"> {}

/** What a replay sets itself. */
const OWN: readonly string[] = [
  "spaces",
  "files",
  "queueRecords",
  "content",
  "events",
] satisfies (keyof EngineOptions)[];
const OPTION_NAMES = [
  ...ENGINE_OPTIONS.filter((name): name is keyof ReplaySettings & keyof EngineOptions => !OWN.includes(name)),
  "onProgress",
] as const satisfies readonly (keyof ReplaySettings)[];

/**
 * Replays a recording on an engine of its own: on its worker CPUs, or on the calling thread without `cpus`. Throws
 * UsageError for arguments that make no sense, InputError for what is no recording, OutOfRoom when the engine is too small for it, the signal's reason when it is
 * aborted, and what `Engine.create` throws.
 */
export async function replay(source: TraceSource, settings?: ReplaySettings): Promise<Replayed> {
  mustBeSource("replay", source);
  const { onProgress, signal, ...options } = optionsOf("replay", settings, OPTION_NAMES);
  if (onProgress !== undefined) callable("replay: onProgress", onProgress);
  // The worker CPUs start while the recording is read.
  const engine = await engineSoon({
    memory: 512 * 2 ** 20,
    ...options,
    ...(signal !== undefined && { signal }),
    // As many slots as a record can name. An unused slot takes four bytes.
    ...{ spaces: 65535, files: 8192, queueRecords: 4096 },
  });
  try {
    const machine = new EngineReplayMachine(engine);
    const booted = coreOf(engine).machine;
    endWhenExhausted(booted, "any");
    const report = await replayTrace(source, machine, {
      ...(onProgress && { onProgress }),
      ...(signal !== undefined && { signal }),
      onNoMemory: ({ line, operation }) => {
        throw new OutOfRoom(`${source.name}:${line}: a ${operation}`, roomOf(booted), engine.pageSize);
      },
    });
    return { ...report, memory: machine.peaks(), leaks: machine.leaks() };
  } finally {
    await engine.dispose();
  }
}
