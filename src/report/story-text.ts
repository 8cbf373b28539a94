/** The story of a finding as text: a column for each CPU, or a list where the terminal is too narrow for columns. */
import type { StoryEvent } from "../explore/story.js";
import type { Paint } from "../text/paint.js";
import { breakLine, terminalWidth } from "../text/wrap.js";

/** The fewest columns of a CPU's text, and the most. */
const NARROW = 30;
const WIDE = 58;
/** Columns of a report that goes to a file or a pipe. */
const PIPE = 132;
const GAP = 3;

/** The lines of a story. `width` is that of the terminal. */
export function storyLines(
  events: readonly StoryEvent[],
  paint: Paint = (_style, text) => text,
  width = terminalWidth(),
): string[] {
  const cpus = [...new Set(events.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  if (cpus.length === 0) return [];
  const room = Math.floor((Math.min(width, PIPE) + GAP) / cpus.length) - GAP;
  return room < NARROW ? listed(events, paint, width) : columns(events, cpus, Math.min(room, WIDE), paint);
}

function columns(
  events: readonly StoryEvent[],
  cpus: readonly number[],
  room: number,
  paint: Paint,
): string[] {
  const gap = " ".repeat(GAP);
  const head = cpus.map((cpu) => `CPU ${cpu}`.padEnd(room)).join(gap);
  const body = events.flatMap((event) => {
    const before = " ".repeat(cpus.indexOf(event.cpu) * (room + GAP));
    const place = placeText(event);
    return [
      ...breakLine(textOf(event), room).map((line, i) => `${before}${i === 0 ? "" : "  "}${line}`),
      ...(place === "" ? [] : [`${before}  ${paint("dim", fitting(place, room - 2))}`]),
    ];
  });
  return [paint("bold", head.trimEnd()), ...body];
}

function listed(events: readonly StoryEvent[], paint: Paint, width: number): string[] {
  return events.flatMap((event) => {
    const place = placeText(event);
    const lines = breakLine(`CPU ${event.cpu} ${textOf(event)}`, Math.max(NARROW, width));
    return [
      ...lines.map((line, i) => (i === 0 ? line : `  ${line}`)),
      ...(place === "" ? [] : [`  ${paint("dim", fitting(place, width - 2))}`]),
    ];
  });
}

function textOf({ text, because }: StoryEvent): string {
  return because === undefined ? text : `${text}, because ${because}`;
}

/** `rmap/prepare.ts:48 anonVmaPrepare`. */
function placeText({ file, line, function: name }: StoryEvent): string {
  if (file === "") return "";
  return `${file.replace(/^assembly\//, "")}${line === 0 ? "" : `:${line}`} ${name}`;
}

/** A place without its first folders, if it is too wide. */
function fitting(place: string, room: number): string {
  let text = place;
  while (text.length > room && /\/.* /.test(text)) text = text.slice(text.indexOf("/") + 1);
  return text.length <= room ? text : text.slice(0, room);
}
