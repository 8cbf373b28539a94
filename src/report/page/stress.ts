/** The rows of a stress run as one self-contained page: what was found, and the events that each finding left. */

import { story as STORY_SCRIPT } from "../../page-scripts.js";
import type { StressResult } from "../../stress/suite.js";
import { count, plural } from "../../text/numbers.js";
import { framed } from "./frame.js";
import { escapeHtml } from "./html.js";
import { stepsSection } from "./steps.js";
import { STORY_STYLE } from "./story-style.js";
import { type Column, tableHtml } from "./table.js";

const COLUMNS: readonly Column[] = [
  ...["race", "protocol", "found"],
  ["seconds", "n"],
  ["rounds", "n"],
  ...["expected", ""],
];

/** The page, whole. */
export function stressPage(results: readonly StressResult[]): string {
  const found = results.filter((result) => result.found !== null).length;
  const right = results.filter(({ asExpected }) => asExpected).length;
  const about = `${found} of ${plural(results.length, "row")} with a finding; ${right} as expected`;
  const rows = results.map((result) => ({
    cells: [
      ...[result.scenario, result.variant, result.found?.invariant ?? "nothing"],
      ...[result.seconds.toFixed(2), count(result.rounds), result.expected],
      result.asExpected ? "as expected" : "not as expected",
    ],
    style: result.asExpected ? "" : "alarm",
  }));
  const stories = results.flatMap((result, at) =>
    result.found === null ? [] : [findingHtml(result, result.found, at)],
  );
  return framed({
    ...{ title: `rmap stress: ${about}`, heading: "rmap stress", about, style: STORY_STYLE },
    ...{ body: `${tableHtml(COLUMNS, rows)}\n${stories.join("\n")}`, script: STORY_SCRIPT },
  });
}

type Found = NonNullable<StressResult["found"]>;

function findingHtml({ scenario, variant }: StressResult, found: Found, at: number): string {
  const { story, invariant, message, replay, explore } = found;
  const order = Math.max(0, ...story.events.map((event) => event.order));
  const list = (title: string, items: readonly string[]) =>
    items.length === 0
      ? ""
      : `<h3>${title}</h3><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
  const cpus = story.cpus.map(({ cpu, position, held }) => {
    const locks = held.length === 0 ? "" : `; holds ${held.join(", ")}`;
    return `CPU ${cpu}: ${position}${locks}`;
  });
  const again = [replay, ...(explore === undefined ? [] : [explore])];
  return stepsSection({
    id: `story-${at + 1}`,
    heading: escapeHtml(`${scenario} in ${variant}: ${invariant}`),
    before: `<p class="conclusion">${escapeHtml(message)}</p>`,
    steps: story.events.map((event) => ({
      ...{ cpu: event.cpu, text: escapeHtml(event.what), classes: [], marks: [], more: "" },
      title: event.order === order ? "the last event" : `${order - event.order} events before the last one`,
    })),
    after: `<div class="why">${list("Where each CPU is", cpus)}${list("Objects", story.objects)}</div>
<p class="again">Again: ${again.map((command) => `<code>${escapeHtml(command)}</code>`).join(" or ")}</p>`,
  });
}
