/**
 * The plain model as a peer: it shows what the same rules cost in ordinary TypeScript. The tests compare the engine
 * with it. The package does not contain it, so only a checkout with development tools can measure it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../build/engine.js";
import type { Operation } from "../ops/operation.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

const PAGES = 512;

/** The part of model/ that is used. */
interface Model {
  run(operations: readonly Operation[]): readonly unknown[];
}
interface ModelModule {
  readonly Model: new () => Model;
}

/** What a row does on the model: once at the start, then before, in and after the timed part of each round. */
interface Script {
  readonly once: readonly Operation[];
  readonly before?: readonly Operation[];
  readonly timed: readonly Operation[];
  readonly after?: readonly Operation[];
  readonly operations: number;
}

const map = (pages: number): Operation => ({
  kind: "mmap",
  process: 0,
  page: 0,
  pages,
  prot: "rw",
  shared: false,
  backing: "anon",
  stack: false,
});
const touch = (pages: number, write = true, process = 0): Operation => ({
  kind: "touch",
  process,
  page: 0,
  pages,
  write,
});
const unmap: Operation = {
  kind: "madvise",
  process: 0,
  page: 0,
  pages: PAGES,
  advice: "dontneed",
} as Operation;
const fork: Operation = { kind: "fork", process: 0, child: 1 } as Operation;
const exit: Operation = { kind: "exit", process: 1 } as Operation;

const forkScript = (pages: number): Script => ({
  once: [map(pages), touch(pages)],
  timed: [fork],
  after: [exit],
  operations: 1,
});

const SCRIPTS: Readonly<Record<string, Script>> = {
  fault: { once: [map(PAGES)], timed: [touch(PAGES)], after: [unmap], operations: PAGES },
  "fault-zero": { once: [map(PAGES)], timed: [touch(PAGES, false)], after: [unmap], operations: PAGES },
  "fault-unmap": { once: [map(PAGES)], timed: [touch(PAGES), unmap], operations: PAGES },
  "cow-break": {
    once: [map(PAGES), touch(PAGES)],
    before: [fork],
    timed: [touch(PAGES)],
    after: [exit],
    operations: PAGES,
  },
  "cow-reuse": {
    once: [map(PAGES), touch(PAGES)],
    before: [fork, exit],
    timed: [touch(PAGES)],
    operations: PAGES,
  },
  "fork-1m": forkScript(256),
  "fork-10m": forkScript(2560),
  "fork-100m": forkScript(25600),
};

let loaded: Promise<ModelModule | string> | undefined;

/** The row on the model, or why there is none. */
export async function modelSubject(name: string): Promise<Subject | string> {
  const script = SCRIPTS[name];
  if (!script) return "the model's scripts cannot express it";
  loaded ??= loadModel();
  const module = await loaded;
  if (typeof module === "string") return module;
  const model = new module.Model();
  model.run(script.once);
  const { before = [], timed, after = [], operations } = script;
  return {
    engine: "model",
    cpus: 1,
    async measure(seconds) {
      let rounds = 0;
      let spent = 0;
      for (; rounds === 0 || spent < seconds * 1000; rounds++) {
        model.run(before);
        const start = performance.now();
        model.run(timed);
        spent += performance.now() - start;
        model.run(after);
      }
      return rateOf(rounds * operations, spent / 1000);
    },
    dispose: async () => {},
  };
}

/** Bundles the model, which is TypeScript, and imports it. */
async function loadModel(): Promise<ModelModule | string> {
  const entry = join(packageRoot(), "model/model.ts");
  if (!existsSync(entry)) return "the model is in the repository only, with the tests";
  const esbuild = await import("esbuild").catch(() => undefined);
  if (!esbuild) return "the model is TypeScript, and esbuild is not installed";
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  const text = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return (await import(`data:text/javascript;base64,${text}`)) as ModelModule;
}
