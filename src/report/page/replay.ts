/**
 * A replay as one self-contained page: what the program did to its memory, by time and by process, held against the
 * kernel's counts, and every page at the moments worth a look. Without scripts it has the figures and the processes.
 */

import { PAGE_BYTES } from "../../ops/operation.js";
import { chartStyle, replay as REPLAY_SCRIPT } from "../../page-scripts.js";
import type { RecorderFigures } from "../../replay/index.js";
import { bytes, count, duration, plural } from "../../text/numbers.js";
import { toJson } from "../json.js";
import { extremeText } from "../recording.js";
import { hasLeaks, type ReplayResult } from "../replay.js";
import { differsText, replayRows } from "../replay-text.js";
import { framed } from "./frame.js";
import { escapeHtml } from "./html.js";
import { packReplay } from "./pack-replay.js";
import { processTree } from "./process-tree.js";
import { REPLAY_STYLE } from "./replay-style.js";
import { tableHtml } from "./table.js";

const plain = (_style: string, text: string): string => text;

/** The page, whole. `name` is the recording's. */
export function replayPage(result: ReplayResult, recorded: RecorderFigures, name: string): string {
  const { reclaim } = result;
  const reclaimed = reclaim.scanned > 0 || reclaim.swapOut > 0;
  const data = packReplay(recorded, reclaimed);
  const parts = [
    warnings(result),
    facts(result),
    `<details><summary>All figures of the replay</summary><dl>${replayRows(result, name, plain)
      .map(([label, text]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd>`)
      .join("")}</dl></details>`,
    "<noscript><p>The curves and the map of pages need scripts.</p></noscript>",
    chartHtml(
      "memory",
      "Anonymous memory of each process",
      "Lines: as the engine counts. Circles: the kernel's own counts, with what it did by itself. A name turns its line on and off.",
      '<div class="keys-of" id="memory-legend"></div>',
    ),
    chartHtml(
      "faults",
      "Page faults a millisecond",
      "By what the engine did at each.",
      `<div class="row"><select id="faults-of" aria-label="Faults of"><option value="">all processes</option></select><span>${swatches(FAULT_KINDS)}</span></div>`,
    ),
    `<section><h2>Processes</h2><p class="about">An exec begins another process with the same number.</p>${processTree(result)}</section>`,
    result.sharing.peak === null ? "" : sharing(result, result.sharing.peak),
    data.pressure.length > 1
      ? chartHtml(
          "pressure",
          "Reclaim and swap",
          `Pages since the start. ${reclaimText(result)}`,
          `<p>${swatches([
            ["scanned", "--e"],
            ["freed", "--c"],
            ["swapped out", "--d"],
            ["swapped in", "--b"],
          ])}</p>`,
        )
      : "",
    data.moments.length > 0 ? mapHtml(result.looks) : "",
    kernelOnly(result),
  ];
  return framed({
    title: `${name}: rmap replay`,
    heading: name.slice(name.lastIndexOf("/") + 1),
    about: `${plural(result.events, "event")} in ${duration(result.recordedSeconds)}, replayed on ${plural(result.cpus, "CPU")}${result.variant === undefined ? "" : ` in ${escapeHtml(result.variant)}`}`,
    style: chartStyle + REPLAY_STYLE,
    body: parts.filter((part) => part !== "").join("\n"),
    data: { "replay-data": toJson(data) },
    script: REPLAY_SCRIPT,
  });
}

const FAULT_KINDS = [
  ["anonymous", "--a"],
  ["copy-on-write", "--b"],
  ["file", "--c"],
  ["zero page", "--e"],
  ["from swap", "--d"],
] as const;

function swatches(kinds: readonly (readonly [name: string, colour: string, hollow?: "hollow"])[]): string {
  return kinds
    .map(([name, colour, hollow]) => {
      const style = hollow === undefined ? "swatch" : `swatch ${hollow}`;
      return `<span class="${style}" style="--key:var(${colour})">${name}</span>`;
    })
    .join("");
}

/** A figure of the JSON, by its path there. */
function figure(path: string, value: number, text = count(value)): string {
  return `<span data-figure="${path}" data-value="${value}">${text}</span>`;
}

function facts(result: ReplayResult): string {
  const { fidelity, faults, sharing: saved, forks, vforks, execs, leaks, memory } = result;
  const items: (readonly [figures: string, label: string])[] = [
    [
      `${figure("fidelity.exact", fidelity.exact)} / ${figure("fidelity.samples", fidelity.samples)}`,
      "page counts equal the kernel's",
    ],
    [figure("faults.total", faults.total), "page faults"],
    [figure("faults.anon", faults.anon), "new anonymous pages"],
    [figure("faults.cow", faults.cow), "copy-on-write"],
    [figure("faults.file", faults.file), "pages of files"],
    [figure("faults.zero", faults.zero), "zero page"],
    [
      `${figure("forks", forks)} / ${figure("vforks", vforks)} / ${figure("execs", execs)}`,
      "forks / vforks / execs",
    ],
    [figure("sharing.copies", saved.copies), "pages copied"],
    ...(saved.peak === null
      ? []
      : ([
          [
            figure(
              "sharing.peak.savedPages",
              saved.peak.savedPages,
              bytes(saved.peak.savedPages * PAGE_BYTES),
            ),
            `saved by sharing, at ${saved.mostSavedPages > saved.peak.savedPages ? "least" : "most"}`,
          ],
        ] as const)),
    [
      figure("memory.peakFrameBytes", memory.peakFrameBytes, bytes(memory.peakFrameBytes)),
      "in frames, at most",
    ],
    [hasLeaks(leaks) ? '<span class="alarm">some</span>' : "none", "leaks"],
  ];
  return `<ul class="facts">${items.map(([figures, label]) => `<li><b>${figures}</b><span class="label">${label}</span></li>`).join("")}</ul>`;
}

/** What makes the figures doubtful: lost events, and the first difference. */
function warnings({ lost, fidelity: { first } }: ReplayResult): string {
  const all = [
    ...(lost.events > 0
      ? [`perf lost ${plural(lost.events, "event")} while it recorded: the figures mean little.`]
      : []),
    ...(first === null ? [] : [`The counts differ ${differsText(first).replace("\n", "; ")}.`]),
  ];
  return all.map((text) => `<p class="alarm">${escapeHtml(text)}</p>`).join("");
}

function chartHtml(id: string, title: string, about: string, before: string): string {
  return `<section><h2>${title}</h2><p class="about">${about}</p>${before}
