/** The thread that compiles: what its time is, and how it is ended. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, expect, it, vi } from "vitest";
import { compileInThread } from "../../dist/build/compile.js";
import { ThreadTime } from "../../dist/build/thread-time.js";
import { until } from "../support/patience.js";
import { makeProject, removeProject, writeFiles } from "../support/project.js";

afterEach(() => vi.restoreAllMocks());

/** Keeps this thread on a core for some milliseconds of the process's time. */
function burn(milliseconds: number): void {
  const begun = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(begun);
    if (user + system >= milliseconds * 1000) return;
  }
}

it.each([true, false])(
  "counts the thread's own time, not that of others (the system counts it: %s)",
  async (counted) => {
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
     let number;
     try { number = require("node:fs").readlinkSync("/proc/thread-self").split("/").at(-1); } catch {}
     parentPort.on("message", () => {
       const end = performance.now() + 300;
       while (performance.now() < end);
       parentPort.postMessage("worked");
     });
     parentPort.postMessage(number);`,
      { eval: true },
    );
    try {
      let worked = false;
      const time = new ThreadTime(worker);
      const number = await new Promise<string | undefined>((resolve) => worker.once("message", resolve));
      if (counted) time.is(number);
      const before = time.milliseconds();
      burn(500);
      const idle = time.milliseconds();
      expect(idle - before).toBeLessThan(250);
      worker.once("message", () => {
        worked = true;
      });
      worker.postMessage("work");
      await until("the worker has worked", () => worked);
      expect(time.milliseconds()).toBeGreaterThan(idle);
    } finally {
      await worker.terminate();
    }
  },
);

it("is ended once, however long it takes to end", async () => {
  const root = await makeProject();
  const folder = await writeFiles(join(root, "mine"), {
    "layout.ts": "function never(): u32 { while (true) {} return 1; }\nexport const CTL: u32 = never();",
  });
  const { terminate } = Worker.prototype;
  let release = () => {};
  const ended = vi.spyOn(Worker.prototype, "terminate").mockImplementation(function (this: Worker) {
    return new Promise((resolve) => {
      release = () => resolve(terminate.call(this));
    });
  });
  const compiling = compileInThread({ root, overlays: [folder] });
  await expect(compiling).rejects.toMatchObject({
    code: "EWATCHDOG",
    message: expect.stringContaining(folder),
  });
  // TIME: further looks would come every 100 ms; that none comes is no event.
  await new Promise((resolve) => setTimeout(resolve, 450));
  expect(ended).toHaveBeenCalledTimes(1);
  release();
  await removeProject(root);
});
