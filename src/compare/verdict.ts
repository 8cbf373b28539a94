/** The result of a comparison in words. */
import type { Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import type { Agreement, Disagreement } from "./answers.js";
import type { Location } from "./locate.js";

/** The most differences to list one by one. */
const SHOWN = 12;
/** The most places of one page to list; a merged page may have hundreds. */
const PLACES = 8;

/** `agrees with Linux 6.18.44: 200 outcomes, 21 snapshots`. */
export function agreementText(by: string, { outcomes, snapshots }: Agreement): string {
  return `agrees with ${by}: ${outcomes} outcomes and ${snapshots} snapshots, every field`;
}

/** The first difference of two answers. `file` names the script, `here` the source of the answer under test. */
export function disagreementText(
  file: string,
  by: string,
  here: string,
  found: Disagreement,
  location: Location,
): string {
  const { number, operation, exact } = location;
  // When both answers are from this version, name them by their source.
  const [recorded, now] = by === here ? ["the recording", "this run"] : [by, here];
  const lines = [`differs from ${by} after operation ${number}: ${placeText(file, operation)}`];
  if (!exact) {
    const since = found.agreed === 0 ? "the start" : `operation ${found.agreed}`;
    lines.push(
      `  (the recording has no snapshot between ${since} and operation ${found.at};`,
      "  of the operations in between, this one is the most likely)",
    );
  }
  lines.push(found.kind === "outcome" ? "its result differs:" : `after operation ${found.at}:`);
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

/** A text with a short list of places for each page. Places that the `other` text does not have come first. */
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
