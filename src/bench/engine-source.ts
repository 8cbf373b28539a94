/** The engines that a row runs on: the engine as it is, and a variant that stands beside it. */
import { join } from "node:path";
import { packageRoot } from "../build/engine.js";
import { EngineCrashError, RmapError } from "../errors.js";
import { modelUrl } from "../explore-files.js";
import { compiledBytes } from "../scenario/compile.js";
import { MAINLINE, type Variant } from "../scenario/variant.js";
import type { ModuleOptions } from "../wasm/module.js";
import { benchEngine } from "./overlay.js";
import type { Subject } from "./subject.js";

/** Builds that rows need: `bench` has the exports that only benchmarks call. */
type BenchBuild = "release" | "bench" | "model";

export interface EngineSource {
  readonly engine: "wasm" | "variant";
  /** The module for a build. Throws what compiling throws. */
  options(build: BenchBuild): Promise<ModuleOptions>;
}

/** The engine as it is. */
export const OWN_ENGINE: EngineSource = { engine: "wasm", options: ownOptions };

async function ownOptions(build: BenchBuild): Promise<ModuleOptions> {
  if (build === "bench") return { wasmBytes: await benchEngine() };
  return build === "model" ? { wasmUrl: modelUrl() } : {};
}

/**
 * The engine of a variant; for mainline the engine as it is once more, so that you see how far apart equal engines come
 * out. Its code runs on the calling thread: the caller must be able to end that.
 */
export function variantEngine(variant: Variant): EngineSource {
  if (variant.layers.length === 0) return { engine: "variant", options: ownOptions };
  const known = new Map<BenchBuild, Promise<Uint8Array<ArrayBuffer>>>();
  const bytes = (build: BenchBuild) => {
    const above = build === "bench" ? [join(packageRoot(), "overlays/bench")] : [];
    const found = known.get(build) ?? compiledBytes(variant, build === "bench" ? "release" : build, above);
    known.set(build, found);
    return found;
  };
  return {
    engine: "variant",
    options: async (build) => ({ wasmBytes: await bytes(build), trusted: true }),
  };
}

/** A variant's subject: what goes wrong in it names the variant, and is no mistake of the benchmark's. */
export function blaming(variant: Variant, subject: Subject): Subject {
  const { latency } = subject;
  return {
    ...{ engine: subject.engine, cpus: subject.cpus },
    measure: (seconds) => blamed(variant, () => subject.measure(seconds)),
    ...(latency && { latency: (seconds: number) => blamed(variant, () => latency(seconds)) }),
    dispose: () => subject.dispose(),
  };
}

/** Runs code of a variant. Throws EngineCrashError for a failure of its code. */
export async function blamed<T>(variant: Variant, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RmapError || variant === MAINLINE) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new EngineCrashError(
      `the benchmark failed in ${variant.name}: ${message}`,
      "`rmap check` may say what is wrong with it",
    );
  }
}
