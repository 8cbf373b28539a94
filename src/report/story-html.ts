/**
 * The findings of an exploration as one self-contained page. Each story is a grid with a column for each CPU; you step
 * through it with the keyboard or with buttons. Without scripts, and on paper, it is a list that shows everything.
 */
import type { Explanation } from "../explore/judge/explain.js";
import type { StoryEvent } from "../explore/story.js";
import type { ExploreResultRow, ExploreRow } from "../explore/suite.js";
import { plural } from "../text/numbers.js";
import { closedText } from "./explanation-text.js";
import { escapeHtml } from "./html.js";
import { modelText } from "./rows.js";
import { SourceReader } from "./source-lines.js";
import { STORY_SCRIPT, STORY_STYLE } from "./story-page.js";

/** Colours of CPUs in the style. Further CPUs have the same ones again. */
const COLOURS = 4;

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
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>rmap explore: ${count}</title>
<style>${STORY_STYLE}</style></head><body>
<header><h1>rmap explore</h1><p>${count}</p></header>
${stories.join("\n")}
<script>${STORY_SCRIPT}</script>
</body></html>
`;
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
  const cpus = [...new Set(found.events.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  const reader = new SourceReader(variant);
  const steps = await Promise.all(found.events.map((event, i) => stepHtml(event, i, cpus, reader)));
  const heads = cpus.map((cpu, i) => `<div class="head" style="--column:${i + 1}">CPU ${cpu}</div>`);
  return `<section class="story" id="${id}" style="--cpus:${cpus.length}">
<h2>${name}: ${escapeHtml(found.invariant)}</h2>${about}
<p class="conclusion">${prose(found.conclusion)}</p>
<nav aria-label="Steps" hidden><button data-go="first" title="Home">First</button><button data-go="back" title="Arrow up, k">Back</button><output aria-live="polite">${steps.length} steps</output><button data-go="on" title="Arrow down, j">Next</button><button data-go="last" title="End">Last</button><span class="keys">keys: ↑ ↓ or k j, Home, End</span></nav>
<div class="heads" aria-hidden="true">${heads.join("")}</div>
<ol class="steps">
${steps.join("\n")}
</ol>
${explanationHtml(found.explanation)}<p class="again">Again: <code>${escapeHtml(found.command)}</code></p>
</section>`;
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
async function stepHtml(
  event: StoryEvent,
  index: number,
  cpus: readonly number[],
  reader: SourceReader,
): Promise<string> {
  const { cpu, file, line, text, operation, finds, pending, stale, because } = event;
  const lines = await reader.around(file, line);
  const code = lines.map(({ number, text: source }) => {
    const row = `${String(number).padStart(4)}  ${escapeHtml(source)}`;
    return number === line ? `<mark>${row}</mark>` : `<span>${row}</span>`;
  });
  const place = file === "" ? "" : `<small>${escapeHtml(placeText(event))}</small>`;
  const source = code.length === 0 ? "" : `<pre>${code.join("\n")}</pre>`;
  const column = cpus.indexOf(cpu);
  const classes = [`cpu-${column % COLOURS}`];
  if (file === "") classes.push("bound");
  if (finds) classes.push("finds");
  if (pending) classes.push("pending");
  if (stale) classes.push("stale");
  const mark = [
    ...(finds ? ["<em>found here</em>"] : pending ? ["<em>not done yet</em>"] : []),
    ...(stale ? ["<em>old value</em>"] : []),
  ].join(" ");
  return `<li tabindex="-1" data-step="${index}" class="${classes.join(" ")}" style="--column:${column + 1};--row:${index + 1}" title="${escapeHtml(operation)}">${mark}<b class="who">CPU ${cpu}</b> <span class="what">${prose(text)}</span>${because === undefined ? "" : ` <span class="because">because ${escapeHtml(because)}</span>`}${place}${source}</li>`;
}

/** Text in which an operation stands between backticks. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`]*)`/g, "<code>$1</code>");
}

function placeText({ file, line, function: name }: StoryEvent): string {
  return `${file}${line === 0 ? "" : `:${line}`}, ${name}`;
}
