/** Tells the outcome of a comparison in words. */
import type { Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import type { Agreement, Disagreement } from "./answers.js";
import type { Location } from "./locate.js";

/** Most differences that are told one by one. */
const SHOWN = 12;
/** Most places of one page that are told; a merged page may have hundreds. */
const PLACES = 8;

/** `agrees with Linux 6.18.44: 200 outcomes, 21 snapshots`. */
export function agreementText(by: string, { outcomes, snapshots }: Agreement): string {
  return `agrees with ${by}: ${outcomes} outcomes and ${snapshots} snapshots, every field`;
}

/**
 * Where two answers part, and what each has. `file` names the script, `here` who gave the answer in
 * question.
 */
export function disagreementText(
  file: string,
  by: string,
  here: string,
  found: Disagreement,
  location: Location,
): string {
  const { number, operation, exact } = location;
  // An answer of this very version is told apart by where it is from.
  const [recorded, now] = by === here ? ["the recording", "this run"] : [by, here];
  const lines = [`differs from ${by} after operation ${number}: ${placeText(file, operation)}`];
  if (!exact) {
    const since = found.agreed === 0 ? "the start" : `operation ${found.agreed}`;
    lines.push(
      `  (the recording has no snapshot between ${since} and operation ${found.at};`,
      "  of the operations in between this one is the likeliest)",
    );
  }
  lines.push(found.kind === "outcome" ? "it ends differently:" : `after operation ${found.at}:`);
  for (const { subject, expected, found: has } of found.differences.slice(0, SHOWN)) {
    lines.push(
      `  ${subject}`,
      `    ${recorded}: ${brief(expected, has)}`,
      `    ${now}: ${brief(has, expected)}`,
    );
  }
  const more = found.differences.length - SHOWN;
  if (more > 0) lines.push(`  and ${more} more`);
  return lines.join("\n");
}

/** A text in which no page has many places: those that the `other` text does not have come first. */
function brief(text: string, other: string): string {
  return text.replace(/\d+:\d+(?: \d+:\d+)*/g, (list) => {
    const places = list.split(" ");
    if (places.length <= PLACES) return list;
    const others = new Set(other.match(/\d+:\d+/g));
    const own = places.filter((place) => !others.has(place));
    const told = [...own, ...places.filter((place) => others.has(place))].slice(0, PLACES);
    return `${told.join(" ")} and ${places.length - told.length} more`;
  });
}

/** `script.ops:12: 0 write 5 7`. */
function placeText(file: string, operation: Operation): string {
  const line = operation.place ? `${file}:${operation.place.line}: ` : "";
  return line + printOperation(operation);
}
