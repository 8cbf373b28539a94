/** Many engines in a few threads: which thread compiles what, and what a failure leaves behind. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { BuildError, compileAll, compileEngine, compileInThread } from "../../dist/build/index.js";
import { ended, until } from "../support/patience.js";
import { makeProject, removeProject, writeFiles } from "../support/project.js";
import { WHOLE } from "../support/sample.js";

let root: string;
beforeAll(async () => {
  root = await makeProject();
});
afterAll(() => removeProject(root));
afterEach(() => vi.restoreAllMocks());

/** Notes the threads that get tasks, one entry a task. */
function watchTasks(): Worker[] {
  const { postMessage } = Worker.prototype;
  const threads: Worker[] = [];
  vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, ...args) {
    threads.push(this);
    return postMessage.apply(this, args);
  });
  return threads;
}

// Seven compilations, of which the tests below make some too.
test.runIf(WHOLE)("one thread compiles one after another, as a fresh one would", async () => {
  const threads = watchTasks();
  const terminate = vi.spyOn(Worker.prototype, "terminate");
  const sources = [{ root, target: "model" }, { root, target: "checked" }, { root }];
  const engines = await Promise.all(compileAll(sources, { workers: 1 }));
  expect(threads).toHaveLength(3);
  expect(new Set(threads).size).toBe(1);
  // The thread waits for whoever compiles next.
  expect(terminate).not.toHaveBeenCalled();
  await compileInThread({ root });
  expect(new Set(threads).size).toBe(1);
  for (const [i, source] of sources.entries()) expect(engines[i]).toEqual(await compileEngine(source));
});

test("a failure rejects its own promise only, and its thread compiles nothing more", async () => {
  const threads = watchTasks();
  const broken = await writeFiles(join(root, "broken"), { "layout.ts": "export const CTL: u32 = nothing;" });
  const [first, second, third] = await Promise.allSettled(
    compileAll([{ root }, { root, overlays: [broken] }, { root }], { workers: 1 }),
  );
  expect(second).toMatchObject({ status: "rejected", reason: expect.any(BuildError) });
  expect(second).toMatchObject({ reason: { message: expect.stringContaining(join(broken, "layout.ts")) } });
  expect(third).toEqual(first);
  expect(threads.map((thread) => threads.indexOf(thread))).toEqual([0, 0, 2]);
});

test("no more threads than asked for, of which one stays, and none for what is in the cache", async () => {
  const threads = watchTasks();
  const terminate = vi.spyOn(Worker.prototype, "terminate");
  const sources = [{ root }, { root, target: "checked" }, { root, target: "model" }];
  const options = { workers: 2, cache: join(root, "cache") };
  const compiled = await Promise.all(compileAll(sources, options));
  expect(new Set(threads).size).toBe(2);
  await until("the other thread is ended", () => terminate.mock.calls.length > 0);
  expect(terminate).toHaveBeenCalledTimes(1);
  threads.length = 0;
  const cached = await Promise.all(compileAll(sources, options));
  expect(cached).toEqual(compiled);
  expect(threads).toEqual([]);
});

test("a thread that waits keeps no process alive", async () => {
  const build = new URL("../../dist/build/index.js", import.meta.url).href;
  const source = `
    import { Worker } from "node:worker_threads";
    import { compileInThread } from ${JSON.stringify(build)};
    const { terminate } = Worker.prototype;
    let ended = 0;
    Worker.prototype.terminate = function () { ended++; return terminate.call(this); };
    await compileInThread({ root: ${JSON.stringify(root)} });
    process.on("exit", () => console.log("ended before the process:", ended));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source]);
  expect(await ended(child, "a process that compiles")).toMatchObject({
    ...{ code: 0, stdout: "ended before the process: 0\n", stderr: "" },
  });
});
