/** A whole replay of a large recording, against what Linux's own `perf script` takes to print it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EnvironmentError } from "../errors.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

const MAIN = fileURLToPath(new URL("../bin/main.js", import.meta.url));
/** First writes to 400,000 pages, in pieces of 64 MiB: each is a fault and a count. */
const PROGRAM =
  "for (let i = 0; i < 25; i++) { const b = new Uint8Array(2 ** 26); for (let at = 0; at < b.length; at += 4096) b[at] = 1; }";
/** Memory of the replay: the pieces wait for the collector of garbage. */
const MEMORY = "4G";
/** What a replay may print, and what an error shows of a command's complaint. */
const MOST = 2 ** 24;
const MOST_SAID = 300;

/**
 * The row `replay-recording`, with `perf script` as what Linux has; or why it cannot be measured here. One operation is one
 * event, the time is the processor's, and the file is in the cache.
 */
export async function recordingSubjects(): Promise<Subject[] | string> {
  const folder = await mkdtemp(join(tmpdir(), "rmap-bench-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, "pages.data");
  try {
    await run(process.execPath, [MAIN, "record", "-o", file, "--", process.execPath, "-e", PROGRAM]);
  } catch (error) {
    await dispose();
    return `no recording can be made here: ${firstLine(error)}`;
  }
  const replay = [process.execPath, MAIN, "replay", file, "--cpus", "1", "--memory", MEMORY, "--json"];
  const { stdout } = await run(replay[0] as string, replay.slice(1));
  const { events } = JSON.parse(stdout) as { events: number };
  const subject = (engine: Subject["engine"], words: readonly string[]): Subject => ({
    engine,
    cpus: 1,
    measure: async () => rateOf(events, await processorSeconds(words)),
    dispose,
  });
  return [subject("wasm", replay), subject("linux", ["perf", "script", "-i", file])];
}

/** The processor's seconds that a command takes, as the kernel counts them for perf. What it prints is lost. */
async function processorSeconds(words: readonly string[]): Promise<number> {
  const child = spawn("perf", ["stat", "-x", ",", "-e", "task-clock", "--", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  await once(child, "close");
  const milliseconds = /^([\d.]+),msec,task-clock/m.exec(stderr)?.[1];
  if (child.exitCode !== 0 || milliseconds === undefined)
    throw new EnvironmentError(`perf stat ${words[0]} fails: ${stderr.slice(0, MOST_SAID)}`);
  return Number(milliseconds) / 1000;
}

async function run(program: string, words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(program, words, { maxBuffer: MOST });
}

function firstLine(error: unknown): string {
  const { stderr = "" } = error as { stderr?: string };
  return (stderr || String(error)).split("\n", 1)[0] as string;
}
