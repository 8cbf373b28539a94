/** Compares two snapshots, field by field. */
import { type Dump, type DumpPage, type DumpProcess, type DumpVma, printDump } from "../ops/outcome.js";

/** One difference of two snapshots. */
export interface Difference {
  /** The subject: `process 3, page 17`. */
  readonly subject: string;
  /** The expected and the found state. */
  readonly expected: string;
  readonly found: string;
}

/** The text for a subject that a snapshot does not have. */
const NOTHING = "nothing";

/**
 * Everything that differs, in process and page order; empty exactly when the snapshots are equal in every
 * field.
 */
export function compareDumps(expected: Dump, found: Dump): Difference[] {
  const printed = [printDump(expected), printDump(found)] as const;
  if (printed[0] === printed[1]) return [];
  const differences: Difference[] = [];
  if (expected.at !== found.at) {
    differences.push(difference("operations that had run", expected.at, found.at));
  }
  const [ours, theirs] = [factsOf(found), factsOf(expected)];
  for (const subject of new Set([...theirs.keys(), ...ours.keys()])) {
    const [one, other] = [theirs.get(subject), ours.get(subject)];
    if (one !== other) differences.push(difference(subject, one ?? NOTHING, other ?? NOTHING));
  }
  // The same facts in another order, or other frame numbers, are a difference too.
  if (differences.length === 0) differences.push(difference("the snapshot as text", ...printed));
  return differences;
}

/**
 * The facts of a snapshot, by subject. A frame's number means nothing by itself: it stands for the places that map
 * one physical page. So the text names these places. Numbers follow first appearance, so that the same places have
 * the same number.
 */
export function factsOf(dump: Dump): Map<string, string> {
  const places = placesOf(dump);
  const facts = new Map<string, string>();
  for (const [process, state] of processes(dump)) {
    facts.set(`process ${process}`, "lives");
    for (const vma of state.vmas) add(facts, `process ${process}, mapping at page ${vma[0]}`, vmaText(vma));
    for (const page of state.pages) {
      const here = `${process}:${page[0]}`;
      const others = (places.get(page[1]) ?? []).filter((place) => place !== here);
      add(facts, `process ${process}, page ${page[0]}`, pageText(page, others));
    }
  }
  return facts;
}

/** A subject that appears twice in a snapshot keeps both texts, so that nothing is lost. */
function add(facts: Map<string, string>, subject: string, text: string): void {
  const known = facts.get(subject);
  facts.set(subject, known === undefined ? text : `${known} and ${text}`);
}

function placesOf(dump: Dump): Map<number, string[]> {
  const places = new Map<number, string[]>();
  for (const [process, { pages }] of processes(dump)) {
    for (const [page, frame] of pages) {
      if (frame < 0) continue;
      const known = places.get(frame);
      if (known) known.push(`${process}:${page}`);
      else places.set(frame, [`${process}:${page}`]);
    }
  }
  return places;
}

function processes(dump: Dump): [string, DumpProcess][] {
  return Object.entries(dump.procs).sort(([a], [b]) => Number(a) - Number(b));
}

function vmaText([start, end, perms, pgoff]: DumpVma): string {
  return `${perms} ${start} to ${end}${pgoff === null ? "" : `, file page ${pgoff}`}`;
}

/** Pages that share their frame with no other get the same text, whatever the frame's number is. */
function pageText([, frame, mapcount, letters, value]: DumpPage, others: readonly string[]): string {
  const what = `${letters} value ${value}`;
  if (frame < 0) return `${what}, frame ${frame}, mapcount ${mapcount}`;
  const mates = others.length > 0 ? `, one page with ${others.join(" ")}` : "";
  return `${what}, mapcount ${mapcount}${mates}`;
}

function difference(subject: string, expected: unknown, found: unknown): Difference {
  return { subject, expected: String(expected), found: String(found) };
}
