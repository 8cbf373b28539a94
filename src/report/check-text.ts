/** The verdict of a check as text, and as test cases. */

import type { CheckResult } from "../check/check.js";
import { count } from "../text/numbers.js";
import type { Paint } from "../text/paint.js";
import { changedLines } from "./changed-text.js";
import type { JunitCase } from "./junit.js";

/** What a terminal shows. */
export function checkText(result: CheckResult, paint: Paint): string {
  const { changed, answers, catalogue, programs, executions, seconds, verdict, found, notExercised } = result;
  const lines = [
    ...changedLines(changed),
    `answers      ${answers.agree} of ${answers.cases} scripts as Linux answered them`,
    ...mainlineLines(answers.mainline),
    ...(catalogue === null
      ? []
      : [
          `known races  ${catalogue.tried} of ${catalogue.races} tried; ${catalogue.explored} met the change and were explored; ${catalogue.stressed} ran on worker CPUs`,
        ]),
    `made up      ${count(programs.generated - programs.races)} programs and ${count(programs.races)} races; ${count(executions)} executions in ${seconds.toFixed(1)} s`,
  ];
  for (const { invariant, message } of result.mainline)
    lines.push(
      `engine       not the folder's, because the engine as it is shows it too: ${invariant}, ${message}`,
    );
  const name = paint("bold", verdict);
  if (found !== null) {
    lines.push(`verdict      ${name}: ${found.invariant}`, "", `  ${found.message}`);
    if (found.race !== null)
      lines.push("", `${raceHead(found)}; keep it as NAME.race:`, "", ...found.race.trimEnd().split("\n"));
    lines.push("", ...againLines(result, found));
  } else if (verdict === "not exercised") {
    lines.push(`verdict      ${name}: ${notExercised.join(", ")} never ran`);
  } else if (verdict === "interrupted") {
    lines.push(`verdict      ${name}: nothing was found so far`);
  } else lines.push(`verdict      ${name}`);
  return lines.join("\n");
}

/** A made-up program is written as a race too. There exploration may come to another end. */
function isShownByRace({ by, invariant, replay }: NonNullable<CheckResult["found"]>): boolean {
  return by !== "programs" || replay !== null || invariant === "HANG";
}

function raceHead(found: NonNullable<CheckResult["found"]>): string {
  return isShownByRace(found) ? "A race that shows it" : "The program, as a race";
}

/** How to see a finding again. */
function againLines({ folder, seed }: CheckResult, found: NonNullable<CheckResult["found"]>): string[] {
  const { by, invariant, known, model, race, replay } = found;
  const variant = `--variant ${folder || "mainline"}`;
  const weak = model === undefined ? "" : ` --model ${model}`;
  if (replay !== null) return [`again: rmap explore ./NAME.race ${variant}${weak} --replay "${replay}"`];
  if (by === "stress" && known !== null) return [`again: rmap stress ${known} ${variant}`];
  // Only a thread that somebody else ends can run it.
  if (race !== null && invariant === "HANG") return [`again: rmap stress ./NAME.race ${variant}`];
  if (by === "exploration") return [`again: rmap explore ./NAME.race ${variant}${weak}`];
  const check = `again: rmap check ${folder === "" ? "" : `${folder} `}--seed ${seed}`;
  return by === "programs"
    ? ["The made-up program shows it; exploration of the race does not. The same seed finds it again.", check]
    : [check];
}

/** Made-up programs that end differently on the engine as it is. */
function mainlineLines({ programs, differ, differences }: CheckResult["answers"]["mainline"]): string[] {
  if (programs === 0) return [];
  const lines = [
    `             ${count(differ)} of ${count(programs)} made-up programs answer otherwise than the engine as it is`,
  ];
  for (const { text, program } of differences) {
    lines.push(`             ${text}:`);
    lines.push(
      ...program
        .trimEnd()
        .split("\n")
        .map((line) => `               ${line}`),
    );
  }
  return lines;
}

/** A test case for each changed declaration, and one for the verdict. */
export function junitOf({
  folder,
  changed,
  verdict,
  found,
  notExercised,
  seconds,
}: CheckResult): JunitCase[] {
  const group = folder === "" ? "mainline" : folder;
  const cases = changed.map(({ file, declaration, runs, overlaps }): JunitCase => {
    const idle = notExercised.includes(`${declaration} in ${file}`);
    return {
      ...{ name: `${declaration} in ${file}`, group, seconds: 0 },
      failure: idle ? { message: "never ran", text: `no program reached ${declaration}` } : undefined,
      output: `${count(runs)} runs, ${count(overlaps)} meetings with another CPU`,
    };
  });
  const text = [found?.message, found?.race].filter(Boolean).join("\n\n");
  const failure = found === null ? undefined : { message: found.invariant, text };
  return [...cases, { ...{ name: "verdict", group, seconds }, failure, output: verdict }];
}
