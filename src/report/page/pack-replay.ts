/** A recording's curves and moments, packed for a page. */

import { PAGE_KIND, PAGE_ZERO } from "../../inspect/page-scan.js";
import type { Moment, ProcessFigures, RecorderFigures } from "../../replay/index.js";
import { COUNTERS, STRIDE } from "../../replay/recorder/lanes.js";
import { mappingsOf } from "../../replay/recorder/mappings.js";
import { KINDS, type PageMoment, type PageProcess, type ReplayPageData } from "./data.js";
import { Packer } from "./pack.js";

/** Processes with a curve. */
const CURVES = 200;
/** Pages of all moments together: what a browser shows at once, and what a page of 3 MB holds. */
const MOST_PAGES = 600_000;

/** The data of the page of a replay. */
export function packReplay(recorded: RecorderFigures, reclaimed: boolean): ReplayPageData {
  const { processes, lanes, sharing, pressure, seconds, binSeconds } = recorded;
  const largest = [...processes]
    .sort((a, b) => b.peakAnonPages - a.peakAnonPages || a.id - b.id)
    .slice(0, CURVES);
  return {
    // Rounded as the points are, so that none lies behind the end.
    ...{ seconds: round(seconds), binSeconds },
    processes: largest.map((process): PageProcess => {
      const lane = packLane(lanes[process.id] ?? new Int32Array(0));
      return { id: process.id, name: processName(process), peak: process.peakAnonPages, lane };
    }),
    all: packLane(sumOf(lanes)),
    sharing: sharing.map((point) => [round(point.seconds), point.mappedPages, point.framePages] as const),
    pressure: reclaimed
      ? pressure.map(
          (point) =>
            [
              ...([round(point.seconds), point.frames, point.scanned] as const),
              ...([point.reclaimed, point.swapOut, point.swapIn] as const),
            ] as const,
        )
      : [],
    moments: chosen(recorded.moments).map((moment) => packMoment(moment, recorded)),
  };
}

/** Command and number. */
export function processName({ comm, pid }: Pick<ProcessFigures, "comm" | "pid">): string {
  return `${comm}/${pid}`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** As many moments as there is room for, those of few kinds last. */
function chosen(moments: readonly Moment[]): readonly Moment[] {
  let room = MOST_PAGES;
  const order = ["most shared", "most frames", "longest walk", "end"];
  const rank = ({ kinds }: Moment) => Math.min(...kinds.map((kind) => order.indexOf(kind)));
  const kept = [...moments]
    .sort((a, b) => rank(a) - rank(b))
    .filter(({ pages }, at) => {
      if (at > 0 && pages.pages.length > room) return false;
      room -= pages.pages.length;
      return true;
    });
  return moments.filter((moment) => kept.includes(moment));
}

/** A lane's rows: steps of bins, the counters, the steps of the engine's pages, the kernel's difference to them. */
function packLane(rows: Int32Array): string {
  const packer = new Packer();
  let [bin, pages] = [0, 0];
  for (let at = 0; at < rows.length; at += STRIDE) {
    const now = rows[at] as number;
    packer.add(now - bin);
    bin = now;
    for (let kind = 0; kind < KINDS; kind++) packer.add(rows[at + 1 + kind] as number);
    const here = rows[at + 1 + COUNTERS.length] as number;
    packer.signed(here - pages);
    pages = here;
    const kernel = rows[at + 2 + COUNTERS.length] as number;
    packer.add(kernel < 0 ? 0 : 1 + zigzag(kernel - here));
  }
  return packer.text();
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** The counters of all lanes together; their pages have no sum, since a fork's are its parent's. */
function sumOf(lanes: readonly Int32Array[]): Int32Array {
  const bins = new Map<number, Int32Array>();
  for (const rows of lanes)
    for (let at = 0; at < rows.length; at += STRIDE) {
      const bin = rows[at] as number;
      let sum = bins.get(bin);
      if (sum === undefined) {
        sum = new Int32Array(STRIDE);
        bins.set(bin, sum);
      }
      for (let kind = 1; kind <= COUNTERS.length; kind++)
        sum[kind] = (sum[kind] as number) + (rows[at + kind] as number);
    }
  const sorted = [...bins].sort(([a], [b]) => a - b);
  const all = new Int32Array(sorted.length * STRIDE);
  for (const [row, [bin, sum]] of sorted.entries()) {
    all.set(sum, row * STRIDE);
    all[row * STRIDE] = bin;
    all[(row + 1) * STRIDE - 1] = -1;
  }
  return all;
}

/**
 * Pages in the order of spaces, mappings and addresses: the step of the offset in the mapping with the kind in its low three
 * bits, then the step of the frame. Frames have numbers in the order in which they appear. The zero page has none.
 */
function packMoment(moment: Moment, { processes, words }: RecorderFigures): PageMoment {
  const { starts, pages, frames, kinds } = moment.pages;
  const packer = new Packer();
  const numbers = new Map<number, number>();
  const paths: string[] = [];
  const pathOf = new Map<string, number>();
  let last = -1;
  const spaces = moment.owners.map((owner, space) => {
    let at = starts[space] as number;
    const end = starts[space + 1] as number;
    const mappings: PageMoment["spaces"][number]["mappings"][number][] = [];
    for (const mapping of mappingsOf(moment, space, words)) {
      const first = at;
      let offset = 0;
      for (; at < end && (pages[at] as number) < mapping.end; at++) {
        const place = (pages[at] as number) - mapping.start;
        const kind = kinds[at] as number;
        packer.add((place - offset) * 8 + kind);
        offset = place + 1;
        if ((kind & PAGE_KIND) === PAGE_ZERO) continue;
        const frame = frames[at] as number;
        let number = numbers.get(frame);
        if (number === undefined) {
          number = numbers.size;
          numbers.set(frame, number);
        }
        packer.signed(number - last - 1);
        last = number;
      }
      if (at === first) continue;
      let path = pathOf.get(mapping.name);
      if (path === undefined) {
        path = paths.length;
        pathOf.set(mapping.name, path);
        paths.push(mapping.name);
      }
      mappings.push([mapping.start, mapping.end, mapping.permissions, path, at - first]);
    }
    const process = processes[owner];
    return { name: process === undefined ? "?" : processName(process), mappings };
  });
  const title = moment.kinds.map((kind) => (kind === "end" ? "at the end" : kind)).join(", ");
  return { title, seconds: round(moment.seconds), spaces, paths, pages: packer.text() };
}
