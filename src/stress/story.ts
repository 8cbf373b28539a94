/** The story of a finding: the last events of each CPU, the held locks, and the objects involved. */
import type { Control } from "../cpu/control.js";
import { describePosition } from "../cpu/panic.js";
import { Names } from "../inspect/names.js";
import { describeRecord } from "../record/record.js";

/** One event of one CPU. */
interface StoryEvent {
  readonly cpu: number;
  /** Counts the events of all CPUs. */
  readonly order: number;
  readonly what: string;
}

/** The state of one CPU at the end. */
interface StoryCpu {
  readonly cpu: number;
  /** Its operation, in words. */
  readonly position: string;
  /** Locks that it holds, in the order in which it took them. */
  readonly held: readonly string[];
}

/** Everything that the memory still shows. */
export interface Story {
  /** The last ones, in order. */
  readonly events: readonly StoryEvent[];
  readonly cpus: readonly StoryCpu[];
  /** The objects that the finding names, as they stand now. */
  readonly objects: readonly string[];
}

/** The story of an engine whose memory shows nothing. */
export const NO_STORY: Story = { events: [], cpus: [], objects: [] };

/** The number of last events to show of each CPU, and the number of events that name an object of the finding. */
const LAST = 5;
const ABOUT = 16;
/** Locks that the story omits: every allocation takes them. */
const DULL = new Set(["SLAB", "ZONE", "LRU"]);

/**
 * Reads the story out of a stopped engine's memory. `places` has the names of the places in the module's code, by
 * number.
 */
export function readStory(control: Control, places: readonly string[] = []): Story {
  const names = new Names(control);
  const args = [0, 1, 2, 3].map((index) => control.get(`panicArg${index}`)).filter((value) => value > 4096);
  const numbers = Array.from({ length: control.cpus }, (_, cpu) => cpu);
  // The objects come first, so that they get the first letters.
  const objects = [
    ...new Set(args.map((address) => names.describe(address)).filter((text) => text !== undefined)),
  ];
  const about = new Set(args.map((address) => names.owner(address)));
  const events = selected(
    numbers.map((cpu) => eventsOf(control, cpu, names, places)),
    about,
  );
  const cpus = numbers.map((cpu) => ({
    cpu,
    position: describePosition(control, cpu),
    held: heldLocks(control, cpu).map(({ at }) => names.lock(at)),
  }));
  return { events, cpus, objects };
}

/** A story as lines of text. */
export function storyText({ events, cpus, objects }: Story): string[] {
  const last = events.at(-1)?.order ?? 0;
  const width = String(last - (events[0]?.order ?? last)).length + 1;
  return [
    ...objects,
    ...(events.length > 0 ? ["what the CPUs did last (counted back from the last event of all):"] : []),
    ...events.map(
      ({ cpu, order, what }) =>
        `${String(order - last).padStart(width)}  ${"      ".repeat(cpu)}CPU ${cpu} ${what}`,
    ),
    ...cpus
      .filter(({ held }) => held.length > 0)
      .map(({ cpu, held, position }) => `CPU ${cpu} holds the ${held.join(", the ")}; ${position}`),
  ];
}

/**
 * Selects events for the story: the last ones of each CPU, the beginning of its operation, and those about the
 * finding.
 */
function selected(perCpu: readonly NotedEvent[][], about: ReadonlySet<string>): StoryEvent[] {
  const chosen = perCpu.flatMap((events) => [
    ...events.filter(({ begins }) => begins).slice(-1),
    ...events.slice(-LAST),
  ]);
  const named = perCpu
    .flat()
    .filter(({ objects }) => objects.some((object) => about.has(object)))
    .sort((a, b) => a.order - b.order)
    .slice(-ABOUT);
  return [...new Set([...chosen, ...named])]
    .sort((a, b) => a.order - b.order)
    .map(({ cpu, order, what }) => ({ cpu, order, what }));
}

/** An event and its objects. */
interface NotedEvent extends StoryEvent {
  /** Names of its objects. */
  readonly objects: readonly string[];
  /** True for the beginning of an operation. */
  readonly begins: boolean;
}

/** The events in a CPU's log, without the uninteresting ones. */
function eventsOf(control: Control, cpu: number, names: Names, places: readonly string[]): NotedEvent[] {
  const { view, layout } = control;
  const base = control.cpuBase(cpu);
  const struct = layout.struct("Event");
  const capacity = layout.constant("EVENTS");
  const count = view.u32(base + layout.struct("Cpu").offset("events"));
  const kept = Math.min(capacity, count);
  const result: NotedEvent[] = [];
  for (let index = count - kept; index < count; index++) {
    const at = base + layout.constant("CPU_EVENTS") + (index & (capacity - 1)) * struct.size;
    const field = (name: string) => view.u32(at + struct.offset(name));
    const kind = layout.nameOf("EVENT_", field("kind") & 0xff) ?? "";
    const told = tell(control, names, kind, field("a"), field("b"));
    if (told === undefined) continue;
    const place = placeText(places[field("kind") >>> 8], field("kind") >>> 8);
    const what = place === "" ? told : `${told}, in ${place}`;
    const objects = objectsOf(kind, field("a"), field("b"));
    result.push({
      ...{ cpu, order: field("order"), what, begins: kind === "OP" },
      objects: objects.map((address) => names.owner(address)),
    });
  }
  return begun(control, cpu, result);
}

