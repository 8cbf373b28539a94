/** Runs a script on the calling thread's CPU, in one build or both, as `rmap run` does on workers. */
import type { Operation } from "../../src/ops/operation.js";
import type { Product } from "./product.js";

/** How a script is run. */
export interface ScriptSettings {
  readonly checked: boolean;
  readonly memory: number;
  readonly swap: number;
}

/** The operations of a script's text. Throws the product's InputError. */
export async function readScript(product: Product, text: Uint8Array, file: string): Promise<Operation[]> {
  const { parseScript } = await product.load("ops/script.js");
  return parseScript(new TextDecoder().decode(text), file);
}

/** The answer to a script, as text. Throws what the product throws. */
export async function answerTo(
  product: Product,
  script: readonly Operation[],
  settings: ScriptSettings,
): Promise<string> {
  const { Engine } = await product.load("index.js");
  const { runScript } = await product.load("script/script.js");
  const { printAnswer } = await product.load("ops/outcome.js");
  const { checked, memory, swap } = settings;
  const engine = await Engine.create({ checked, memory, swap });
  try {
    const onDump = checked ? { onDump: () => void engine.check() } : {};
    const answer = await runScript(engine, script, onDump);
    if (checked) engine.check();
    return printAnswer(answer);
  } finally {
    await engine.dispose();
  }
}

/** False for scripts that reclaim pages: docs/ops.md leaves out which ones, for they depend on how many CPUs there are. */
export function isPromised(script: readonly Operation[]): boolean {
  return script.every((op) => op.kind !== "reclaim" && !(op.kind === "madvise" && op.advice === "pageout"));
}
