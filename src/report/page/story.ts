/**
 * The findings of an exploration as one self-contained page. Each story is a grid with a column for each CPU; you step
 * through it with the keyboard or with buttons. Without scripts, and on paper, it is a list that shows everything.
 */
import type { Explanation } from "../../explore/judge/explain.js";
import type { StoryEvent } from "../../explore/story.js";
import type { ExploreResultRow, ExploreRow } from "../../explore/suite.js";
import { story as STORY_SCRIPT } from "../../page-scripts.js";
import { plural } from "../../text/numbers.js";
import { closedText } from "../explanation-text.js";
import { modelText } from "../rows.js";
import { SourceReader } from "../source-lines.js";
import { framed } from "./frame.js";
import { escapeHtml, prose } from "./html.js";
import { type Step, stepsSection } from "./steps.js";
import { STORY_STYLE } from "./story-style.js";

/** The page, whole. `rows` and `results` have the same order. */
export async function storyPage(
  rows: readonly ExploreRow[],
  results: readonly ExploreResultRow[],
): Promise<string> {
  const found = results.filter((result) => result.found !== null).length;
  const stories = await Promise.all(
    results.map((result, i) => storyOf(rows[i] as ExploreRow, result, `story-${i + 1}`)),
  );
  const count = `${found} of ${plural(results.length, "row")} with a finding`;
  return framed({
    ...{ title: `rmap explore: ${count}`, heading: "rmap explore", about: count, style: STORY_STYLE },
    ...{ body: stories.join("\n"), script: STORY_SCRIPT },
  });
}

/** One row: its finding and story, or that there is none. */
async function storyOf(
  { scenario, variant }: ExploreRow,
  result: ExploreResultRow,
  id: string,
): Promise<string> {
  const { found, executions, complete } = result;
  const name = escapeHtml(`${result.scenario} in ${result.variant}${modelText(result)}`);
  const about = scenario.title === "" ? "" : `<p class="about">${escapeHtml(scenario.title)}</p>`;
  if (found === null) {
    const end = complete ? "complete" : "not complete";
    return `<section><h2>${name}</h2>${about}<p>Nothing in ${plural(executions, "execution")}; ${end}.</p></section>`;
  }
  const reader = new SourceReader(variant);
  const steps = await Promise.all(found.events.map((event) => stepOf(event, reader)));
  return stepsSection({
    ...{ id, steps, heading: `${name}: ${escapeHtml(found.invariant)}` },
    before: `${about}\n<p class="conclusion">${prose(found.conclusion)}</p>`,
    after: `${explanationHtml(found.explanation)}<p class="again">Again: <code>${escapeHtml(found.command)}</code></p>`,
  });
}

/** What is missing, what closes it, and the litmus test; empty for a finding of sequentially consistent memory. */
function explanationHtml(explanation: Explanation | undefined): string {
  if (explanation === undefined || explanation.because.length === 0) return "";
  const { because, closedBy, litmus } = explanation;
  const list = (items: readonly string[]) =>
    `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
  return `<div class="why"><h3>Because</h3>${list(because)}
<h3>Closed by</h3>${list(closedBy.map(closedText))}
<details><summary>As a litmus test</summary><pre>${escapeHtml(litmus)}</pre></details></div>
`;
}

/** One event, with its source lines. */
async function stepOf(event: StoryEvent, reader: SourceReader): Promise<Step> {
  const { cpu, file, line, text, operation, finds, pending, stale, because } = event;
  const lines = await reader.around(file, line);
  const code = lines.map(({ number, text: source }) => {
    const row = `${String(number).padStart(4)}  ${escapeHtml(source)}`;
    return number === line ? `<mark>${row}</mark>` : `<span>${row}</span>`;
  });
  return {
    ...{ cpu, title: operation, text: prose(text) },
    classes: [
      ...(file === "" ? ["bound"] : []),
      ...(finds ? ["finds"] : []),
      ...(pending ? ["pending"] : []),
      ...(stale ? ["stale"] : []),
    ],
    marks: [...(finds ? ["found here"] : pending ? ["not done yet"] : []), ...(stale ? ["old value"] : [])],
    more:
      (because === undefined ? "" : ` <span class="because">because ${escapeHtml(because)}</span>`) +
      (file === "" ? "" : `<small>${escapeHtml(placeText(event))}</small>`) +
      (code.length === 0 ? "" : `<pre>${code.join("\n")}</pre>`),
  };
}

function placeText({ file, line, function: name }: StoryEvent): string {
  return `${file}${line === 0 ? "" : `:${line}`}, ${name}`;
}
