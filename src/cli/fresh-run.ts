/** A script on an engine of its own. */
import { coreOf, Engine } from "../engine/engine.js";
import { endWhenExhausted, OutOfRoom, roomOf } from "../engine/exhausted.js";
import type { Operation } from "../ops/operation.js";
import type { Answer } from "../ops/outcome.js";
import { printOperation } from "../ops/print.js";
import { runScript } from "../script/script.js";
import { count, plural } from "../text/numbers.js";
import type { Work } from "./context.js";
import type { MemorySettings } from "./memory.js";

interface MachineSettings extends MemorySettings {
  readonly cpus: number;
  readonly checked: boolean;
}

/** A script, and the machine for it. Plain data, and a compiled module. */
export interface RunTask {
  readonly script: readonly Operation[];
  readonly machine: MachineSettings;
  /** The script's name in messages. */
  readonly file: string;
  /** An engine that is not the package's own. Then the caller must be able to end this thread. */
  readonly module?: WebAssembly.Module;
}

/** Runs a script on an engine of its own. Throws what booting and running throw, and OutOfRoom. */
export async function runFresh({ script, machine, file, module }: RunTask, work: Work): Promise<Answer> {
  const { cpus, checked, limited: _, ...sizes } = machine;
  const foreign = module && { module, trusted: true };
  const engine = await Engine.create({ ...sizes, cpus, checked, ...foreign });
  endWhenExhausted(coreOf(engine).machine, "access");
  const onProgress = (done: number) =>
    work.tell(`${count(done)} of ${plural(script.length, "operation")} started`, {
      ...{ done, total: script.length, unit: "operations" },
    });
  const events = checked ? { onProgress, onDump: () => void engine.check() } : { onProgress };
  return work.using(engine, async () => {
    const found = await runScript(engine, script, events);
    mustHaveHadMemory(script, found, engine, file);
    return found;
  });
}

/** Throws OutOfRoom for the first access that found no memory. The kernel would kill the process there. */
function mustHaveHadMemory(
  script: readonly Operation[],
  { results }: Answer,
  engine: Engine,
  file: string,
): void {
  let next = 0;
  for (const operation of script) {
    if (operation.kind === "dump") continue;
    const access = operation.kind === "read" || operation.kind === "write" || operation.kind === "touch";
    if (results[next++] !== "ENOMEM" || !access) continue;
    const where = `${file}:${operation.place?.line ?? next}: \`${printOperation(operation)}\``;
    throw new OutOfRoom(where, roomOf(coreOf(engine).machine), engine.pageSize);
  }
}
