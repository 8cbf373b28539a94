/** Steps of CPUs: a grid with a column for each CPU, to go through with keys, buttons or clicks (client/story.ts). */

import { escapeHtml } from "./html.js";

/** Colours of CPUs in the style. Further CPUs have the same ones again. */
const COLOURS = 4;

/** One step of one CPU. */
export interface Step {
  readonly cpu: number;
  /** What a pointer over it shows. */
  readonly title: string;
  /** HTML. */
  readonly text: string;
  readonly classes: readonly string[];
  /** Words at its right side. */
  readonly marks: readonly string[];
  /** HTML behind the text. */
  readonly more: string;
}

/** A section with steps. `heading`, `before` and `after` are HTML. */
export interface StepsSection {
  readonly id: string;
  readonly heading: string;
  readonly before: string;
  readonly steps: readonly Step[];
  readonly after: string;
}

/** The section. Without scripts, and on paper, it is a list that shows everything. */
export function stepsSection({ id, heading, before, steps, after }: StepsSection): string {
  const cpus = [...new Set(steps.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  const heads = cpus.map((cpu, at) => `<div class="head" style="--column:${at + 1}">CPU ${cpu}</div>`);
  return `<section class="story" id="${id}" style="--cpus:${cpus.length}">
<h2>${heading}</h2>${before}
<nav aria-label="Steps" hidden><button data-go="first" title="Home">First</button><button data-go="back" title="Arrow up, k">Back</button><output aria-live="polite">${steps.length} steps</output><button data-go="on" title="Arrow down, j">Next</button><button data-go="last" title="End">Last</button><span class="keys">keys: ↑ ↓ or k j, Home, End</span></nav>
<div class="heads" aria-hidden="true">${heads.join("")}</div>
<ol class="steps">
${steps.map((step, at) => stepHtml(step, at, cpus)).join("\n")}
</ol>
${after}
</section>`;
}

function stepHtml(
  { cpu, title, text, classes, marks, more }: Step,
  index: number,
  cpus: readonly number[],
): string {
  const column = cpus.indexOf(cpu);
  const all = [`cpu-${column % COLOURS}`, ...classes].join(" ");
  const mark = marks.map((words) => `<em>${words}</em>`).join(" ");
  return `<li tabindex="-1" data-step="${index}" class="${all}" style="--column:${column + 1};--row:${index + 1}" title="${escapeHtml(title)}">${mark}<b class="who">CPU ${cpu}</b> <span class="what">${text}</span>${more}</li>`;
}
