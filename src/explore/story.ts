/** The story of a finding: what each CPU did, in the order in which it happened, and what went wrong in one sentence. */

import { panicSentence } from "../cpu/panic.js";
import { Names } from "../inspect/names.js";
import type { SourcePlace } from "../wasm/plain.js";
import type { Finding } from "./finding.js";
import { conflicting, isLock, mayMatter, withLocks } from "./matter.js";
import type { Runner } from "./run.js";
import { nextOf, type Step, walk } from "./steps.js";
import { nextText, stepText } from "./telling.js";
import type { Turn } from "./turns.js";

/** One event of a story. Plain data. */
export interface StoryEvent {
  readonly cpu: number;
  /** The operation of the race that the CPU is in: `1 write 0 116`. */
  readonly operation: string;
  /** Folder of the sources and path: `assembly/rmap/prepare.ts`; "" for the begin and the end of an operation. */
  readonly file: string;
  /** Counted from 1; 0 when the build did not note it. */
  readonly line: number;
  readonly function: string;
  /** What the CPU does there: `reads VMA A's anonVma: none`. */
  readonly text: string;
  /** There where it is found: the last event that matters of the CPU that finds it, or of all when the checks do. */
  readonly finds?: true;
  /** There when the CPU reads an older value than memory has. */
  readonly stale?: true;
  /** There for such a read, where it is known: which order is missing. */
  readonly because?: string;
  /** There when the machine stops before the CPU has done it. */
  readonly pending?: true;
}

/** A finding told. Plain data. */
interface Story {
  readonly events: readonly StoryEvent[];
  /** One sentence: what is broken, and who did what. */
  readonly conclusion: string;
}

/** A story, and the names that it gives to objects. The names hold while the machine is in its final state. */
export interface NamedStory extends Story {
  readonly names: Names;
}

/** The most events of a story. The last ones stay. */
const MOST = 48;

/** The conflicts, and the stale reads with the stores that they do not see; without any, what the CPUs stored: then one of them went wrong by itself. */
function mattering(steps: ReadonlyMap<number, Step>): Set<number> {
  const conflicts = conflicting(steps);
  for (const [index, { stale }] of steps) {
    if (stale === undefined) continue;
    conflicts.add(index);
    if (stale.by !== undefined) conflicts.add(stale.by);
  }
  if (conflicts.size > 0) return conflicts;
  return new Set([...steps].filter(([, { write, kind }]) => write && !isLock(kind)).map(([index]) => index));
}

/** An event, and what the conclusion needs of it. */
interface Told extends StoryEvent {
  readonly step?: Step;
}

/** Tells the finding to which `turns` lead. The machine is left in its final state. */
export function tellStory(runner: Runner, turns: readonly Turn[], module: WebAssembly.Module): NamedStory {
  const { control } = runner.machine;
  // The first time shows which words several CPUs touch: only to those are plain accesses seen, from then on.
  walk(runner, turns, module, () => {});
  const looks = new Names(control);
  const all: Step[] = [];
  const steps = new Map<number, Step>();
  const finding = walk(runner, turns, module, (step, index) => {
    all.push(step);
    if (mayMatter(step, looks.structAt(step.at))) steps.set(index, step);
  });
  const stale = [...steps].filter(([, step]) => step.stale !== undefined).map(([index]) => index);
  const told = [...new Set([...withLocks(steps, mattering(steps)), ...stale])]
    .sort((a, b) => a - b)
    .slice(-MOST);
  const names = new Names(control);
  const events = new Map<number, Told>();
  walk(runner, turns, module, (_, index) => {
    const known = all[index];
    if (known === undefined || !told.includes(index)) return;
    const { cpu, operation, where } = known;
    const event = eventOf(runner, cpu, operation, where, stepText(known, names));
    events.set(index, { ...event, ...(known.stale && { stale: true as const }), step: known });
  });
  const bounded = withBounds(runner, all, events);
  const standing = finding === undefined ? [] : unfinished(runner, finding, module, names);
  const story = [...bounded, ...standing];
  const last = finding && lastOf(story, culpritOf(runner, finding));
  return {
    names,
    events: story.map((told) => {
      const { step: _, ...event } = told;
      return told === last ? { ...event, finds: true } : event;
    }),
    conclusion:
      finding === undefined
        ? "nothing is wrong"
        : `${conclude(runner, finding, story, names)}${becauseStale(story)}`,
  };
}

function eventOf(
  { program }: Runner,
  cpu: number,
  operation: number,
  where: SourcePlace,
  text: string,
): StoryEvent {
  const [, file = where.line, line = "0"] = /^(.*):(\d+)$/.exec(where.line) ?? [];
  const named = program.label?.(cpu, operation) ?? "";
  return { cpu, operation: named, file, line: Number(line), function: where.name, text };
}

