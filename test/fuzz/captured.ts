/** Runs the command line's entry in this process, and keeps what it writes. */
import { KEPT, type Outcome } from "./outcome.js";
import type { Product } from "./product.js";

type Write = typeof process.stdout.write;

/** One run of the entry. */
export async function runCaptured(
  product: Product,
  args: readonly string[],
): Promise<Pick<Outcome, "code" | "stdout" | "stderr" | "written">> {
  const { runProgram } = await product.load("cli/program.js");
  const out = new Sink();
  const err = new Sink();
  const writes = [process.stdout.write, process.stderr.write] as const;
  const log = console.info;
  process.stdout.write = out.write as Write;
  process.stderr.write = err.write as Write;
  // The parser of options prints its help so.
  console.info = (...parts) => void out.write(`${parts.join(" ")}\n`);
  try {
    const code = await runProgram(args);
    return { code, stdout: out.text, stderr: err.text, written: out.bytes + err.bytes };
  } finally {
    [process.stdout.write, process.stderr.write] = writes;
    console.info = log;
    // Each run adds a listener for readers that go away; they are of no use here.
    process.stdout.removeAllListeners("error");
    process.stderr.removeAllListeners("error");
  }
}

/** Takes what is written: the beginning as text, the rest as a count. */
class Sink {
  text = "";
  bytes = 0;

  readonly write = (chunk: unknown, ...rest: readonly unknown[]): boolean => {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
    this.bytes += text.length;
    if (this.text.length < KEPT) this.text += text.slice(0, KEPT);
    const done = rest.find((part) => typeof part === "function") as ((error?: Error) => void) | undefined;
    if (done) queueMicrotask(() => done());
    return true;
  };
}
