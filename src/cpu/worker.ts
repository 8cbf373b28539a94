/**
 * Entry of a worker thread that is one CPU. It gets the compiled engine and the shared memory, reports that it is
 * ready, and then stays inside the engine's run loop until the host stops it. Meanwhile its event loop does not run,
 * so everything goes through the shared memory. On another message it only tries to boot a machine.
 */

import { builtin, isNode } from "../platform/host.js";
import { countsOf } from "../wasm/counts.js";
import { Layout } from "../wasm/layout.js";
import { instantiateEngine } from "../wasm/loader.js";
import { MemoryView } from "../wasm/memory.js";
import { boot } from "./boot.js";
import { Control } from "./control.js";
import type { StartMessage, TrialMessage, WorkerMessage } from "./messages.js";

type Post = (message: WorkerMessage) => void;

function run(start: StartMessage, post: Post): void {
  post({ kind: "alive" });
  const control = new Control(new MemoryView(start.memory), Layout.of(start.module));
  let exports: object = {};
  try {
    control.fix();
    const engine = instantiateEngine(start.module, start.memory);
    exports = engine;
    engine.cpuStart(start.cpu);
    post({ kind: "ready" });
    engine.cpuRun();
    post({ kind: "stopped", counts: countsOf(exports) });
  } catch (error) {
    // A CPU that waits for another one when the host stops all of them leaves by a trap. That is not a crash.
    if (control.stopAsked) {
      post({ kind: "stopped", counts: countsOf(exports) });
      return;
    }
    control.stopForCrash(start.cpu);
    post({ kind: "crashed", message: textOf(error), counts: countsOf(exports) });
  }
}

async function tryIt({ module, size }: TrialMessage, post: Post): Promise<void> {
  post({ kind: "alive" });
  try {
    await boot({ ...size, module });
    post({ kind: "ready" });
  } catch (error) {
    post({ kind: "crashed", message: textOf(error) });
  }
}

async function take(message: StartMessage | TrialMessage, post: Post): Promise<void> {
  if (message.kind === "trial") await tryIt(message, post);
  else run(message, post);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

if (isNode) {
  const port = builtin("node:worker_threads").parentPort;
  port?.once("message", (message) => take(message, (answer) => port.postMessage(answer)));
} else {
  self.addEventListener(
    "message",
    async (event: MessageEvent<StartMessage | TrialMessage>) => {
      try {
        await take(event.data, (answer) => self.postMessage(answer));
      } finally {
        self.close();
      }
    },
    { once: true },
  );
}
