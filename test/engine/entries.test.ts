/** Wrong calls of the entries beside the main one: typed errors before anything runs, and no thread left. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileAll, compileEngine, compileInThread } from "../../dist/build.js";
import { compileEngine as compileTexts } from "../../dist/build-core.js";
import { explore } from "../../dist/explore.js";
import { Engine, EnvironmentError, UsageError } from "../../dist/index.js";
import { replay } from "../../dist/replay.js";
import { parseRace, parseScript, runScript } from "../../dist/scenarios.js";
import { readTrace, traceBytes, traceFile } from "../../dist/trace.js";
import { until } from "../support/patience.js";
import { engineWith } from "./handles.js";

const RACE =
  "title T\nsetup\n  0 mmap 0 1 rw private anon\ncpu\n  0 write 0 5\ncpu\n  0 write 0 6\nfinish\n  0 read 0\n";
/** A function whose arguments are wrong on purpose. */
type Loose = (...args: readonly unknown[]) => unknown;
const loose = (call: unknown) => call as Loose;
const trace = () => traceFile("traces/bash.perf.txt.gz");
const visitor = { event: () => false };
const NO_SIGNALS = [null, "no", 5, {}];

/** Each wrong call, by a name. */
const CALLS: Readonly<Record<string, () => unknown>> = {
  ...each("explore a race", [5, null, undefined, {}, { name: "x" }], (bad) => loose(explore)(bad)),
  ...each("explore with options", [null, 5, { preemption: 1 }], (bad) => loose(explore)(RACE, bad)),
  ...each("explore with a signal", NO_SIGNALS, (signal) => loose(explore)(RACE, { signal })),
  ...each("explore a module", [null, {}, 5], (module) => loose(explore)(RACE, { module })),
  "explore with progress": () => loose(explore)(RACE, { onProgress: 5 }),
  "explore what is no plain data": () =>
    loose(explore)({ ...parseRace(RACE, { file: "f", name: "n" }), story: () => {} }),
  ...each("replay a trace", ["a.gz", null, undefined, {}, { name: "x" }], (bad) => loose(replay)(bad)),
  ...each("replay with options", [null, 5, { cpu: 1 }, { spaces: 5 }], (bad) => loose(replay)(trace(), bad)),
  ...each("replay with a signal", NO_SIGNALS, (signal) => loose(replay)(trace(), { signal })),
  "replay with progress": () => loose(replay)(trace(), { onProgress: 5 }),
  ...each("read a trace", ["a.gz", null, { name: "x", chunks: 5 }], (bad) => loose(readTrace)(bad, visitor)),
  ...each("read with a visitor", [undefined, null, {}], (bad) => loose(readTrace)(trace(), bad)),
  ...each("read with options", [null, { onchunk: 1 }], (bad) => loose(readTrace)(trace(), visitor, bad)),
  ...each("read with a signal", NO_SIGNALS, (signal) => loose(readTrace)(trace(), visitor, { signal })),
  ...each("a trace of a path", [5, null, undefined], (bad) => loose(traceFile)(bad)),
  ...each("a trace of bytes", [5, null, undefined, new ArrayBuffer(8)], (bad) => loose(traceBytes)(bad)),
  ...each("a script", [5, null, undefined], (bad) => loose(parseScript)(bad)),
  ...each("a race", [5, null], (bad) => loose(parseRace)(bad, { file: "f", name: "n" })),
  ...each("run on an engine", [null, {}], (bad) => loose(runScript)(bad, [])),
  ...each("run operations", [null, "0 exit"], (bad) => withEngine((engine) => loose(runScript)(engine, bad))),
  ...each("run with a signal", NO_SIGNALS, (signal) =>
    withEngine((engine) => loose(runScript)(engine, [], { signal })),
  ),
  "run with an option that is none": () =>
    withEngine((engine) => loose(runScript)(engine, [], { sginal: 1 })),
  ...each("compile", [null, 5, { overlay: [] }, { overlays: "mine" }], (bad) => loose(compileEngine)(bad)),
  ...each("compile in a thread", [null, { overlay: [] }, { overlays: "mine" }], (bad) =>
    loose(compileInThread)(bad),
  ),
  ...each("compile with a signal", NO_SIGNALS, (signal) => loose(compileInThread)({}, { signal })),
  "compile with an option that is none": () => loose(compileInThread)({}, { sginal: 1 }),
  ...each("compile texts", [null, { overlay: [] }, { overlays: "mine" }], (bad) => loose(compileTexts)(bad)),
};

