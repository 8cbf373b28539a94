/** A race's explore form as a program of a modelled machine. */

import { leaveDirt } from "../cpu/dirt.js";
import { RmapError } from "../errors.js";
import { lockedAway } from "../inspect/locked.js";
import { Inspector } from "../inspect/memory.js";
import { FILE_SLOT, MAX_PROCESSES, type Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { fillRecords, IDLE_ROUNDS, idleRecord } from "../record/warm-up.js";
import type { Daemons, RaceForm } from "../scenario/race.js";
import { encodeRound, type Round } from "../scenario/round.js";
import type { Layout } from "../wasm/layout.js";
import { MOST_CPUS, type ModelSize, QUEUE_RECORDS } from "./boot.js";
import { type Living, leftIn, livingIn } from "./left.js";
import type { Machine } from "./machine.js";
import { hostWords } from "./nap-words.js";
import type { Program } from "./program.js";
import { staleTlb } from "./tlbs.js";

/** Pages of memory without a `boot` line: enough for each CPU to keep a list of its own. */
const FRAMES_PER_CPU = 96;
/** Arena pages for each CPU: tables and objects of a few processes. */
const ARENA_PER_CPU = 96;

/**
 * Throws RmapError with exit code 5 when a form has daemons, and the search is none for these: they sleep until time passes,
 * and the host ends them, of which weak models and reduction know nothing.
 */
export function checkDaemons(form: RaceForm, file: string, isReduced: boolean, isWeak: boolean): void {
  if (form.boot.daemons === undefined || !(isReduced || isWeak)) return;
  throw new RmapError(
    "EINPUT",
    `${file}: a race with daemons is explored under sc, and not by dpor`,
    "use --model sc, and --strategy bounded, pct or random",
    5,
  );
}

/** Throws RmapError with exit code 5 when a form has more CPUs or operations than a model takes. */
export function checkForm(form: RaceForm, file: string, layout: Layout): void {
  const tooLarge = (what: string): RmapError =>
    new RmapError(
      "EINPUT",
      `${file}: ${what}`,
      "give the race a form below `explore`: two or three CPUs, with one to four operations each",
      5,
    );
  const cpus = form.cpus.length + daemonsOf(form).length;
  if (cpus > MOST_CPUS)
    throw tooLarge(`exploration takes at most ${MOST_CPUS} CPUs, and this race has ${cpus}`);
  for (const [cpu, records] of encodeRound(form, layout).cpus.entries())
    if (records.length > QUEUE_RECORDS)
      throw tooLarge(
        `exploration takes at most ${QUEUE_RECORDS} operations of a CPU, and CPU ${cpu} has ${records.length} with their repeats`,
      );
}

/** The size of the machine that a form needs. */
export function sizeOf(form: RaceForm): Omit<ModelSize, "module" | "monitor"> {
  const cpus = form.cpus.length + daemonsOf(form).length;
  const frames = form.boot.memory ?? FRAMES_PER_CPU * cpus;
  return {
    cpus,
    frames,
    arenaPages: ARENA_PER_CPU * cpus,
    swap: form.boot.swap ?? 0,
    blocks: frames,
    spaces: MAX_PROCESSES + 1,
    files: FILE_SLOT + 1,
  };
}

/** What the daemons of a race execute, each on a CPU behind the others. */
const DAEMONS: Readonly<Record<Daemons, readonly ("kswapd" | "flusher")[]>> = {
  kswapd: ["kswapd"],
  flusher: ["flusher"],
  both: ["kswapd", "flusher"],
};

/** The daemons of a form: the CPUs behind those that it names. */
function daemonsOf({ boot: { daemons } }: RaceForm): readonly ("kswapd" | "flusher")[] {
  return daemons === undefined ? [] : DAEMONS[daemons];
}

/** Cpu.delaySeed in a modelled engine: not 0, and the bit of overlays/model/arch/inject.ts. */
const LOOK = 1;
const RETURN = 2;

/** The process in which the CPUs fill their lists before the setup: no operation can name it. */
const WARM_PROCESS = MAX_PROCESSES;
/** Operations that have no record: the host carries them out. */
const HOST_KINDS: ReadonlySet<string> = new Set(["cpu", "sync", "dump"]);
/** Records that go into a ring at once. */
const CHUNK = 32;

export class RaceProgram implements Program {
  readonly #form: RaceForm;
  readonly #isWarm: boolean;
  #round: Round | undefined;
  /** What lived before the setup. */
  #before: Living = new Map();
  /** The anonymous pages behind the setup, by what its operations have counted. */
  #anonymous = 0;
  /** Whether each mlock of the setup has locked all that it should, and nothing moves that. */
  #locks = true;

  /** `isWarm`: `warmUp` has run on the machine. */
  constructor(form: RaceForm, isWarm = false) {
    this.#form = form;
    this.#isWarm = isWarm;
  }

  prepare(machine: Machine): readonly (readonly OpRecord[])[] {
    const round = encodeRound(this.#form, machine.layout);
    this.#round = round;
    if (!this.#isWarm) warmUp(machine);
    this.#before = livingIn(machine);
    const made = runOn(machine, 0, round.setup);
    this.#anonymous = grownBy(made);
    const moves = this.#operations.some(({ kind }) => kind === "mremap");
    this.#locks = !moves && locksAll(machine, round.setup, made);
    endGracePeriods(machine);
    this.#watch(machine);
    const { unmade } = this.#form.boot;
    if (unmade !== undefined) fillUnmade(machine, unmade === "ones" ? 0xff : 0);
    // Nobody else stores to these: a look at them is a decision, so that the net hears of it.
    if (this.daemons !== 0) for (const at of hostWords(machine.control)) machine.monitor.contend(at);
    const op = (name: string): OpRecord => ({ op: machine.layout.constant(`OP_${name.toUpperCase()}`) });
    return [...round.cpus, ...daemonsOf(this.#form).map((name) => [op(name)])];
  }

  get daemons(): number {
    const first = this.#form.cpus.length;
    return daemonsOf(this.#form).reduce((bits, _, at) => bits | (1 << (first + at)), 0);
  }

  /** Lets the checks of TLBs look, and the allocator do with freed objects what the race asks for. */
  #watch({ control, layout, view, cpus }: Machine): void {
    const offset = layout.struct("Cpu").offset("delaySeed");
    const value = this.#form.boot.slab === "returned" ? LOOK | RETURN : LOOK;
    for (let cpu = 0; cpu < cpus; cpu++) view.setU32(control.cpuBase(cpu) + offset, value);
  }

  /** Everything that the race does. */
  get #operations(): readonly Operation[] {
    const { setup, cpus, finish } = this.#form;
    return [setup, ...cpus, finish].flat();
  }

  /** Whether a device may keep pages: a range of pins outlives its process. */
  get #pins(): boolean {
    return this.#operations.some(({ kind }) => kind === "pin");
  }

  /** Whether reclaim may drop pages: no operation of their process counts these. */
  get #drops(): boolean {
    return this.#operations.some((one) => one.kind === "madvise" && one.advice === "free");
  }

  label(cpu: number, operation: number): string | undefined {
    const daemon = daemonsOf(this.#form)[cpu - this.#form.cpus.length];
    if (daemon !== undefined) return operation === 0 ? daemon : undefined;
    const operations = (this.#form.cpus[cpu] ?? []).filter(({ kind }) => !HOST_KINDS.has(kind));
    const all = operations.length * this.#form.repeat;
    const found = operation < all ? operations[operation % operations.length] : undefined;
    return found && printOperation(found);
  }

  /**
   * No TLB may remember what is no longer true, and what mlock has locked must be in memory. The finish's operations check
   * themselves: a wrong value is a panic. Then every process ends, and nothing may be left, nor may the operations have
   * counted any page that is.
   */
  verify(machine: Machine, outcomes: readonly (readonly OpOutcome[])[]): string | undefined {
    if (this.#round === undefined) return undefined;
    const stale = staleTlb(machine);
    if (stale !== undefined) return stale;
    const { cpus, finish, clear } = this.#round;
    if (this.#locks && cpus.every((records, cpu) => locksAll(machine, records, outcomes[cpu] ?? []))) {
      const away = lockedAway(new Inspector(machine.control));
      if (away !== undefined) return away;
    }
    const last = [...runOn(machine, 0, finish), ...runOn(machine, 0, clear)];
    machine.reclaimIdle();
    machine.checkAll();
    const left = this.#pins ? undefined : leftIn(machine, this.#before);
    if (left !== undefined || this.#drops) return left;
    const counted = this.#anonymous + grownBy([...outcomes.flat(), ...last]);
    return counted === 0
      ? undefined
      : `all processes have ended, and their operations have counted ${counted} anonymous pages`;
  }
}

/** Executes records on a CPU, with none beside it. */
function runOn(machine: Machine, cpu: number, records: readonly OpRecord[]): OpOutcome[] {
  const outcomes: OpOutcome[] = [];
  for (let from = 0; from < records.length; from += CHUNK)
    outcomes.push(...machine.warm(cpu, records.slice(from, from + CHUNK)));
  return outcomes;
}

/** Whether each mlock among the records has succeeded. */
function locksAll(
  { layout }: Machine,
  records: readonly OpRecord[],
  outcomes: readonly OpOutcome[],
): boolean {
  const mlock = layout.constant("OP_MLOCK");
  return records.every(({ op }, at) => op !== mlock || outcomes[at]?.result === 0);
}

/** By how many anonymous pages operations have grown their processes, by their own count. */
function grownBy(outcomes: readonly OpOutcome[]): number {
  return outcomes.reduce((sum, { anonDelta }) => sum + anonDelta, 0);
}

/**
 * Lets every grace period of the setup end. Otherwise the CPUs would look at each other's epochs in every operation,
 * and each look would be a decision. The CPUs keep what the setup left in their batches: a race may be about that.
 */
function endGracePeriods(machine: Machine): void {
  const idle = idleRecord(machine.layout, false);
  for (let round = 0; round < IDLE_ROUNDS; round++)
    for (let cpu = 0; cpu < machine.cpus; cpu++) runOn(machine, cpu, [idle]);
}

/** Lets each CPU fill its lists before the setup, and leaves something in what nobody uses. */
export function warmUp(machine: Machine): void {
  const encoder = new Encoder(machine.layout);
  for (let cpu = 0; cpu < machine.cpus; cpu++) runOn(machine, cpu, fillRecords(encoder, WARM_PROCESS, cpu));
  leaveDirt(machine.control, (at, bytes) => machine.monitor.stored(at, bytes));
}

/** Gives every free page of the arena the same bytes: whoever makes something out of it may find them there. */
function fillUnmade({ control, layout, view, monitor, model }: Machine, byte: number): void {
  const flags = layout.struct("Page").offset("flags");
  const used = layout.constant("PG_SLAB") | layout.constant("PG_TABLE") | layout.constant("PG_RESERVED");
  const [base, stride] = [control.get("kpageBase"), layout.constant("ARENA_PAGE_STRIDE")];
  const [memory, bytes] = [control.get("kmemBase"), layout.constant("PAGE_SIZE")];
  for (let page = 0; page < control.get("kpages"); page++) {
    if ((view.u32(base + page * stride + flags) & used) !== 0) continue;
    for (let at = 0; at < bytes; at += 4) view.setU32(memory + page * bytes + at, byte * 0x0101_0101);
    monitor.stored(memory + page * bytes, bytes);
  }
  model.fixUnmade?.();
}