<div class="chart" id="${id}" tabindex="0" role="application" aria-label="${title}. Arrow keys move along the time."></div><p class="read" id="${id}-read" aria-live="polite"></p></section>`;
}

function sharing(
  { sharing: { copies, mostSavedPages } }: ReplayResult,
  peak: NonNullable<ReplayResult["sharing"]["peak"]>,
): string {
  const { seconds, mappedPages, framePages, savedPages } = peak;
  const about = `At ${duration(seconds)}, ${count(mappedPages)} anonymous pages of processes stood in ${plural(framePages, "frame")}: ${bytes(savedPages * PAGE_BYTES)} less. Writes copied ${plural(copies, "page")}: shared ones, and those of files and the zero page. The points are the moments at which the recorder looked; no moment saved more than ${bytes(mostSavedPages * PAGE_BYTES)}.`;
  const keys = swatches([
    ["mapped by processes", "--b"],
    ["in frames", "--a"],
  ]);
  return chartHtml("sharing", "What sharing saved", about, `<p>${keys}</p>`);
}

function reclaimText({ reclaim, memory }: ReplayResult): string {
  return `${bytes(memory.limitBytes)} of frames; kswapd freed ${plural(reclaim.kswapd, "page")}, CPUs that needed frames ${count(reclaim.direct)}.`;
}

function mapHtml({ number, best }: ReplayResult["looks"]): string {
  const looks = `Each figure of these moments is within a sixteenth of the best of ${plural(number, "look")} at the memory. Of the looks, ${best.map(extremeText).join("; ")}.`;
  const keys = swatches([
    ["anonymous, one owner", "--a"],
    ["anonymous, shared", "--b"],
    ["file", "--c"],
    ["file, mapped more than once", "--e"],
    ["zero page", "--e", "hollow"],
    ["in swap", "--d"],
  ]);
  return `<section><h2>Every mapped page</h2><p class="about">One square a page, in the order of addresses; a strip for each mapping. Pages that are not there are left out. The dashed lines in the curves are these moments.</p><p class="about">${looks}</p>
<div class="row" id="moments" role="group" aria-label="Moments"></div><div class="row"><label for="map-space">Go to</label><select id="map-space"></select></div><p>${keys}</p>
<p id="map-told" aria-live="polite"></p>
<div id="map" tabindex="0" role="application" aria-label="Map of pages. Arrow keys move from page to page, Enter goes to the next process that maps the same page."><canvas id="map-canvas"></canvas><div id="map-spacer"></div></div></section>`;
}

/** What the kernel counted by itself, huge pages, and what the replay left out, by cause. */
function kernelOnly({ outside, huge, skipped, skippedMore, failed }: ReplayResult): string {
  const rows = [
    ...Object.entries(outside.causes).map(([cause, samples]) => [
      "page counts outside the program",
      cause,
      samples,
    ]),
    ...(huge.faults > 0 ? [["huge faults", `${plural(huge.pages, "page")} mapped`, huge.faults]] : []),
    ...Object.entries(failed).map(([name, times]) => ["refused by the engine", name, times]),
    ...Object.entries(skipped).map(([name, times]) => ["events left out", name, times]),
    ...(skippedMore.names > 0
      ? [["events left out", plural(skippedMore.names, "more name"), skippedMore.events]]
      : []),
  ] as [what: string, cause: string, times: number][];
  if (rows.length === 0) return "";
  return `<section><h2>The kernel's own, and what is left out</h2>${tableHtml(
    ["what", "cause", ["times", "n"]],
    rows.map(([what, cause, times]) => ({ cells: [what, cause, count(times)] })),
  )}</section>`;
}
