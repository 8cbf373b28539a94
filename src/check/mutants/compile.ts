/** Compiles mutants: many at once behind a switch, or one alone to see whether it is another engine at all. */

import { readFile } from "node:fs/promises";
import { readInput } from "../../build/engine.js";
import type { EngineInput } from "../../build/engine-input.js";
import { BuildError } from "../../build/index.js";
import { giveBack, takeThread } from "../../build/kept-thread.js";
import type { SourceFile } from "../../build/sources.js";
import { type Mutant, mutate } from "./mutant.js";
import { dealOut, type Numbered, type Schema, SWITCH, SWITCH_FILE, SWITCH_TEXT, schemaOf } from "./schema.js";

/** Mutants that were compiled together. */
interface CompiledBatch {
  readonly mutants: readonly Numbered[];
  readonly wasm: Uint8Array;
}

/** What came of compiling. */
export interface CompiledMutants {
  readonly batches: readonly CompiledBatch[];
  /** Those that are no program: the compiler's words. */
  readonly broken: ReadonlyMap<Mutant, string>;
}

/**
 * Compiles all of them for a target, as few times as possible. Each keeps its number. Throws BuildError when an error is no
 * mutant's.
 */
export async function compileMutants(
  mutants: readonly Numbered[],
  target: "checked" | "model",
  onProgress: (compiled: number, of: number) => void = () => {},
): Promise<CompiledMutants> {
  const input = await readInput({ target });
  const broken = new Map<Mutant, string>();
  const batches: CompiledBatch[] = [];
  const dealt = dealOut(mutants);
  let [done, all] = [0, dealt.length];
  onProgress(done, all);
  for (const batch of dealt) {
    let left = batch;
    for (;;) {
      const schemas = schemasOf(input, left);
      try {
        batches.push({ mutants: left, wasm: await compile(withSchemas(input, schemas)) });
        onProgress(++done, all);
        break;
      } catch (error) {
        const wrong = blame(error, schemas);
        const culprits = left.filter(({ number }) => wrong.has(number));
        if (culprits.length === 0) throw error;
        for (const { number, mutant } of culprits) broken.set(mutant, wrong.get(number) ?? "");
        left = left.filter((one) => !culprits.includes(one));
        onProgress(done, ++all);
      }
    }
  }
  return { batches, broken };
}

/** By file. */
type Schemas = ReadonlyMap<string, Schema>;

function schemasOf({ sources }: EngineInput, mutants: readonly Numbered[]): Schemas {
  const files = new Set(mutants.map(({ mutant }) => mutant.file));
  return new Map(
    [...files].map((file) => {
      const own = mutants.filter(({ mutant }) => mutant.file === file);
      return [file, schemaOf(sources.get(file)?.text ?? "", own)];
    }),
  );
}

function withSchemas(input: EngineInput, schemas: Schemas): EngineInput {
  const sources = new Map<string, SourceFile>(input.sources);
  for (const [path, { text }] of schemas) sources.set(path, { file: path, text });
  sources.set(SWITCH_FILE, { file: SWITCH_FILE, text: SWITCH_TEXT });
  const index = sources.get("index.ts");
  const text = `export { ${SWITCH} } from "./arch/mutant"; ${index?.text ?? ""}`;
  sources.set("index.ts", { file: index?.file ?? "index.ts", text });
  return { ...input, sources, covered: [...schemas.keys()].map((path) => ({ path })) };
}

async function compile(input: EngineInput): Promise<Uint8Array> {
  const thread = takeThread();
  try {
    return (await thread.compile({ input, text: false })).wasm;
  } finally {
    giveBack(thread);
  }
}

/** The mutants in whose text the compiler's errors stand, with the errors; else those that lie nearest around. */
function blame(error: unknown, schemas: Schemas): Map<number, string> {
  const found = new Map<number, string>();
  if (!(error instanceof BuildError)) return found;
  for (const { file, line, column, message } of error.diagnostics) {
    const schema = schemas.get(file);
    if (schema === undefined) continue;
    const lines = schema.text.split("\n").slice(0, line - 1);
    const offset = lines.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    const around = schema.places.filter(({ start, end }) => start <= offset && offset < end);
    const nearest = around.at(-1);
    if (nearest !== undefined) found.set(nearest.number, message);
  }
  return found;
}

/** Tells mutants that are the very same engine from others, by the finished module of the release build. */
export class Equality {
  readonly #input: Promise<EngineInput>;
  readonly #mainline = readFile(new URL("../../engine.wasm", import.meta.url));

  constructor() {
    this.#input = readInput({ target: "release" });
    this.#mainline.catch(() => {});
  }

  /** Whether the optimised engine with this mutant is the package's, byte for byte. */
  async isSame(mutant: Mutant): Promise<boolean> {
    const input = await this.#input;
    const same = await this.#mainline;
    const sources = new Map<string, SourceFile>(input.sources);
    const text = mutate(sources.get(mutant.file)?.text ?? "", mutant);
    sources.set(mutant.file, { file: mutant.file, text });
    return Buffer.compare(same, await compile({ ...input, sources })) === 0;
  }
}
