/**
 * The long-lived process that runs inputs, one after the other. What is left of a run that hangs or dies is its parent's
 * business: this process answers a message with an outcome, or not at all.
 */
import { runCaptured } from "./captured.js";
import { type DirectOutcome, firstChange, runDirectly } from "./direct.js";
import { answerTo, isPromised, readScript } from "./direct-script.js";
import { argumentsIn, bytesOfEntry, writeEntries } from "./folder.js";
import type { Input } from "./input.js";
import { KEPT, type Outcome } from "./outcome.js";
import { Product } from "./product.js";

const [root = ".", folder = "."] = process.argv.slice(2);
const product = new Product(root);
let strays: string[] = [];
/** Inputs between two collections: one takes as long as an input. */
const COLLECT_EVERY = 25;
let inputs = 0;

// What nobody has caught would end a program; here it is a finding of the input that runs.
process.on("uncaughtException", (error) => strays.push(`uncaught: ${String(error?.stack ?? error)}`));
process.on("unhandledRejection", (error) =>
  strays.push(`unhandled rejection: ${String((error as Error | undefined)?.stack ?? error)}`),
);

process.on("message", async (input: Input) => {
  strays = [];
  const began = performance.now();
  const before = process.cpuUsage();
  let outcome: DirectOutcome & { readonly written?: number };
  try {
    if (input.way !== "direct") writeEntries(input, folder);
    outcome = await (input.way === "direct" ? runDirectly(product, input) : runProgram(input));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    outcome = {
      code: null,
      stdout: "",
      stderr: text,
      ran: false,
      findings: [`thrown to the caller: ${text}`],
    };
  }
  const { stdout, stderr } = outcome;
  const used = process.cpuUsage(before);
  const answer: Outcome = {
    ...outcome,
    stdout: stdout.slice(0, KEPT),
    stderr: stderr.slice(0, KEPT),
    written: outcome.written ?? stdout.length + stderr.length,
    findings: [...outcome.findings, ...strays],
    milliseconds: performance.now() - began,
    cpu: (used.user + used.system) / 1000,
  };
  // Engines that were disposed of hold their memory until they are collected.
  if (++inputs % COLLECT_EVERY === 0 && process.memoryUsage.rss() > 2 ** 28) globalThis.gc?.();
  process.send?.(answer);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function runProgram(input: Input): Promise<DirectOutcome & { readonly written: number }> {
  const { code, stdout, stderr, written } = await runCaptured(product, argumentsIn(input.args, folder));
  const ran =
    input.args[0] === "scenarios" || input.args[0] === "variants"
      ? code === 0
      : code === 0 || code === 1 || code === 3;
  const findings =
    input.kind === "script" && (code === 0 || code === 1) ? await compareCpus(input, stdout) : [];
  return { code, stdout, stderr, written, ran, findings };
}

/** The answer of worker CPUs beside that of the calling thread's, where they must be the same. */
async function compareCpus(input: Input, stdout: string): Promise<string[]> {
  if (input.args.some((arg) => arg === "--memory" || arg === "--swap")) return [];
  const operations = await readScript(product, bytesOfEntry(input, "script.ops"), "script.ops");
  if (!isPromised(operations) || stdout.length >= KEPT) return [];
  const checked = input.args.includes("--checked");
  const alone = await answerTo(product, operations, { checked, memory: 64 * 2 ** 20, swap: 0 });
  const ours = alone.slice(alone.indexOf('"results"'));
  const theirs = stdout.slice(stdout.indexOf('"results"'));
  return ours === theirs
    ? []
    : [`the answer depends on how many CPUs there are: ${firstChange(ours, theirs)}`];
}
