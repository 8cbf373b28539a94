/** `npm start`: replays two of the bundled traces, and suggests what to try next. */
import { fileURLToPath } from "node:url";
import { replayText } from "../report/replay-text.js";
import { DEFAULT_MEMORY, defaultCpus } from "./commands/replay.js";
import { Context } from "./context.js";
import { checkEnvironment } from "./environment.js";
import { reportFailure } from "./failure.js";
import { runReplay } from "./fresh-replay.js";
import { interruptible } from "./interrupt.js";
import { parseMemory } from "./memory.js";
import { guardStreams, writeResult } from "./terminal.js";

const TRACES = ["redis.perf.txt.gz", "threads.perf.txt.gz"];

const NEXT = `Try next
  npx rmap replay traces/bash.perf.txt.gz --checked    check every invariant
  npx rmap run examples/fork.ops                       see the state of each page, step by step
  npx rmap bench fault-unmap calibrate                 measure how fast a fault is
  node examples/embed.mjs                              use the engine as a library
  npx rmap --help`;

guardStreams();
const context = new Context({});

/** Replays the bundled traces one after the other. */
async function replayBundled(): Promise<number> {
  for (const trace of TRACES) {
    const path = fileURLToPath(new URL(`../../traces/${trace}`, import.meta.url));
    const cpus = await defaultCpus(path);
    const { result } = await runReplay(
      { path, cpus, ...parseMemory({}, DEFAULT_MEMORY), checked: false, faults: false },
      context,
    );
    await writeResult(`${replayText(result, trace, context.paint)}\n\n`);
  }
  await writeResult(NEXT);
  return 0;
}

try {
  checkEnvironment();
  process.exitCode = await interruptible(context, replayBundled());
} catch (error) {
  context.progress.clear();
  process.exitCode = reportFailure(error);
}
if (process.exitCode > 128) process.exit();