function each<T>(what: string, values: readonly T[], call: (value: T) => unknown) {
  return Object.fromEntries(values.map((value, at) => [`${what} (${at})`, () => call(value)]));
}

async function withEngine(call: (engine: Engine) => unknown): Promise<unknown> {
  return call(await engineWith({ cpus: 0, checked: false, memory: 2 ** 20 }));
}

/** What a call throws, or rejects with. */
async function thrown(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

it.each(Object.entries(CALLS))("%s: UsageError", async (_, call) => {
  const before = threads();
  expect(await thrown(call)).toBeInstanceOf(UsageError);
  await until("its threads to end", () => threads() <= before);
});

/** Worker threads that keep this process alive, as far as Node counts them. */
function threads(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Worker" || name === "MessagePort")
    .length;
}

it("explore rejects with what onProgress throws, and its thread ends", async () => {
  const why = new Error("mine");
  const long = explore(RACE, {
    strategy: "random",
    executions: 2 ** 30,
    onProgress: () => {
      throw why;
    },
  });
  await expect(long).rejects.toBe(why);
});

it("compileAll stops with its signal", async () => {
  const why = new Error("enough");
  const [one, two] = compileAll([{}, {}], { signal: AbortSignal.abort(why), workers: 1 });
  await expect(one).rejects.toBe(why);
  await expect(two).rejects.toBe(why);
});

describe("where nothing comes", () => {
  const why = new Error("enough");
  let caller = new AbortController();
  /** A signal that whoever is asked in vain aborts. */
  const signal = () => {
    caller = new AbortController();
    return caller.signal;
  };
  const asked = () => caller.abort(why);

  /** It takes calls and never answers. */
  let silent: Server;
  let url = "";
  beforeAll(async () => {
    silent = createServer(asked);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/engine.wasm`;
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  const never = () => {
    queueMicrotask(asked);
    return new Promise<never>(() => {});
  };
  const NEVER = {
    name: "never",
    chunks: { [Symbol.asyncIterator]: () => ({ next: never }) },
  };

  it.each([
    ["Engine.create", () => Engine.create({ wasmUrl: url, signal: signal() })],
    [
      "Engine.create of a trusted file",
      () => Engine.create({ wasmUrl: url, trusted: true, signal: signal() }),
    ],
    ["Engine.create of a response", () => Engine.create({ wasmResponse: fetch(url), signal: signal() })],
    ["replay", () => replay(NEVER, { signal: signal() })],
    ["readTrace", () => readTrace(NEVER, visitor, { signal: signal() })],
  ])("a signal ends %s", async (_, call) => {
    await expect(call()).rejects.toBe(why);
  });

  it("a signal ends the trial of a module", async () => {
    const started: string[] = [];
    const threads = (name: string) => {
      started.push(name);
      return { post: asked, terminate: async () => void started.push("ended") };
    };
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    await expect(Engine.create({ module, threads, signal: signal() })).rejects.toBe(why);
    expect(started).toEqual(["rmap-trial", "ended"]);
  });
});

describe("a response", () => {
  it("that does not come, or ends early, is an EnvironmentError", async () => {
    const cut = new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.of(0, 97, 115));
        controller.error(new TypeError("cut"));
      },
    });
    for (const wasmResponse of [Promise.reject(new TypeError("lost")), new Response(cut)])
      await expect(Engine.create({ wasmResponse })).rejects.toBeInstanceOf(EnvironmentError);
  });

  it("that has been read is a UsageError", async () => {
    const wasmResponse = new Response("abc");
    await wasmResponse.text();
    await expect(Engine.create({ wasmResponse })).rejects.toThrow(/has been read already/);
  });
});

it.each(NO_SIGNALS.slice(1))("sizes are checked before a foreign module is tried (%s)", async (bad) => {
  const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const memory = (typeof bad === "number" ? () => 1 : bad) as number;
  const none = () => {
    throw new Error("a thread was started");
  };
  await expect(Engine.create({ module, memory, threads: none })).rejects.toThrow(
    /^memory must be a whole number of bytes/,
  );
});
