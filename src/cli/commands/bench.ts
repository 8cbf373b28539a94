/** `rmap bench`: how fast this is, here and now. */

import type { BenchResult } from "../../bench/result.js";
import { benchNames, runBench } from "../../bench/suite.js";
import { nearest } from "../../build/nearest.js";
import { UsageError } from "../../errors.js";
import { toJson } from "../../report/json.js";
import { short } from "../../report/numbers.js";
import { table } from "../../report/table.js";
import type { Command } from "../command.js";
import { parseList } from "../size.js";
import { writeResult } from "../terminal.js";

export const bench: Command = {
  usage: "bench [...names]",
  summary: "Measure speed; without names everything",
  options: [
    ["--cpus <list>", "Counts of CPUs for the rows that scale (default: 1,2)"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: ["bench", "bench fault-unmap calibrate --cpus 1,2,4 --json"],
  async run(names, options, context) {
    const known = benchNames();
    for (const name of names.filter((candidate) => !known.includes(candidate))) {
      const [near] = nearest(name, known, 1);
      throw new UsageError(
        `there is no benchmark "${name}"`,
        `did you mean "${near}"? There are ${known.join(", ")}`,
      );
    }
    const { cpus: given = "1,2" } = options;
    const cpus = parseList("--cpus", given, 1, 63);
    const result = await runBench({ names, cpus, onStep: (what) => context.progress.say(what) });
    context.progress.clear();
    await writeResult(context.json ? toJson(result, 2) : benchText(result));
    return 0;
  },
};

function benchText({ machine, rows, ratios }: BenchResult): string {
  const body = rows.map(({ name, engine, cpus, opsPerSecond, nsPerOp }) => [
    name,
    engine,
    String(cpus),
    `${short(opsPerSecond)}/s`,
    `${nsPerOp < 100 ? nsPerOp.toFixed(1) : nsPerOp.toFixed(0)} ns`,
  ]);
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`,
    table(["row", "engine", "CPUs", "operations", "one on a CPU"], body),
  ];
  const compared = Object.entries(ratios).map(([name, value]) => [name, value.toFixed(2)]);
  if (compared.length > 0) parts.push(table(["ratio", ""], compared));
  return parts.join("\n\n");
}
