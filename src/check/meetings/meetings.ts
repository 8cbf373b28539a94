/** The meetings as races: what the CPUs of each do, in the form of a race file. */

import type { ModelName } from "../../explore/models.js";
import type { Scenario } from "../../scenario/race.js";
import { parseRace } from "../../scenario/race-file.js";
import { BARRIERS } from "./barriers.js";
import { CORNERS } from "./corners.js";
import { DAEMONS } from "./daemons.js";
import { duets } from "./duets.js";
import type { MeetingText } from "./meeting-text.js";
import { MEETINGS } from "./texts.js";
import { WINDOWS } from "./windows.js";

/** The machine of a meeting that says nothing about it. */
const BOOT = "swap 16";

let known: readonly Scenario[] | undefined;
let weak: readonly Scenario[] | undefined;
let pairs: readonly Scenario[] | undefined;

/** All meetings. Invariants and the race net judge most of them: few have an end of their own. */
export function allMeetings(): readonly Scenario[] {
  known ??= [
    ...barrierMeetings(),
    ...meetingsOf({ ...WINDOWS, ...MEETINGS, ...CORNERS, ...DAEMONS }),
    ...duetMeetings(),
  ];
  return known;
}

/** Those of every pair of changes. */
export function duetMeetings(): readonly Scenario[] {
  pairs ??= meetingsOf(duets());
  return pairs;
}

/** The weak memory model in which small meetings and races run too: what a barrier orders does not show without one. */
export const WEAK: ModelName = "lkmm";

/** Those that a weak memory model is for. */
export function barrierMeetings(): readonly Scenario[] {
  weak ??= meetingsOf(BARRIERS);
  return weak;
}

function meetingsOf(texts: Readonly<Record<string, MeetingText>>): Scenario[] {
  return Object.entries(texts).map(([name, text]) => meetingOf(name, text));
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
