/**
 * `rmap scenarios`: lists the races that you can run, with their stories. For a named scenario it also prints the
 * operations.
 */
import { toJson } from "../../report/json.js";
import { loadScenarios, pickScenarios } from "../../scenario/catalogue.js";
import type { Scenario, Verdict } from "../../scenario/scenario.js";
import { loadVariants, MAINLINE, type Variant } from "../../scenario/variant.js";
import type { Paint } from "../../text/paint.js";
import { paragraph } from "../../text/wrap.js";
import type { Command } from "../command.js";
import { fitted, writeResult } from "../terminal.js";

export const scenarios: Command = {
  usage: "scenarios [...names]",
  summary: "List the scenarios: the race in each, and the expected result in each variant",
  options: [["--json", "Print them as one JSON object"]],
  examples: ["scenarios", "scenarios first-fault"],
  async run(names, _options, context) {
    const [all, variants] = await Promise.all([loadScenarios(), loadVariants()]);
    const others = variants.map(({ name }) => name);
    const chosen = names.length > 0 ? pickScenarios(all, names, others) : all;
    if (context.json) {
      const list = chosen.map((scenario) => ({ ...scenario, verdicts: verdictsOf(scenario, variants) }));
      await writeResult(toJson({ schema: "rmap.scenarios/1", scenarios: list }, 2));
    } else {
      const tell = names.length > 0 ? whole : text;
      await writeResult(
        fitted(chosen.map((scenario) => tell(scenario, variants, context.paint)).join("\n\n")),
      );
    }
    return 0;
  },
};

/** A verdict, and its variant. */
type NamedVerdict = Verdict & { readonly variant: string };

/** The expected result of each variant that has a verdict on a scenario. */
function verdictsOf({ name, notOnMainline }: Scenario, variants: readonly Variant[]): NamedVerdict[] {
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

/** For a named scenario: also the operations of each CPU, and the reason for each expected result. */
function whole(scenario: Scenario, variants: readonly Variant[], paint: Paint): string {
  const { setup, cpus, others, finish, repeat, boot } = scenario;
  const part = (title: string, operations: string | undefined) =>
    operations === undefined || operations.trim() === ""
      ? []
      : [`  ${paint("bold", title)}`, ...operationsOf(operations)];
  const times = repeat === undefined ? "" : `, ${repeat} times a round`;
  const verdicts = verdictsOf(scenario, variants).map(({ variant, expected, by, why }) => {
    const shown = by ? ` (${by.join(", ")})` : "";
    return paragraph(`${expected} in ${variant}${shown}: ${why}`);
  });
  return [
    ...head(scenario, paint),
    ...(boot ? [paragraph(`Machine: ${machineText(boot)}.`)] : []),
    ...part("setup, on CPU 0", setup),
    ...cpus.flatMap((operations, cpu) => part(`CPU ${cpu}${times}`, operations)),
    ...part(`each further CPU${times}`, others),
    ...part("finish, on CPU 0", finish),
    ...verdicts,
  ].join("\n");
}

function head(scenario: Scenario, paint: Paint): string[] {
  const { name, title, story, source, cpus, notOnMainline } = scenario;
  return [
    `${paint("bold", name)}  ${title}`,
    paragraph(story),
    paragraph(`From: ${source}. ${watched(scenario)} CPUs: ${cpus.length}.`),
    ...(notOnMainline === undefined ? [] : [paragraph(`Not on mainline: ${notOnMainline}`)]),
  ];
}

/** A line that repeats more often than this prints once, with a count. */
const OFTEN = 3;

/** The operations of a text. A line that repeats many times in a row appears once, with a count. */
function operationsOf(text: string): string[] {
  const lines = text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const runs: { line: string; count: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.count++;
    else runs.push({ line, count: 1 });
  }
  return runs.flatMap(({ line, count }) =>
    count > OFTEN ? [`    ${line}   (${count} times)`] : Array.from({ length: count }, () => `    ${line}`),
  );
}

function machineText({ memory, swap, content }: NonNullable<Scenario["boot"]>): string {
  return [
    ...(memory === undefined ? [] : [`${memory} B of memory`]),
    ...(swap === undefined ? [] : [`${swap} B of swap`]),
    ...(content === undefined ? [] : [`content ${content}`]),
  ].join(", ");
}

/** What the scenario watches: invariants, or without any, the values that its `expect` operations read. */
function watched({ watch }: Scenario): string {
  return watch.length > 0 ? `Invariants: ${watch.join(", ")}.` : "Watched: the values that `expect` reads.";
}