/** The events with the begin and the end of each operation that has one. */
function withBounds(runner: Runner, all: readonly Step[], events: ReadonlyMap<number, Told>): Told[] {
  const spans = new Map<string, { first: number; last: number }>();
  for (const [index, { cpu, operation }] of all.entries()) {
    const span = spans.get(`${cpu} ${operation}`);
    if (span === undefined) spans.set(`${cpu} ${operation}`, { first: index, last: index });
    else span.last = index;
  }
  const begins = new Map<number, Told>();
  const ends = new Map<number, Told>();
  for (const { cpu, operation, step } of events.values()) {
    const span = step && spans.get(`${cpu} ${step.operation}`);
    if (span === undefined || begins.has(span.first)) continue;
    const bound = { cpu, operation, file: "", line: 0, function: "" };
    begins.set(span.first, { ...bound, text: `begins \`${operation}\`` });
    const later = all.findIndex((other, index) => index > span.last && other.cpu === cpu);
    const over = later >= 0 || runner.pending(cpu) === undefined;
    if (over) ends.set(span.last, { ...bound, text: `ends \`${operation}\`` });
  }
  return all.flatMap((_, index) =>
    [begins.get(index), events.get(index), ends.get(index)].filter((event) => event !== undefined),
  );
}

/** What each CPU that is not done would do next, but for the one that stopped the machine. */
function unfinished(runner: Runner, finding: Finding, module: WebAssembly.Module, names: Names): Told[] {
  const culprit = culpritOf(runner, finding);
  return runner.machine.fibers.flatMap(({ cpu, state, access }) => {
    if (state !== "paused" || cpu === culprit) return [];
    const { where, operation } = nextOf(runner, cpu, access, module);
    return [{ ...eventOf(runner, cpu, operation, where, nextText(access, names)), pending: true }];
  });
}

/** The CPU that came upon what is wrong; undefined when the checks at the end did. */
function culpritOf({ machine }: Runner, { kind }: Finding): number | undefined {
  if (kind !== "panic" && kind !== "trap") return undefined;
  const cpu = machine.control.get("panicCpu");
  return cpu < machine.cpus ? cpu : undefined;
}

/** One sentence: what is broken, where, and what another CPU has done there, or has yet to do. */
function conclude(runner: Runner, finding: Finding, events: readonly Told[], names: Names): string {
  const what = sentenceOf(runner, finding, names);
  const culprit = culpritOf(runner, finding);
  const steps = events.filter(({ file }) => file !== "");
  const last = lastOf(events, culprit);
  if (last === undefined) return culprit === undefined ? `when all is done, ${what}` : what;
  const other = otherSide(steps, last);
  const before =
    other === undefined ? "" : `; ${whoText(other)} ${other.step ? "earlier" : "still"}: ${other.text}`;
  return culprit === undefined
    ? `when all is done, ${what}; the last that matters: ${whoText(last)}: ${last.text}${before}`
    : `${whoText(last)} finds: ${what}${before}`;
}

/** Which reads saw old values, for the end of the sentence; empty when none did. */
function becauseStale(events: readonly Told[]): string {
  const stale = events.filter((event) => event.stale);
  return stale.map((event) => `; ${whoText(event)} ${event.text}: nothing orders the two`).join("");
}

/** The last step of the CPU that found it; when the checks did, the last of all that is not about a lock. */
function lastOf(events: readonly Told[], culprit: number | undefined): Told | undefined {
  return events.findLast(({ cpu, step }) =>
    culprit === undefined ? step && !isLock(step.kind) : step && cpu === culprit,
  );
}

/** `CPU 1, in \`scan 1\`, at walkList (assembly/rmap/walk.ts:39)`. */
function whoText(event: Told): string {
  return `CPU ${event.cpu}, in \`${event.operation}\`, at ${placeText(event)}`;
}

/** What another CPU has yet to do; or the last store of another CPU that the CPU of `last` met. */
function otherSide(all: readonly Told[], last: Told): Told | undefined {
  const standing = all.find(
    ({ cpu, step, text }) => step === undefined && cpu !== last.cpu && YET.test(text),
  );
  if (standing !== undefined) return standing;
  const steps = all.filter(({ step }) => step !== undefined);
  const others = steps.filter(({ cpu, step }) => cpu !== last.cpu && step?.write === true);
  const data = others.filter(({ step }) => step && !isLock(step.kind));
  const own = new Set(steps.filter(({ cpu }) => cpu === last.cpu).map(({ step }) => step?.at));
  const met = data.filter(({ step }) => own.has(step?.at));
  return met.at(-1) ?? data.at(-1);
}

const YET = /^has yet to (store|change|take)/;

function placeText({ file, line, function: name }: StoryEvent): string {
  return `${name} (${file}${line === 0 ? "" : `:${line}`})`;
}

/** What is broken, with the names of objects in place of addresses. */
function sentenceOf({ machine }: Runner, { kind, message }: Finding, names: Names): string {
  if (kind !== "panic") return message;
  return panicSentence(machine.control).replace(/ \((0x[^)]*)\)$/, (_, list: string) => {
    const addresses = list.split(", ").map(Number);
    const known = addresses.filter((address) => names.structAt(address) !== "");
    const objects = [...new Set(known.map((address) => names.owner(address)))];
    return objects.length === 0 ? ` (${list})` : ` (${objects.join(", ")})`;
  });
}
