/** The view machine against the axioms, over a collection of tests that is no part of this project: `RMAP_LITMUS` names it. */
import { expect, it } from "vitest";
import { litmusFiles } from "../../dist/cli/litmus-files.js";
import { notInOrder } from "../../dist/lkmm/in-order.js";
import { UnsupportedError } from "../../dist/lkmm/lexer.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { VIEW_MODELS } from "../../dist/views/rules.js";
import { compared } from "./machine.js";

const collection = process.env["RMAP_LITMUS"];

it.skipIf(collection === undefined).each(VIEW_MODELS)(
  `%s: the machine has the states of the axioms for ${collection ?? "a collection: set RMAP_LITMUS to its path"}`,
  async (model) => {
    const counts = { agree: 0, "load buffering": 0, "false alarm": 0, missed: 0, "too large": 0, left: 0 };
    const wrong: string[] = [];
    for (const { file, text } of await litmusFiles([collection ?? ""])) {
      if (isLeftOut(text, file)) {
        counts.left++;
        continue;
      }
      const { kind } = isTooWide(text, file)
        ? { kind: "too large" as const }
        : compared(text, model, [], file);
      counts[kind]++;
      if (kind === "false alarm" || kind === "missed") wrong.push(`${file}: ${kind}`);
    }
    console.log(model, counts);
    expect(wrong).toEqual([]);
    expect(counts.agree).toBeGreaterThan(0);
  },
  600_000,
);

/** With grace periods and more processes than this the executions of the axioms take minutes. */
const MOST_PROCESSES = 5;

function isTooWide(text: string, file: string): boolean {
  return parseLitmus(text, file).processes.length > MOST_PROCESSES && text.includes("synchronize_rcu");
}

/** True for a test that the machine does not run. */
function isLeftOut(text: string, file: string): boolean {
  try {
    return notInOrder(parseLitmus(text, file)) !== undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return true;
    throw error;
  }
}
