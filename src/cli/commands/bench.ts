/** `rmap bench`: measures the engine on this machine, beside the same work in C and in the kernel. */
import type { BenchResult } from "../../bench/result.js";
import { benchNames, REPEATS, runBench } from "../../bench/suite.js";
import { UsageError } from "../../errors.js";
import { benchText } from "../../report/bench-text.js";
import { toJson } from "../../report/json.js";
import { benchHtml } from "../../report/page/bench.js";
import { loadVariant } from "../../scenario/variant.js";
import { nearOf } from "../../text/nearest.js";
import { plural } from "../../text/numbers.js";
import { shown } from "../../text/words.js";
import type { Command } from "../command.js";
import { runGuarded } from "../guarded.js";
import { checkWritable, writeOutput } from "../output.js";
import { parseInteger, parseList } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

export const bench: Command = {
  usage: "bench [...names]",
  summary: "Measure the speed of the named rows, or of all rows",
  options: [
    ["--cpus <list>", "Numbers of CPUs for the rows that scale (default: 1,2)"],
    ["--repeats <n>", `Repeats of each measurement, in turn with the others (default: ${REPEATS})`],
    [
      "--variant <name>",
      "Also measure this variant (see `rmap variants`), or your own folder, in the same turns: the ratio is `variant/wasm`",
    ],
    ["--no-peers", "Only the engine, without C program, kernel and model"],
    ["--html <file>", "Write the result with plots as one self-contained HTML page"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: [
    "bench",
    "bench fault-unmap calibrate --cpus 1,2,4 --json",
    "bench fault-unmap --variant ./my-idea --no-peers",
  ],
  async run(names, options, context) {
    const known = benchNames();
    for (const name of names.filter((candidate) => !known.includes(candidate))) {
      const near = nearOf(name, known);
      const guess = near === undefined ? "" : `did you mean "${near}"? `;
      throw new UsageError(
        `there is no benchmark "${shown(name)}"`,
        `${guess}the benchmarks are ${known.join(", ")}`,
      );
    }
    const { cpus: given = "1,2", repeats, peers, html, variant } = options;
    const tell = (result: BenchResult) =>
      writeResult(context.json ? toJson(result, 2) : fitted(benchText(result)));
    const plain = {
      names,
      cpus: parseList("--cpus", given, 1, 63),
      ...(repeats !== undefined && { repeats: parseInteger("--repeats", repeats, 1, 1000) }),
      peers: peers !== false,
      ...(variant !== undefined && { variant: await loadVariant(String(variant)) }),
    };
    const listener = {
      onStep: (what: string) => context.progress.say(what),
      onRow: (soFar: BenchResult) => {
        context.done = `${plural(soFar.rows.length, "row")} measured`;
        context.tellSoFar = () => tell(soFar);
      },
    };
    if (html !== undefined) await checkWritable("--html", String(html));
    const result =
      variant === undefined
        ? await runBench({ ...plain, ...listener, using: context.using.bind(context) })
        : await runGuarded({ kind: "bench", options: plain }, context, listener);
    context.progress.clear();
    if (html !== undefined) await writeOutput(String(html), benchHtml(result));
    context.tellSoFar = async () => {};
    await tell(result);
    return 0;
  },
};
