/** `rmap scenarios`: the races that can be run, with their stories. */
import { toJson } from "../../report/json.js";
import { paragraph } from "../../report/wrap.js";
import { loadScenarios } from "../../scenario/catalogue.js";
import type { Scenario } from "../../scenario/scenario.js";
import { loadVariants, MAINLINE, type Variant } from "../../scenario/variant.js";
import type { Command } from "../command.js";
import type { Paint } from "../terminal.js";
import { writeResult } from "../terminal.js";

export const scenarios: Command = {
  usage: "scenarios",
  summary: "List the scenarios: the race that each is about, and what is expected in which variant",
  options: [["--json", "Print them as one JSON object"]],
  examples: ["scenarios"],
  async run(_, _options, context) {
    const [all, variants] = await Promise.all([loadScenarios(), loadVariants()]);
    if (context.json) {
      const list = all.map((scenario) => ({ ...scenario, verdicts: verdictsOf(scenario, variants) }));
      await writeResult(toJson({ schema: "rmap.scenarios/1", scenarios: list }, 2));
    } else {
      await writeResult(all.map((scenario) => text(scenario, variants, context.paint)).join("\n\n"));
    }
    return 0;
  },
};

/** What is expected of each variant that has something to say about a scenario. */
function verdictsOf({ name, notOnMainline }: Scenario, variants: readonly Variant[]) {
  const mainline =
    notOnMainline === undefined
      ? [{ variant: MAINLINE.name, expected: "clean" as const, why: "The engine as it is." }]
      : [];
  const others = variants.flatMap((variant) => {
    const verdict = variant.verdicts[name];
    return verdict ? [{ variant: variant.name, ...verdict }] : [];
  });
  return [...mainline, ...others];
}

function text(scenario: Scenario, variants: readonly Variant[], paint: Paint): string {
  const verdicts = verdictsOf(scenario, variants);
  const lines = verdicts.map(({ variant, expected }) => `  ${expected.padEnd(17)} ${variant}`);
  return [
    `${paint("bold", scenario.name)}  ${scenario.title}`,
    paragraph(scenario.story),
    paragraph(`From: ${scenario.source}. ${watched(scenario)} CPUs: ${scenario.cpus.length}.`),
    ...(scenario.notOnMainline === undefined
      ? []
      : [paragraph(`Not on mainline: ${scenario.notOnMainline}`)]),
    ...lines,
  ].join("\n");
}

/** What the scenario is about: invariants, or, without any, what its `expect` operations read. */
function watched({ watch }: Scenario): string {
  return watch.length > 0 ? `Invariants: ${watch.join(", ")}.` : "Watched: what `expect` reads.";
}
