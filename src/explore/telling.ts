/** Tells an access in words, with the objects by name. */

import type { Names } from "../inspect/names.js";
import type { Access } from "./access.js";
import type { Step } from "./steps.js";

/** What a CPU does in a step. Ask while the machine is in the state of that step: names depend on it. */
export function stepText(step: Step, names: Names): string {
  const { kind, at, old, value, write, shared } = step;
  const word = names.wordText(at);
  const said = (of: bigint | undefined) => (of === undefined ? "?" : names.value(at, of));
  if (step.stale !== undefined) return staleText(step, names, word, said);
  switch (kind) {
    case "load":
      return `reads ${word}: ${said(value)}`;
    case "store":
      return old === undefined || old === value
        ? `stores ${said(value)} in ${word}`
        : `stores ${said(value)} in ${word}, which was ${said(old)}`;
    case "lock":
      return `takes the ${names.lock(at)}${shared ? " for reading" : ""}`;
    case "trylock":
      return write
        ? `takes the ${names.lock(at)}${shared ? " for reading" : ""}`
        : `does not get the ${names.lock(at)}`;
    case "unlock":
      return `releases the ${names.lock(at)}`;
    case "get":
      return write
        ? `takes a reference: ${word} is now ${value}`
        : `gets no reference: ${word} is ${said(old)}`;
    case "wait":
      return `waits until ${word} changes from ${said(old)}`;
    case "cas":
      return write
        ? `changes ${word} from ${said(old)} to ${said(value)}`
        : `leaves ${word} alone: it is ${said(old)}`;
    default:
      return old === value
        ? `leaves ${word} at ${said(value)}`
        : `changes ${word} from ${said(old)} to ${said(value)}`;
  }
}

/** A read that does not see the newest value. */
function staleText(
  { kind, at, value, stale, write }: Step,
  names: Names,
  word: string,
  said: (of: bigint | undefined) => string,
): string {
  const who = stale?.cpu === undefined ? "another CPU" : `CPU ${stale.cpu}`;
  const although = `although ${who} has stored ${said(stale?.value)}`;
  switch (kind) {
    case "lock":
      return `takes the ${names.lock(at)} as it was, ${although}`;
    case "trylock":
      return write
        ? `takes the ${names.lock(at)} as it was, ${although}`
        : `does not get the ${names.lock(at)}, although ${who} has released it`;
    case "get":
      return `gets no reference: ${word} looks as it was, ${although}`;
    case "cas":
      return `leaves ${word} alone: it sees ${said(value)}, ${although}`;
    default:
      return `reads ${word}: ${said(value)}, ${although}`;
  }
}

/** What a paused CPU would do next. */
export function nextText({ hook, at, value }: Access, names: Names): string {
  const word = names.wordText(at);
  switch (hook.kind) {
    case "load":
      return `has yet to read ${word}`;
    case "store":
      return `has yet to store ${names.value(at, BigInt(value))} in ${word}`;
    case "lock":
    case "trylock":
      return `has yet to take the ${names.lock(at)}`;
    case "unlock":
      return `has yet to release the ${names.lock(at)}`;
    case "wait":
      return `waits for a change of ${word}`;
    case "fence":
      return "stands before a fence";
    default:
      return `has yet to change ${word}`;
  }
}
