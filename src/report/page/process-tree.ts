/** The processes of a recording as a table, each below the one that made it. */

import { PAGE_BYTES } from "../../ops/operation.js";
import type { ProcessFigures } from "../../replay/index.js";
import { bytes, count, duration, plural } from "../../text/numbers.js";
import { faultsOf } from "../recording.js";
import type { ReplayResult } from "../replay.js";
import { escapeHtml } from "./html.js";
import { processName } from "./pack-replay.js";

/** Rows to show: those with most faults, and those that they come from. */
const SHOWN = 300;

const HEADS = [
  ["faults", "page faults"],
  ["anon", "faults that gave a new zeroed page"],
  ["cow", "faults that copied a shared page, or took it over"],
  ["copies", "pages that were copied"],
  ["file", "faults that mapped pages of a file"],
  ["zero", "faults that mapped the shared zero page"],
  ["peak", "the most anonymous memory that it had"],
  ["forks", "processes with a copy of its memory"],
  ["vforks", "processes that began in its memory"],
] as const;

/** One row of the tree. */
interface Branch {
  readonly process: ProcessFigures;
  readonly depth: number;
}

/** The table. Each name is a button for a script, which turns the process's curve on and off. */
export function processTree(result: ReplayResult): string {
  const { processes, processesMore, recordedSeconds } = result;
  const chosen = withAncestors(processes);
  const rows = branches(processes.filter(({ id }) => chosen.has(id))).map((branch) =>
    rowHtml(branch, recordedSeconds),
  );
  const others = processes.length - chosen.size + processesMore.processes;
  const heads = HEADS.map(([head, about]) => `<th class="n" title="${about}">${head}</th>`).join("");
  return `<div class="scroll" id="processes" tabindex="0" role="region" aria-label="Processes"><table><thead><tr><th>command</th><th title="how it began">by</th><th>life</th>${heads}</tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>${others > 0 ? `<p class="dim">And ${plural(others, "more process", "more processes")} with fewer faults.</p>` : ""}`;
}

function withAncestors(processes: readonly ProcessFigures[]): ReadonlySet<number> {
  const byId = new Map(processes.map((process) => [process.id, process]));
  const chosen = new Set<number>();
  const most = [...processes].sort((a, b) => faultsOf(b.faults) - faultsOf(a.faults)).slice(0, SHOWN);
  for (const process of most)
    for (let one: ProcessFigures | undefined = process; one !== undefined && !chosen.has(one.id); ) {
      chosen.add(one.id);
      one = one.parent === null ? undefined : byId.get(one.parent);
    }
  return chosen;
}

/** In the order of a walk. What an exec makes stands at the depth of what it was before. */
function branches(processes: readonly ProcessFigures[]): Branch[] {
  const ids = new Set(processes.map(({ id }) => id));
  const children = new Map<number, ProcessFigures[]>();
  const roots: ProcessFigures[] = [];
  for (const process of processes) {
    if (process.parent === null || !ids.has(process.parent)) roots.push(process);
    else children.set(process.parent, [...(children.get(process.parent) ?? []), process]);
  }
  const found: Branch[] = [];
  // A stack of its own: a chain of forks may be as long as it likes.
  const left: Branch[] = roots.reverse().map((process) => ({ process, depth: 0 }));
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    found.push(next);
    const { depth } = next;
    const below = (children.get(next.process.id) ?? []).reverse();
    left.push(...below.map((process) => ({ process, depth: process.began === "exec" ? depth : depth + 1 })));
  }
  return found;
}

function rowHtml({ process, depth }: Branch, whole: number): string {
  const { id, began, faults, copies, peakAnonPages, forks, vforks, startSeconds, endSeconds } = process;
  const peak = peakAnonPages === 0 && began === "vfork" ? "parent's" : bytes(peakAnonPages * PAGE_BYTES);
  const numbers = [faultsOf(faults), faults.anon, faults.cow, copies, faults.file, faults.zero].map(count);
  const cells = [...numbers, peak, ...[forks, vforks].map((made) => (made === 0 ? "" : count(made)))];
  const percent = (seconds: number) => (whole === 0 ? 0 : (100 * seconds) / whole).toFixed(2);
  const end = endSeconds ?? whole;
  const life = `${duration(startSeconds)} to ${endSeconds === null ? "the end" : duration(endSeconds)}`;
  return `<tr data-row="${id}"><td style="padding-left:${Math.min(depth, 12) * 1.1 + 0.3}rem"><button data-process="${id}" disabled>${escapeHtml(processName(process))}</button></td><td>${began}</td><td><span class="life" title="${life}"><i style="left:${percent(startSeconds)}%;width:${percent(end - startSeconds)}%"></i></span></td>${cells.map((cell) => `<td class="n">${cell}</td>`).join("")}</tr>`;
}
