/** Joins the shards of a check into the verdict of all of them. */

import { verdictFor } from "../check/changed.js";
import type { CheckResult } from "../check/check.js";
import { changedIn } from "./changed-text.js";
import { shardsOf } from "./merge.js";
import { headIn, type Reader, type RunHead } from "./run-file.js";

/** The `schema` of a check. */
export const CHECK_SCHEMA = "rmap.check/1";

/** A shard of a check as its file tells it. */
export interface CheckFile {
  readonly file: string;
  readonly schema: string;
  readonly head: RunHead;
  readonly interrupted: boolean;
  readonly result: CheckResult;
}

/** Reads a shard. Throws InputError with the place of what is not as expected. */
export function checkIn(root: Reader, file: string): CheckFile {
  const schema = root.get("schema").text();
  const head = headIn(root);
  mustBeCheck(root);
  // `mustBeCheck` has looked at all that is joined and printed.
  const result = root.plain() as CheckResult;
  return { file, schema, head, interrupted: result.verdict === "interrupted", result };
}

/** Throws unless a value has what a verdict is joined from. */
function mustBeCheck(root: Reader): void {
  root.get("folder").text();
  root.get("seed").count();
  for (const one of root.get("changed").items()) {
    for (const key of ["file", "declaration"]) one.get(key).text();
    for (const key of ["runs", "overlaps"]) one.get(key).count();
    for (const branch of one.get("branches").items()) {
      for (const key of ["kind", "text"]) branch.get(key).text();
      for (const key of ["line", "runs"]) branch.get(key).count();
    }
  }
  const answers = root.get("answers");
  for (const key of ["cases", "agree"]) answers.get(key).count();
  for (const one of answers.get("differences").items())
    for (const key of ["script", "text"]) one.get(key).text();
  const mainline = answers.get("mainline");
  for (const key of ["programs", "differ"]) mainline.get(key).count();
  for (const one of mainline.get("differences").items())
    for (const key of ["program", "text"]) one.get(key).text();
  const catalogue = root.get("catalogue");
  if (!catalogue.isNull)
    for (const key of ["races", "tried", "explored", "stressed"]) catalogue.get(key).count();
  const programs = root.get("programs");
  for (const key of ["generated", "complete", "races"]) programs.get(key).count();
  root.get("executions").count();
  root.get("seconds").number();
  for (const one of root.get("mainline").items())
    for (const key of ["invariant", "message"]) one.get(key).text();
  for (const one of root.get("notExercised").items()) one.text();
  const found = root.get("found");
  if (found.isNull) return;
  for (const key of ["by", "invariant", "message"]) found.get(key).text();
  for (const key of ["race", "replay"]) if (!found.get(key).isNull) found.get(key).text();
}

/**
 * The verdict of all shards. Throws UsageError when one is missing or given twice, and RmapError with exit code 5 for one
 * that belongs to another check.
 */
export function mergeChecks(files: readonly CheckFile[]): CheckResult {
  const results = shardsOf(files).map(({ result }) => result);
  const [first] = results as [CheckResult];
  const sum = (of: (result: CheckResult) => number) => results.reduce((all, one) => all + of(one), 0);
  const changed = changedIn(results);
  const found = results.find((result) => result.found !== null)?.found ?? null;
  const { folder, seed, catalogue } = first;
  return {
    ...{ folder, seed, changed },
    answers: {
      cases: sum(({ answers }) => answers.cases),
      agree: sum(({ answers }) => answers.agree),
      differences: results.flatMap(({ answers }) => answers.differences),
      mainline: {
        programs: sum(({ answers }) => answers.mainline.programs),
        differ: sum(({ answers }) => answers.mainline.differ),
        differences: results.flatMap(({ answers }) => answers.mainline.differences),
      },
    },
    catalogue: catalogue && {
      races: catalogue.races,
      tried: sum((result) => result.catalogue?.tried ?? 0),
      explored: sum((result) => result.catalogue?.explored ?? 0),
      stressed: sum((result) => result.catalogue?.stressed ?? 0),
    },
    programs: {
      generated: sum(({ programs }) => programs.generated),
      complete: sum(({ programs }) => programs.complete),
      races: sum(({ programs }) => programs.races),
    },
    executions: sum(({ executions }) => executions),
    // They ran beside each other.
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    ...verdictFor(found !== null, changed, folder !== ""),
    mainline: results.flatMap(({ mainline }) => mainline),
    found,
  };
}
