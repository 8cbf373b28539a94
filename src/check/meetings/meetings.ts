/** The meetings as races: what the CPUs of each do, in the form of a race file. */

import type { Scenario } from "../../scenario/race.js";
import { parseRace } from "../../scenario/race-file.js";
import { MEETINGS, type MeetingText } from "./texts.js";
import { WINDOWS } from "./windows.js";

/** The machine of a meeting that says nothing about it. */
const BOOT = "swap 16";

let known: readonly Scenario[] | undefined;

/** All meetings. Invariants and the race net judge most of them: few have an end of their own. */
export function allMeetings(): readonly Scenario[] {
  known ??= Object.entries({ ...WINDOWS, ...MEETINGS }).map(([name, text]) => meetingOf(name, text));
  return known;
}

/** A text as a race with that form to explore. */
function meetingOf(name: string, { boot = BOOT, setup, cpus, finish }: MeetingText): Scenario {
  const lines = (text: string) => text.split(/; */).map((line) => `  ${line}`);
  const parts = [
    ...[`title ${name}`, `boot ${boot}`, "setup", ...lines(setup)],
    ...cpus.flatMap((cpu) => ["cpu", ...lines(cpu)]),
    ...(finish === undefined ? [] : ["finish", ...lines(finish)]),
  ];
  const scenario = parseRace(`${parts.join("\n")}\n`, { file: "a meeting", name });
  return { ...scenario, explore: scenario.stress };
}
