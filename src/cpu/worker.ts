/**
 * Entry of a worker thread that is one CPU. It gets the compiled engine and the shared memory, says that it
 * is ready, and then stays inside the engine's run loop until it is asked to stop. While it is in there
 * its event loop does not turn: everything goes through the shared memory.
 */
import { Layout } from "../engine/layout.js";
import { instantiateEngine } from "../engine/loader.js";
import { MemoryView } from "../engine/memory.js";
import { Control } from "./control.js";
import type { StartMessage, WorkerMessage } from "./messages.js";
import { builtin, isNode } from "./platform.js";

function run(start: StartMessage, post: (message: WorkerMessage) => void): void {
  const control = new Control(new MemoryView(start.memory), Layout.of(start.module));
  try {
    const engine = instantiateEngine(start.module, start.memory);
    engine.cpuStart(start.cpu);
    post({ kind: "ready" });
    engine.cpuRun();
    post({ kind: "stopped" });
  } catch (error) {
    // Whoever waits for another CPU when all are asked to stop leaves by a trap: that is no crash.
    if (control.stopAsked) {
      post({ kind: "stopped" });
      return;
    }
    control.stopForCrash(start.cpu);
    post({ kind: "crashed", message: error instanceof Error ? error.message : String(error) });
  }
}

if (isNode) {
  const port = builtin("node:worker_threads").parentPort;
  port?.once("message", (start: StartMessage) => run(start, (message) => port.postMessage(message)));
} else {
  self.addEventListener(
    "message",
    (event: MessageEvent<StartMessage>) => {
      run(event.data, (message) => self.postMessage(message));
      self.close();
    },
    { once: true },
  );
}
