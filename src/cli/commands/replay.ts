/** `rmap replay`: runs the memory operations of a recorded program and compares the page counts with the kernel's. */
import { open, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { UsageError } from "../../errors.js";
import { type RecorderFigures, traceToOps } from "../../replay/index.js";
import { toJson } from "../../report/json.js";
import { hasLeaks } from "../../report/replay.js";
import { replayText } from "../../report/replay-text.js";
import { count } from "../../text/numbers.js";
import { recordedCpus, traceFile } from "../../trace/index.js";
import { loadModule } from "../../wasm/module.js";
import type { Command, RawOptions } from "../command.js";
import type { Context } from "../context.js";
import { type ReplaySettings, runReplay } from "../fresh-replay.js";
import { foreignEngine, runGuarded } from "../guarded.js";
import { inputName, STDIN } from "../input.js";
import { memoryOptions, parseMemory } from "../memory.js";
import { checkOutputs, checkWritable, OutputFile, writeOutput } from "../output.js";
import { parseInteger } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

/** Bytes of page frames by default. */
export const DEFAULT_MEMORY = 512 * 2 ** 20;

export const replay: Command = {
  usage: "replay <trace>",
  summary:
    "Replay what `rmap record` or perf recorded, or the text of `perf script`, plain or gzip; - reads stdin",
  options: [
    [
      "--cpus <n>",
      "Number of CPUs, each a worker thread but for a single one (default: 1 for a recording of less than 1 MiB, or of 128 KiB as gzip; otherwise as in the trace, at most this machine's cores)",
    ],
    ...memoryOptions("512M", "; adds one more thread, kswapd"),
    ["--checked", "Use the checked build, and check all invariants at the end"],
    [
      "--variant <name>",
      "Replay in this variant (see `rmap variants`), or in your own folder: give its path",
    ],
    ["--to-ops <file>", "Write the operations as a script instead of running them; - writes to stdout"],
    ["--html <file>", "Write what the program did as one self-contained HTML page"],
    ["--chrome-trace <file>", "Write the faults and counts as a trace that Perfetto opens"],
    ["--json", "Print the report as one JSON object"],
  ],
  examples: [
    "replay traces/redis.perf.txt.gz",
    "replay traces/redis.perf.txt.gz --html redis.html",
    "replay trace.txt --cpus 2 --checked --json",
    "replay traces/bash.perf.txt.gz --variant ./my-idea",
  ],
  async run([path = STDIN], options, context) {
    const { toOps, variant } = options;
    if (toOps !== undefined) return writeOps(path, String(toOps), options, context);
    const { html, chromeTrace: trace } = options;
    await checkOutputs(
      [
        ["--html", html],
        ["--chrome-trace", trace],
      ],
      [path],
    );
    // It compiles while we read the trace's beginning. Its error comes after those of the options.
    const own = variant === undefined ? loadModule({ checked: options["checked"] === true }) : undefined;
    own?.catch(() => {});
    const given = { ...(await settings(path, options)), faults: trace !== undefined };
    const foreign = await foreignEngine(variant, given.checked ? "checked" : "release", context);
    const module = await own;
    const { result, recorded } =
      foreign === undefined
        ? await runReplay({ ...given, ...(module && { module }) }, context)
        : await runGuarded({ kind: "replay", settings: { ...given, variant: foreign } }, context);
    context.progress.clear();
    if (html !== undefined) {
      const { replayPage } = await import("../../report/page/replay.js");
      await writeOutput(String(html), replayPage(result, recorded, inputName(path)));
    }
    if (trace !== undefined) await writeTrace(String(trace), recorded, path, context);
    await writeResult(
      context.json ? toJson(result, 2) : fitted(replayText(result, inputName(path), context.paint)),
    );
    return hasLeaks(result.leaks) || result.invariants.violations > 0 ? 1 : 0;
  },
};

/** Writes the trace of events, piece by piece. */
async function writeTrace(
  target: string,
  recorded: RecorderFigures,
  path: string,
  context: Context,
): Promise<void> {
  const { chromeTrace } = await import("../../report/chrome-trace.js");
  await context.using(await OutputFile.open(target), async (file) => {
    for (const piece of chromeTrace(recorded, inputName(path))) await file.write(piece);
    await file.commit();
  });
  const { total = 0, times } = recorded.faults ?? {};
  const kept = times?.length ?? 0;
  if (kept < total) context.note(`the trace has the first ${count(kept)} of ${count(total)} faults`);
}

/**
 * As many CPUs as the trace was recorded on, at most those of this machine; one for a small recording. We cannot read stdin
 * or a pipe twice.
 */
export async function defaultCpus(path: string): Promise<number> {
  const cores = availableParallelism();
  const found = path === STDIN ? undefined : await stat(path).catch(() => undefined);
  if (!found?.isFile()) return Math.min(8, cores);
  if (await isSmall(path, found.size)) return 1;
  return recordedCpus(traceFile(path), Math.min(cores, 63));
}

/** Bytes of a recording, and of one that gzip has packed, below which a thread takes longer to start than it helps. */
const SMALL = 2 ** 20;
const SMALL_PACKED = 2 ** 17;

/** Whether the file is a small recording. An empty or unreadable one is not: those who read it say what is wrong. */
async function isSmall(path: string, bytes: number): Promise<boolean> {
  if (bytes >= SMALL || bytes === 0) return false;
  if (bytes < SMALL_PACKED) return true;
  const file = await open(path).catch(() => undefined);
  try {
    const { buffer } = (await file?.read(Buffer.alloc(2), 0, 2, 0)) ?? {};
    return buffer !== undefined && !(buffer[0] === 0x1f && buffer[1] === 0x8b);
  } catch {
    return false;
  } finally {
    await file?.close();
  }
}

async function settings(path: string, options: RawOptions): Promise<Omit<ReplaySettings, "faults">> {
  const { cpus, checked } = options;
  const memory = parseMemory(options, DEFAULT_MEMORY);
  return {
    path,
    ...memory,
    checked: checked === true,
    // This comes last because it may read the file: errors in the options come first.
    cpus:
      cpus === undefined
        ? await defaultCpus(path)
        : parseInteger("--cpus", cpus, 1, memory.limited ? 62 : 63),
  };
}

async function writeOps(
  path: string,
  target: string,
  options: RawOptions,
  context: Context,
): Promise<number> {
  if (context.json) throw new UsageError("--to-ops writes a script, not JSON", "leave out one of the two");
  const { cpus, variant } = options;
  if (variant !== undefined)
    throw new UsageError("--to-ops runs nothing, so it has no variant", "leave out one of the two");
  for (const [option, given] of [
    ["--html", options["html"]],
    ["--chrome-trace", options["chromeTrace"]],
  ] as const)
    if (given !== undefined)
      throw new UsageError(
        `--to-ops runs nothing, so ${option} has nothing to show`,
        "leave out one of the two",
      );
  const folded = cpus === undefined ? undefined : parseInteger("--cpus", cpus, 1, 63);
  if (target === STDIN) return convert(path, writeResult, folded, context);
  await checkWritable("--to-ops", target, path);
  return context.using(await OutputFile.open(target), async (file) => {
    const code = await convert(path, (text) => file.write(text), folded, context);
    await file.commit();
    return code;
  });
}

/** Reads a trace and writes its operations, piece by piece. */
async function convert(
  path: string,
  write: (text: string) => Promise<void>,
  cpus: number | undefined,
  context: Context,
): Promise<number> {
  const { operations, processes } = await traceToOps(
    traceFile(path),
    async (text) => {
      if (text !== "") await write(text);
    },
    cpus,
  );
  context.note(`${operations} operations of ${processes} processes`);
  return 0;
}
