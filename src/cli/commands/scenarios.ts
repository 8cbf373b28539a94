/**
 * `rmap scenarios`: lists the races that you can run, with their stories. For a named scenario it also prints the
 * operations.
 */

import { readFile } from "node:fs/promises";
import { PAGE_BYTES } from "../../ops/operation.js";
import { printScript } from "../../ops/print.js";
import { toJson } from "../../report/json.js";
import { isOfPackage, loadScenarios } from "../../scenario/catalogue.js";
import type { RaceForm, Scenario } from "../../scenario/race.js";
import { printForms } from "../../scenario/race-print.js";
import { loadVariants, MAINLINE, type Variant } from "../../scenario/variant.js";
import type { Verdict } from "../../scenario/verdict.js";
import type { Paint } from "../../text/paint.js";
import { paragraph } from "../../text/wrap.js";
import type { Command } from "../command.js";
import { chooseRaces } from "../races.js";
import { fitted, writeResult } from "../terminal.js";

export const scenarios: Command = {
  usage: "scenarios [...names]",
  summary: "List the scenarios: the race in each, and the expected result in each variant",
  options: [["--json", "Print them as one JSON object"]],
  examples: ["scenarios", "scenarios first-fault", "scenarios ./my.race"],
  async run(names, _options, context) {
    const [all, variants] = await Promise.all([loadScenarios(), loadVariants()]);
    const others = variants.map(({ name }) => name);
    const chosen = names.length > 0 ? await chooseRaces(all, names, others) : all;
    if (context.json) {
      const list = chosen.map((scenario) => forJson(scenario, variants));
      await writeResult(toJson({ schema: "rmap.scenarios/1", scenarios: list }, 2));
    } else {
      const tell = names.length > 0 ? whole : text;
      const told = await Promise.all(chosen.map((scenario) => tell(scenario, variants, context.paint)));
      await writeResult(fitted(told.join("\n\n")));
    }
    return 0;
  },
};

/** A verdict, and its variant. */
type NamedVerdict = Verdict & { readonly variant: string };

/** The expected result of each variant that has a verdict on a scenario. */
function verdictsOf(scenario: Scenario, variants: readonly Variant[]): NamedVerdict[] {
  if (!isOfPackage(scenario)) return [];
  const { name, notOnMainline } = scenario;
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

/** In a list: the story, and the expected results. */
function text(scenario: Scenario, variants: readonly Variant[], paint: Paint): string {
  const lines = verdictsOf(scenario, variants).map(
    ({ variant, expected }) => `  ${expected.padEnd(17)} ${variant}`,
  );
  return [...head(scenario, paint), ...lines].join("\n");
}

/** For a named scenario: also what its CPUs run, as its file has it, and the reason for each expected result. */
async function whole(scenario: Scenario, variants: readonly Variant[], paint: Paint): Promise<string> {
  const verdicts = verdictsOf(scenario, variants).map(({ variant, expected, by, why }) => {
    const shown = by ? ` (${by.join(", ")})` : "";
    return paragraph(`${expected} in ${variant}${shown}: ${why}`);
  });
  const form = (await formLines(scenario)).map(
    (line) => `    ${/^\S/.test(line) ? paint("bold", line) : line}`,
  );
  return [...head(scenario, paint), ...form, ...verdicts].join("\n");
}

const FORM = /^(boot|repeat|setup|cpu|others|finish|explore)\b/;

/** What the CPUs run, in lines. A file has loops, and says it in fewer lines than there are operations. */
async function formLines(scenario: Scenario): Promise<readonly string[]> {
  const lines = (await readFile(scenario.file, "utf8").catch(() => "")).trimEnd().split(/\r?\n/);
  const first = lines.findIndex((line) => FORM.test(line));
  return first < 0 ? printForms(scenario) : lines.slice(first);
}

/** A race in JSON: its operations as text, its sizes in bytes. */
function forJson(scenario: Scenario, variants: readonly Variant[]) {
  const { stress, explore, ...about } = scenario;
  return {
    ...about,
    ...formForJson(stress),
    ...(explore && { explore: formForJson(explore) }),
    verdicts: verdictsOf(scenario, variants),
  };
}

function formForJson({ boot, repeat, setup, cpus, others, finish }: RaceForm) {
  const { memory, swap, content } = boot;
  return {
    boot: {
      ...(memory !== undefined && { memory: memory * PAGE_BYTES }),
      ...(swap !== undefined && { swap: swap * PAGE_BYTES }),
      ...(content !== undefined && { content }),
    },
    repeat,
    setup: printScript(setup),
    cpus: cpus.map(printScript),
    ...(others && { others: printScript(others) }),
    finish: printScript(finish),
  };
}

function head(scenario: Scenario, paint: Paint): string[] {
  const { name, title, story, source, stress, notOnMainline } = scenario;
  return [
    `${paint("bold", name)}  ${title}`,
    ...(story === "" ? [] : [paragraph(story)]),
    paragraph(`${source === "" ? "" : `From: ${source}. `}${watched(scenario)} CPUs: ${stress.cpus.length}.`),
    ...(notOnMainline === undefined ? [] : [paragraph(`Not on mainline: ${notOnMainline}`)]),
  ];
}

/** What the scenario watches: invariants, or without any, the values that its `expect` operations read. */
function watched({ watch }: Scenario): string {
  return watch.length > 0 ? `Invariants: ${watch.join(", ")}.` : "Watched: the values that `expect` reads.";
}
