/** Replays a finding and writes down every access, marked and plain. */

import { hookLines, plainPlaces, type SourcePlace } from "../wasm/plain.js";
import type { Access, AccessKind } from "./access.js";
import type { Finding } from "./finding.js";
import { replay } from "./replay.js";
import type { Runner } from "./run.js";
import type { Turn } from "./turns.js";

/** One access of an execution. */
export interface Step {
  readonly cpu: number;
  /** What it does; a plain access loads or stores. */
  readonly kind: AccessKind;
  readonly plain: boolean;
  readonly write: boolean;
  /** For a lock: as one of several readers. */
  readonly shared: boolean;
  readonly at: number;
  readonly bits: number;
  /** Which of its operations the CPU is in, counted from 0; negative between two of them. */
  readonly operation: number;
  readonly where: SourcePlace;
  /** Name of the place in the code, for a marked access. */
  readonly site: string;
  /** What the word held before. A plain store does not know it: undefined. */
  readonly old: bigint | undefined;
  /** What the word held after it; for a stale read what the CPU saw. */
  value: bigint;
  /** There when the CPU saw an older value than memory held. */
  stale?: Newer;
}

/** What a stale read did not see. */
interface Newer {
  /** The newest value. */
  readonly value: bigint;
  /** The step that stored it, and its CPU; undefined when no step of the story did. */
  readonly by: number | undefined;
  readonly cpu: number | undefined;
}

/** A store of the story, and the one before it to the same word. */
interface Stored {
  readonly cpu: number;
  readonly index: number;
  readonly before: Stored | undefined;
}

/** What `walk` calls for each access, before a marked one is made and after a plain one. */
export type StepVisitor = (step: Step, index: number) => void;

/** The kinds of marked access that store nothing. */
const LOOKS: ReadonlySet<AccessKind> = new Set(["load", "fence", "wait"]);

/** Replays the turns of a finding, and shows every access of its CPUs. Returns the finding. */
export function walk(
  runner: Runner,
  turns: readonly Turn[],
  module: WebAssembly.Module,
  visit: StepVisitor,
): Finding | undefined {
  const { machine } = runner;
  const { view } = machine;
  const [hooks, plains] = [hookLines(module), plainPlaces(module)];
  const operationOf = operationReader(runner);
  const read = (at: number, bits: number): bigint => (bits === 64 ? view.u64(at) : BigInt(view.u32(at)));
  let last: Step | undefined;
  let index = 0;
  /** By word: the last step that stored there. */
  const stores = new Map<number, Stored>();
  /** Stale plain loads of which the watcher has not told yet. */
  const plainSeen: { readonly at: number; readonly seen: bigint }[] = [];
  const show = (step: Step): void => {
    visit(step, index);
    if (step.write)
      for (let at = step.at & ~3; at < step.at + step.bits / 8; at += 4)
        stores.set(at, { cpu: step.cpu, index, before: stores.get(at) });
    index++;
  };
  const newerThan = (at: number, value: bigint): Newer => {
    const newest = stores.get(at & ~3) ?? stores.get((at & ~3) + 4);
    // A lock that was taken as it was before is itself a store, and not the one that it did not see.
    const by = newest?.index === index - 1 && last?.write === true ? newest.before : newest;
    return { value, by: by?.index, cpu: by?.cpu };
  };
  // A marked access is seen before it is made, so what it did shows at the next one.
  const settle = (): void => {
    if (last !== undefined && last.stale === undefined) last.value = read(last.at, last.bits);
    last = undefined;
  };
  const { observer, watcher } = machine;
  const { onStale } = machine.weak;
  machine.observer = (cpu, access: Access) => {
    settle();
    const { hook, place, at } = access;
    if (cpu >= machine.cpus || hook.kind === "fence") return;
    const old = read(at, hook.bits);
    const site = machine.places[place] ?? "";
    const where = sourceOf(hooks[place], site);
    const write = writes(access, old);
    const { kind, bits } = hook;
    last = {
      ...{ cpu, kind, plain: false, write, shared: isShared(access), at, bits, where, site },
      ...{ old, value: old, operation: operationOf(cpu) },
    };
    show(last);
  };
  machine.weak.onStale = (_cpu, at, seen) => {
    if (last === undefined || last.at !== at) plainSeen.push({ at, seen: BigInt(seen) });
    else {
      last.stale = newerThan(at, last.old ?? 0n);
      last.value = BigInt(seen);
    }
  };
  machine.watcher = (cpu, write, at, bytes, place) => {
    settle();
    if (bytes === 0) return;
    const bits = bytes === 8 && at % 8 === 0 ? 64 : 32;
    const word = bits === 64 ? at : at & ~3;
    const where = plains[place] ?? { line: "", name: "?" };
    const newest = read(word, bits);
    const stale = !write && plainSeen[0]?.at === at ? plainSeen.shift() : undefined;
    const value = stale?.seen ?? newest;
    const kind = write ? "store" : "load";
    const old = write ? undefined : value;
    const step = {
      cpu,
      kind,
      plain: true,
      write,
      shared: false,
      at: word,
      bits,
      where,
      site: "",
      old,
      value,
    } as const;
    const of = stale && { stale: newerThan(word, newest) };
    show({ ...step, operation: operationOf(cpu), ...of });
  };
  try {
    return replay(runner, turns).finding;
  } finally {
    settle();
    machine.observer = observer;
    machine.watcher = watcher;
    machine.weak.onStale = onStale;
  }
}

