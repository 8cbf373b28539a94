/** Runs an input on the calling thread: no worker and no process, so that it takes a few milliseconds. */
import { replayDirectly } from "./direct-replay.js";
import { answerTo, readScript } from "./direct-script.js";
import { bytesOfEntry } from "./folder.js";
import type { Input } from "./input.js";
import type { Call } from "./library-input.js";
import { runCalls } from "./library-run.js";
import type { Outcome } from "./outcome.js";
import type { Product } from "./product.js";
import { memoryOf } from "./sizes.js";

/** What a direct run said; the rest of an Outcome is its caller's. */
export type DirectOutcome = Pick<Outcome, "code" | "stdout" | "stderr" | "ran" | "findings">;

/** One input in so many is run by both builds, and the two are compared. */
const BOTH_BUILDS = 3;
/** Bytes of frames where the input says nothing: enough for what the generators make, and quick to check. */
const DIRECT_MEMORY = 24 * 2 ** 20;

/** Runs an input. Its files are not written: they are read from where they were made. */
export async function runDirectly(product: Product, input: Input): Promise<DirectOutcome> {
  const findings: string[] = [];
  let ran = false;
  let stdout = "";
  try {
    const started = () => {
      ran = true;
    };
    const run = { script, answer, trace, library, options: undefined, variant: undefined }[input.kind];
    if (!run) throw new Error(`inputs of the kind ${input.kind} are not run directly`);
    const ended = await run(product, input, findings, started);
    stdout = ended.stdout;
    return { code: ended.code, stdout, stderr: ended.stderr ?? "", ran, findings };
  } catch (error) {
    const { RmapError } = await product.load("errors.js");
    // As the command line does: its own errors have a sentence and an exit code, all others are a mistake.
    if (!(error instanceof RmapError)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { code: 1, stdout, stderr: `rmap: unexpected failure: ${text}\n`, ran, findings };
    }
    const hint = error.hint ? `hint: ${error.hint}\n` : "";
    return { code: error.exitCode, stdout, stderr: `rmap: ${error.message}\n${hint}`, ran, findings };
  }
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr?: string;
}

type Run = (product: Product, input: Input, findings: string[], started: () => void) => Promise<Ended>;

const script: Run = async (product, input, findings, started) => {
  const operations = await readScript(product, bytesOfEntry(input, "script.ops"), "script.ops");
  const { leakedPins, leakedPinsText } = await product.load("ops/pins.js");
  const { memory, swap, limited } = memoryOf(input.args, DIRECT_MEMORY);
  const checked = input.args.includes("--checked");
  started();
  const text = await answerTo(product, operations, { checked, memory, swap });
  if (!limited && swap === 0 && input.index % BOTH_BUILDS === 0) {
    const other = await answerTo(product, operations, { checked: !checked, memory, swap });
    if (other !== text)
      findings.push(
        `the answer differs between the release and the checked build: ${firstChange(text, other)}`,
      );
  }
  const { results } = JSON.parse(text) as { results: (0 | string)[] };
  const leaked = leakedPins(operations, results);
  if (leaked.length === 0) return { code: 0, stdout: text };
  return { code: 1, stdout: text, stderr: `rmap: ${leakedPinsText(leaked)}\n` };
};

const answer: Run = async (product, input, _findings, started) => {
  const { compareAnswers, readRecorded, agreementText, disagreementText, extentOf, locate } =
    await product.load("compare/index.js");
  const { Engine } = await product.load("index.js");
  const { runScript } = await product.load("script/script.js");
  const recorded = readRecorded(new TextDecoder().decode(bytesOfEntry(input, "answer.json")), "answer.json");
  const operations = await readScript(product, bytesOfEntry(input, "script.ops"), "script.ops");
  const checked = input.args.includes("--checked");
  const run = async (lines: typeof operations) => {
    const engine = await Engine.create({ checked });
    try {
      return await runScript(engine, lines);
    } finally {
      await engine.dispose();
    }
  };
  const found = await run(operations);
  started();
  const parted = compareAnswers(recorded, found);
  if (!parted) return { code: 0, stdout: agreementText(recorded.by, extentOf(found)) };
  const place = await locate(operations, parted, (lines) => run([...lines]));
  return { code: 1, stdout: disagreementText("script.ops", recorded.by, "rmap-engine", parted, place) };
};

const trace: Run = async (product, input, findings, started) => {
  const bytes = bytesOfEntry(input, "trace.txt");
  const { memory, swap, limited } = memoryOf(input.args, DIRECT_MEMORY);
  const checked = input.args.includes("--checked");
  const found = await replayDirectly(product, bytes, { checked, memory, swap });
  started();
  if (found.lacking) return { code: 3, stdout: "", stderr: "rmap: no frame was free\n" };
  if (!limited && input.index % BOTH_BUILDS === 0) {
    const other = await replayDirectly(product, bytes, { checked: !checked, memory, swap });
    if (other.contents !== found.contents)
      findings.push("contents differ between the release and the checked build");
    if (other.failed !== found.failed)
      findings.push("refusals differ between the release and the checked build");
  }
  for (const leak of found.leaks) findings.push(`leak of ${leak}`);
  return { code: 0, stdout: found.contents };
};

const library: Run = async (product, input, findings, started) => {
  await product.load("index.js");
  started();
  await runCalls(product, (input.calls ?? []) as readonly Call[], findings);
  return { code: 0, stdout: "" };
};

/** Where two texts part, with some of each. */
export function firstChange(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 30);
  return `"${a.slice(from, at + 40)}" and "${b.slice(from, at + 40)}"`;
}
