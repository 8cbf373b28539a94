/** Finds the pins that a script took and did not drop, from its operations and their outcomes. */
import type { Operation } from "./operation.js";
import type { Outcome } from "./outcome.js";
import { printOperation } from "./print.js";

/** A page that is still pinned at the end. */
export interface LeakedPin {
  readonly process: number;
  readonly page: number;
  /** The operation that pinned it. */
  readonly by: string;
  /** Its line in the script; undefined for an operation that does not come from a text. */
  readonly line: number | undefined;
}

/**
 * The remaining pins, in the order in which the script took them. `results` has one outcome for each operation except
 * `dump`.
 */
export function leakedPins(operations: readonly Operation[], results: readonly Outcome[]): LeakedPin[] {
  const held = new Set<LeakedPin>();
  let next = 0;
  for (const op of operations) {
    if (op.kind === "dump") continue;
    const done = results[next++] === 0;
    if (!done || (op.kind !== "pin" && op.kind !== "unpin")) continue;
    for (let page = op.page; page < op.page + op.pages; page++) {
      if (op.kind === "pin") {
        held.add({ process: op.process, page, by: printOperation(op), line: op.place?.line });
        continue;
      }
      // `unpin` drops the last pin of a place first.
      const last = [...held].findLast((pin) => pin.process === op.process && pin.page === page);
      if (last) held.delete(last);
    }
  }
  return [...held];
}

/** The leak in a sentence. */
export function leakedPinsText(pins: readonly LeakedPin[], shown = 5): string {
  const each = pins.slice(0, shown).map(({ process, page, by, line }) => {
    return `page ${page} of process ${process} (\`${by}\`${line === undefined ? "" : ` in line ${line}`})`;
  });
  const more = pins.length > shown ? `, and ${pins.length - shown} more` : "";
  return `${pins.length === 1 ? "a page is" : `${pins.length} pages are`} still pinned at the end: ${each.join(", ")}${more}`;
}