/** Where a paused CPU stands, before `access`, and in which of its operations. */
export function nextOf(
  runner: Runner,
  cpu: number,
  { place }: Access,
  module: WebAssembly.Module,
): Pick<Step, "where" | "operation"> {
  const where = sourceOf(hookLines(module)[place], runner.machine.places[place] ?? "");
  return { where, operation: operationReader(runner)(cpu) };
}

/** Whether a marked access changes its word, which holds `old`. */
function writes({ hook, value, expected }: Access, old: bigint): boolean {
  const { kind } = hook;
  if (kind === "cas") return old === BigInt(expected);
  if (kind === "trylock") return (old & BigInt(expected)) === 0n;
  if (kind === "get") return old !== 0n && old < BigInt(value);
  return !LOOKS.has(kind);
}

/** Whether an access takes a lock for reading: it waits for one writer, and adds itself to the readers. */
function isShared({ hook, value, expected }: Access): boolean {
  const takes = hook.kind === "lock" || hook.kind === "trylock";
  return takes && value === 1 && Number(expected) > 1 && expected !== 0xffff_ffff;
}

/** Where a marked access stands. A hook that no line names stands in the function of its place. */
export function sourceOf(line: SourcePlace | undefined, site: string): SourcePlace {
  if (line !== undefined && !/^(model|checked)\/(arch|sync)\//.test(line.line)) return line;
  const [path = ""] = site.replace(/<.*/, "").split("#");
  const slash = path.lastIndexOf("/");
  return slash < 0
    ? (line ?? { line: "", name: site })
    : { line: `assembly/${path.slice(0, slash)}.ts`, name: path.slice(slash + 1) };
}

/** Reads which of its operations a CPU is in. */
function operationReader({ machine, first }: Runner): (cpu: number) => number {
  const { view, layout, control } = machine;
  const struct = layout.struct("Cpu");
  const { size } = layout.struct("OpRecord");
  const cpus = machine.fibers.map(({ cpu }) => {
    const base = control.cpuBase(cpu);
    const mask = view.u32(base + struct.offset("queueMask"));
    const queue = view.u32(base + struct.offset("queueBase"));
    return { current: base + struct.offset("current"), queue, mask };
  });
  return (cpu) => {
    const { current, queue, mask } = cpus[cpu] as (typeof cpus)[number];
    const record = view.u32(current);
    return record === 0 ? -1 : ((record - queue) / size - (first[cpu] as number)) & mask;
  };
}
