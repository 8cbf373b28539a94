/** Litmus tests as one self-contained page: for each its verdict, and the execution that explains it. */
import { type Picture, pictureOf } from "../../lkmm/picture.js";
import type { ModelName } from "../../lkmm/rules.js";
import type { LitmusResult } from "../../lkmm/suite.js";
import { litmusText } from "../litmus-text.js";
import { framed } from "./frame.js";
import { escapeHtml } from "./html.js";

/** Tests with a picture on one page. */
const MOST_PICTURES = 200;
/** Pixels of a column, of a row, of the head, and of half a box. */
const [COLUMN, ROW, HEAD, HALF] = [230, 46, 40, 70];

const STYLE = `
svg { max-width: 100%; min-width: 30rem; font: 13px ui-monospace, monospace } svg text { fill: currentColor } path, line { fill: none; stroke-width: 1.5 } .po { stroke: #8888 }
.rf { stroke: var(--c) } .co { stroke: var(--a) } .fr { stroke: var(--b) } .cycle { stroke: var(--d); stroke-width: 3; stroke-dasharray: 6 4 }
.on rect { stroke: var(--d); stroke-width: 2 } rect { fill: #8882; stroke: #8884 } b.rf { color: var(--c) } b.co { color: var(--a) } b.fr { color: var(--b) } b.cycle { color: var(--d) }
`;

/** The page, whole. */
export function litmusPage(results: readonly LitmusResult[], model: ModelName): string {
  const plain = (_style: string, text: string) => text;
  const parts = results.map((result, place) => {
    const { test, verdict } = result;
    const open = verdict === "undecided" || test === undefined || place >= MOST_PICTURES;
    const picture = open ? "" : shownPicture(pictureOf(test, model));
    return `<h2>${escapeHtml(result.file)}: ${verdict}</h2>\n<pre>${escapeHtml(litmusText(result, model, plain))}</pre>\n${picture}`;
  });
  return framed({
    title: "rmap litmus",
    heading: `Litmus tests under ${model}`,
    style: STYLE,
    body: `<p>A column for each process, in program order. <b class="rf">rf</b>: a write and who reads it.
<b class="co">co</b>: a write and the next one to its location. <b class="fr">fr</b>: a read and the write that comes after what it read.
<b class="cycle">Dashed</b>: what an axiom forbids.</p>
${parts.join("\n")}`,
  });
}

function shownPicture(picture: Picture | undefined): string {
  if (picture === undefined)
    return "<p>No picture: coherence or atomicity alone decides, or the execution is too large to search.</p>";
  const { forbidden, events } = picture;
  const cycle = forbidden?.cycle.map((place) => events[place]?.text ?? "").join(" → ") ?? "";
  const text =
    forbidden === undefined
      ? "An execution in which the condition holds:"
      : `The condition would need this execution. The axiom <b>${forbidden.axiom}</b> forbids it: ${escapeHtml(cycle)}`;
  return `<p>${text}</p>\n<div class="scroll">${svg(picture)}</div>`;
}

function svg({ events, arrows, forbidden }: Picture): string {
  const rows = new Map<number, number>();
  const places = events.map(({ process }) => {
    const row = rows.get(process) ?? 0;
    rows.set(process, row + 1);
    return { x: (process + 1) * COLUMN + COLUMN / 2, y: HEAD + row * ROW + ROW / 2 };
  });
  const width = (Math.max(...rows.keys()) + 2) * COLUMN;
  const height = HEAD + Math.max(...rows.values()) * ROW;
  const at = (place: number) => places[place] ?? { x: 0, y: 0 };
  const line = (kind: string, from: number, to: number): string => {
    const [a, b] = [at(from), at(to)];
    const [out, into] = a.x === b.x ? [HALF, HALF] : a.x < b.x ? [HALF, -HALF] : [-HALF, HALF];
    const [ax, bx] = [a.x + out, b.x + into];
    const [mx, my] = a.x === b.x ? [ax + 60, (a.y + b.y) / 2] : [(ax + bx) / 2, (a.y + b.y) / 2 - 14];
    return `<path class="${kind}" marker-end="url(#end)" d="M${ax} ${a.y}Q${mx} ${my} ${bx} ${b.y}"><title>${kind}</title></path>`;
  };
  const cycle = forbidden?.cycle ?? [];
  const heads = [...rows.keys()].map(
    (process) =>
      `<text x="${(process + 1) * COLUMN + COLUMN / 2}" y="20" text-anchor="middle">${process < 0 ? "initial" : `P${process}`}</text>`,
  );
  const boxes = events.map(({ text, line: source }, place) => {
    const { x, y } = at(place);
    return `<g class="${cycle.includes(place) ? "on" : ""}"><title>${escapeHtml(source)}</title><rect x="${x - HALF}" y="${y - 13}" width="${2 * HALF}" height="26" rx="5"/><text x="${x}" y="${y + 5}" text-anchor="middle">${escapeHtml(text)}</text></g>`;
  });
  const order = events.flatMap(({ process }, place) =>
    process >= 0 && events[place + 1]?.process === process
      ? [
          `<line class="po" x1="${at(place).x}" y1="${at(place).y + 13}" x2="${at(place + 1).x}" y2="${at(place + 1).y - 13}"/>`,
        ]
      : [],
  );
  const lines = arrows.map(({ kind, from, to }) => line(kind, from, to));
  const steps = cycle.slice(1).map((to, step) => line("cycle", cycle[step] ?? to, to));
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img"><defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:currentColor;stroke:none"/></marker></defs>${[...heads, ...order, ...boxes, ...lines, ...steps].join("\n")}</svg>`;
}
