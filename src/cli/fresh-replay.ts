/** A recording on an engine of its own. */
import { coreOf, engineSoon } from "../engine/engine.js";
import { endWhenExhausted, OutOfRoom, roomOf } from "../engine/exhausted.js";
import { EngineReplayMachine } from "../replay/engine-machine.js";
import { Recorder, type RecorderFigures, replayTrace } from "../replay/index.js";
import { type ReplayResult, replayResult } from "../report/replay.js";
import { plural } from "../text/numbers.js";
import { traceFile } from "../trace/index.js";
import type { Work } from "./context.js";
import { inputName } from "./input.js";
import type { MemorySettings } from "./memory.js";

/** The settings of a replay. */
export interface ReplaySettings extends MemorySettings {
  /** Path of the trace, or STDIN. */
  readonly path: string;
  /** CPUs that run the trace. With a memory limit, kswapd has one more. */
  readonly cpus: number;
  readonly checked: boolean;
  /** An engine that is not the package's own. Then the caller must be able to end this thread. */
  readonly variant?: { readonly name: string; readonly module: WebAssembly.Module };
  /** The package's own engine, compiled already. */
  readonly module?: WebAssembly.Module;
  /** Keep every fault, for a trace of them. */
  readonly faults: boolean;
}

/** A replay's report, and what its pictures are made of. */
export interface RunReplay {
  readonly result: ReplayResult;
  readonly recorded: RecorderFigures;
}

/** Replays a trace on an engine of its own. Throws what reading, booting and running throw. */
export async function runReplay(settings: ReplaySettings, work: Work): Promise<RunReplay> {
  const { path, cpus, limited, checked, variant, module, faults, ...sizes } = settings;
  const compiled = variant?.module ?? module;
  // One CPU of an engine that we know, and that has memory, needs no thread beside this one: both would only wait for each other.
  const alone = cpus === 1 && !limited && variant === undefined;
  // The worker CPUs start while the trace is read.
  const engine = await engineSoon({
    ...sizes,
    cpus: alone ? 0 : cpus,
    kswapd: limited,
    checked,
    ...(compiled && { module: compiled, trusted: true }),
    // As many slots as a record can name. An unused slot takes four bytes.
    spaces: 65535,
    files: 8192,
    // Short windows when memory may run out, because we notice it only after the window.
    queueRecords: !limited ? 16384 : cpus > 16 ? 4096 : 1024,
  });
  return work.using(engine, async () => {
    const machine = new EngineReplayMachine(engine);
    const booted = coreOf(engine).machine;
    endWhenExhausted(booted, "any");
    const source = traceFile(path);
    const recorder = new Recorder(machine, { faults });
    const report = await replayTrace(source, machine, {
      recorder,
      onNoMemory: ({ line, operation }) => {
        const where = `${inputName(path)}:${line}: a ${operation}`;
        throw new OutOfRoom(where, roomOf(booted), engine.pageSize);
      },
      onProgress: ({ lines, operations, readBytes, totalBytes }) => {
        const done = `${plural(lines, "line")} of the trace read, ${plural(operations, "operation")} replayed`;
        // We know the file's size in bytes, but people count lines. So the total number of lines is an estimate from
        // both.
        const total =
          readBytes !== undefined && totalBytes
            ? { total: (lines * totalBytes) / Math.max(1, readBytes) }
            : {};
        work.tell(done, { done: lines, unit: "lines", ...total });
      },
    });
    const recorded = recorder.figures();
    const result = replayResult(report, engine, machine, checked, recorded);
    return { result: variant === undefined ? result : { ...result, variant: variant.name }, recorded };
  });
}
