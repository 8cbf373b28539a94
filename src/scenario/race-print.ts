/** Writes races as text. Reading it back gives the same race. */
import type { Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import type { RaceBoot, RaceForm, Scenario } from "./race.js";

/** Columns of a line of text. */
const WIDTH = 110;
/** Columns of a key with the space behind it. */
const KEY = 9;

/**
 * The text of a `.race` file. Loops are not in it, only the operations that they made. Any space between two words of
 * a text becomes one. The operations of an exploration are there only where they differ from those of stress.
 */
export function printRace(race: Scenario): string {
  const { title, story, source, watch, notOnMainline } = race;
  return [
    ...textLines("title", title),
    ...(story === "" ? [] : textLines("story", story)),
    ...(source === "" ? [] : textLines("source", source)),
    ...(notOnMainline === undefined ? [] : textLines("mainline", `no ${notOnMainline}`)),
    ...(watch.length === 0 ? [] : [keyed("watch", watch.join(" "))]),
    ...printForms(race),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** The part of the text that says what the CPUs do, in lines. */
export function printForms({ stress, explore }: Pick<Scenario, "stress" | "explore">): string[] {
  return [
    ...formLines(stress, { boot: {}, repeat: 1, setup: [], cpus: [], finish: [] }),
    ...(explore === undefined ? [] : ["explore", ...formLines(explore, belowExplore(explore, stress))]),
  ];
}

/** What an exploration has where its text says nothing. */
function belowExplore(explore: RaceForm, stress: RaceForm): RaceForm {
  return same(cpuLines(explore), cpuLines(stress)) ? stress : { ...stress, repeat: 1 };
}

/** The keys and sections of a form that differ from `given`. */
function formLines(form: RaceForm, given: RaceForm): string[] {
  const parts = [
    (of: RaceForm) => bootLines(of.boot),
    (of: RaceForm) => [keyed("repeat", String(of.repeat))],
    (of: RaceForm) => section("setup", of.setup),
    cpuLines,
    (of: RaceForm) => (of.others === undefined ? [] : section("others", of.others)),
    (of: RaceForm) => section("finish", of.finish),
  ];
  return parts.flatMap((part) => (same(part(form), part(given)) ? [] : part(form)));
}

function cpuLines({ cpus }: RaceForm): string[] {
  return cpus.flatMap((operations) => section("cpu", operations));
}

function bootLines({ memory, swap, content, slab, unmade, daemons }: RaceBoot): string[] {
  const sizes = [
    ...(memory === undefined ? [] : [`memory ${memory}`]),
    ...(swap === undefined ? [] : [`swap ${swap}`]),
    ...(content === undefined ? [] : [`content ${content}`]),
    ...(slab === undefined ? [] : [`slab ${slab}`]),
    ...(unmade === undefined ? [] : [`unmade ${unmade}`]),
    ...(daemons === undefined ? [] : [`daemons ${daemons}`]),
  ];
  return sizes.length === 0 ? [] : [keyed("boot", sizes.join(" "))];
}

function section(key: string, operations: readonly Operation[]): string[] {
  return [key, ...operations.map((operation) => `  ${printOperation(operation)}`)];
}

/** A text, broken at spaces. In the key's own line `#` would begin a comment. */
function textLines(key: string, text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const lines: string[] = [];
  let line = key.padEnd(KEY - 1);
  for (const word of words) {
    const inKeyLine = lines.length === 0;
    if (inKeyLine && text.includes("#")) {
      lines.push(key);
      line = " ".repeat(KEY - 1);
    } else if (line.length + 1 + word.length > WIDTH && line.trim() !== "" && line.trim() !== key) {
      lines.push(line);
      line = " ".repeat(KEY - 1);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function keyed(key: string, value: string): string {
  return `${key.padEnd(KEY - 1)} ${value}`;
}

/** True when both print the same. */
function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
