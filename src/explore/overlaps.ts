/**
 * Counts how often counted code met another CPU: while an operation that had entered it was on its way, both touched one
 * word, and one of them wrote it.
 */

import { nameOf } from "../build/counted.js";
import type { CoverSite } from "../build/cover.js";
import type { Access, AccessKind } from "./access.js";
import { Counters } from "./counters.js";
import type { Machine } from "./machine.js";
import type { Runner } from "./run.js";

/** Accesses that change nothing. */
const LOOKS: ReadonlySet<AccessKind> = new Set<AccessKind>(["load", "fence", "wait"]);
/** The most declarations that it counts for: it looks at each of them at each access. */
const MOST = 64;

/** Who touched a word last. */
interface Touch {
  readonly cpu: number;
  readonly stores: boolean;
  /** Declarations that its operation had entered. */
  readonly inside: ReadonlySet<number>;
}

export class Overlaps {
  /** By declaration's name: how often. Empty where there are too many to count. */
  readonly counts = new Map<string, number>();
  readonly #names: readonly string[];
  readonly #counters: Counters;
  /** By declaration: its entry's site, and how often that ran before. */
  readonly #entries: readonly number[];
  readonly #before: number[];
  /** By CPU: the declarations that its operation has entered, and how many operations it had done before. */
  readonly #inside: Set<number>[];
  readonly #done: number[];
  readonly #machine: Machine;
  readonly #doneOffset: number;
  readonly #last = new Map<number, Touch>();

  /** For a machine of this module. */
  constructor(machine: Machine, module: WebAssembly.Module) {
    this.#machine = machine;
    this.#counters = new Counters(module, machine.exports);
    const { sites } = this.#counters;
    const entries = sites.flatMap(({ kind }, site) => (kind === "entry" ? [site] : []));
    this.#entries = entries.length > MOST ? [] : entries;
    this.#names = this.#entries.map((site) => nameOf(sites[site] as CoverSite));
    for (const name of this.#names) this.counts.set(name, 0);
    this.#before = this.#entries.map(() => 0);
    this.#inside = machine.fibers.map(() => new Set());
    this.#done = machine.fibers.map(() => -1);
    this.#doneOffset = machine.layout.struct("Cpu").offset("index");
  }

  /** A new execution begins. */
  begin(): void {
    this.#last.clear();
    for (const inside of this.#inside) inside.clear();
    this.#done.fill(-1);
    this.#settle(() => {});
  }

  /** A CPU is about to make an access. It has entered what was entered since the last access of any CPU. */
  arrive(cpu: number): void {
    const inside = this.#inside[cpu];
    if (inside === undefined || this.#entries.length === 0) return;
    const { control, view } = this.#machine;
    const done = view.u32(control.cpuBase(cpu) + this.#doneOffset);
    if (done !== this.#done[cpu]) inside.clear();
    this.#done[cpu] = done;
    this.#settle((declaration) => inside.add(declaration));
  }

  /** A CPU makes an access to a word that several touch. */
  see(cpu: number, { hook, at }: Access): void {
    const own = this.#inside[cpu];
    if (own === undefined || this.#entries.length === 0) return;
    const stores = !LOOKS.has(hook.kind);
    const last = this.#last.get(at);
    this.#last.set(at, { cpu, stores, inside: own.size === 0 ? own : new Set(own) });
    if (last === undefined || last.cpu === cpu || !(stores || last.stores)) return;
    for (const declaration of own) this.#count(declaration);
    for (const declaration of last.inside) if (!own.has(declaration)) this.#count(declaration);
  }

  #settle(entered: (declaration: number) => void): void {
    for (const [declaration, site] of this.#entries.entries()) {
      const now = this.#counters.count(site);
      if (now === this.#before[declaration]) continue;
      this.#before[declaration] = now;
      entered(declaration);
    }
  }

  #count(declaration: number): void {
    const name = this.#names[declaration] as string;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** Counts what meets in a runner's machine from here on, beside whoever looks on already. */
export function watchOverlaps(runner: Runner, module: WebAssembly.Module): Overlaps {
  const { machine } = runner;
  const overlaps = new Overlaps(machine, module);
  const { observer } = machine;
  machine.observer = (cpu, access) => {
    observer?.(cpu, access);
    overlaps.see(cpu, access);
  };
  machine.onArrive = (cpu) => overlaps.arrive(cpu);
  runner.onBegin = () => overlaps.begin();
  return overlaps;
}