/** The events of a CPU with the begin of its operation, which may be older than all that the log still has. */
function begun(control: Control, cpu: number, events: readonly NotedEvent[]): NotedEvent[] {
  const { view, layout } = control;
  const record = view.u32(control.cpuBase(cpu) + layout.struct("Cpu").offset("current"));
  const [first] = events;
  if (record === 0 || record >= view.bytes || first === undefined || events.some(({ begins }) => begins))
    return [...events];
  const what = `is in ${describeRecord(view, layout, record)}, which began before what is left of its log`;
  return [{ cpu, order: first.order, what, begins: true, objects: [] }, ...events];
}

/** Addresses of the objects that an event is about. */
function objectsOf(kind: string, a: number, b: number): number[] {
  if (kind === "OP" || kind === "DELAY" || kind === "TLB_FLUSH" || kind === "SWAP") return [];
  if (kind === "MAPPING") return [a, b & ~3];
  return kind === "ENTRY" ? [a, ...((b & 1) === 1 ? [b & ~3] : [])] : [a];
}

/** `anonVmaPrepare (rmap/prepare.ts)`, for a place's name `rmap/prepare/anonVmaPrepare#2`; "" when there is none. */
function placeText(place: string | undefined, number: number): string {
  const path = number === 0 ? "" : (place ?? "").replace(/[<#].*/, "");
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : `${path.slice(slash + 1)} (${path.slice(0, slash)}.ts)`;
}

/** What an entry becomes, as the stress build packs it. */
function entryText(names: Names, packed: number): string {
  if ((packed & 1) === 1)
    return `${names.owner(packed & ~3)}, ${(packed & 2) === 2 ? "writable" : "read-only"}`;
  return packed === 0 ? "empty or a migration entry" : `swap slot ${packed >>> 2}`;
}

/** An event in words; undefined for an uninteresting one. */
function tell(control: Control, names: Names, kind: string, a: number, b: number): string | undefined {
  const { layout } = control;
  switch (kind) {
    case "OP":
      return `begins ${layout.nameOf("OP_", a & 0xffff) ?? "an operation"}, address space ${a >>> 16}`;
    case "LOCK":
      return DULL.has(layout.nameOf("LOCK_", b) ?? "") ? undefined : `takes the ${names.lock(a)}`;
    case "UNLOCK": {
      const name = names.lock(a);
      return /LRU|zone|slab/.test(name) ? undefined : `releases the ${name}`;
    }
    case "DELAY":
      return `is delayed${delayText(layout.nameOf("DELAY_", a))}`;
    case "ALLOC":
    case "FREE":
      if (b !== layout.constant("SLAB_ANON_VMA")) return undefined;
      return `${kind === "ALLOC" ? "allocates" : "frees"} ${names.object(a)}`;
    case "MADE":
      return `has constructed ${names.object(a)}`;
    case "PUBLISH":
      return `publishes ${names.object(a)}`;
    case "CHANGE":
      return `changes the tree of ${names.object(a)}${b === 0 ? " without its lock" : ""}`;
    case "WALK":
      return `walks the tree of ${names.object(a)}`;
    case "MAPPING":
      return `sets the mapping of ${names.object(a)} to ${names.object(b & ~3)}`;
    case "ENTRY":
      // The exchange of another 64-bit word is none of it.
      return names.structAt(a) === "Table"
        ? `changes ${names.owner(a)} to ${entryText(names, b)}`
        : undefined;
    case "TLB_HIT":
      return `accesses ${names.object(a)} through its TLB`;
    case "TLB_FLUSH":
      return `empties the TLB of CPU ${a}`;
    case "SWAP":
      return `sets the word of swap slot ${a} to ${b > 0xffff ? `0x${b.toString(16)}` : b}`;
    default:
      return undefined;
  }
}

/** What has just happened at a delay point that has a name. */
function delayText(name: string | undefined): string {
  return name === undefined ? "" : ` after ${name.toLowerCase().replaceAll("_", " ")}`;
}

/** The locks that a CPU holds, by the checked build's table. */
function heldLocks(control: Control, cpu: number): { readonly at: number }[] {
  const { view, layout } = control;
  const base = control.cpuBase(cpu);
  const count = view.u32(base + layout.struct("Cpu").offset("heldLocks"));
  // More locks than a CPU can hold, or one outside the memory: the table is overwritten and useless.
  if (count > layout.constant("MAX_HELD")) return [];
  const table = base + layout.constant("CPU_HELD");
  const held = Array.from({ length: count }, (_, index) => ({ at: view.u32(table + index * 8) }));
  return held.filter(({ at }) => at < view.bytes);
}
