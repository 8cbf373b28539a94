/** Whole replays of the bundled traces, reading included: the time that a user of `rmap replay` waits. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { Engine } from "../engine/engine.js";
import { EngineReplayMachine } from "../replay/engine-machine.js";
import { replayTrace } from "../replay/index.js";
import { traceBytes } from "../trace/index.js";
import type { EngineSource } from "./engine-source.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

/** The row `replay-TRACE` on `cpus` CPUs. It counts the operations of the replay, without waits. */
export async function replaySubject(trace: string, cpus: number, source: EngineSource): Promise<Subject> {
  const name = `${trace}.perf.txt.gz`;
  const bytes = gunzipSync(await readFile(new URL(`../../traces/${name}`, import.meta.url)));
  const engine = await Engine.create({
    cpus,
    memory: 512 * 2 ** 20,
    spaces: 4096,
    files: 4096,
    queueRecords: 16384,
    ...(await source.options("release")),
  });
  return {
    engine: source.engine,
    cpus,
    async measure(seconds) {
      let operations = 0;
      const start = performance.now();
      do {
        // A machine counts the slots that it has used. So each replay gets a new machine and leaves the engine empty.
        const report = await replayTrace(traceBytes(bytes, name), new EngineReplayMachine(engine));
        operations += report.ops;
      } while (performance.now() - start < seconds * 1000);
      return rateOf(operations, (performance.now() - start) / 1000);
    },
    dispose: () => engine.dispose(),
  };
}
