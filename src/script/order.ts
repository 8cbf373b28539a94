/**
 * The order of a script's operations on several CPUs. It decides which operations must come after which others, so
 * that the script ends in the same state on any number of CPUs.
 *
 * Operations keep their script order where they
 *
 * 1. belong to one process; 2. meet at a page that the processes may share by fork, by the file, or by a shared
 * mapping (`Sharing`
 *    tells which; it errs towards sharing). Whether a write copies a page or takes it over depends on who
 *    else maps it, and what a read fault maps depends on what the file's cache has;
 * 3. fork, and change mappings, in whatever processes: whether a child takes an ancestor's anon_vma over
 *    depends on how many mappings and children that one has, and later merges of mappings show it. Only forks
 *    look at these counts, the others add and subtract, so that changes of mappings in different processes
 *    need no order between them. A fault counts nothing away: it makes an anon_vma of its own, or adds to one
 *    that its own process uses;
 * 4. ask for merging (`mergeable`): equal pages are looked for in the order in which the processes asked; 5. map or
 * move to an address that is chosen for them: from there on the process keeps its order with
 *    everybody.
 *
 * Everything else runs at the same time on different CPUs: faults at pages that are not shared with one another, and
 * changes of mappings that have no such page. `ksm`, `dump`, `sync`, `check`, `reclaim`, `swapoff`, `unpin` and `device` are
 * points where all CPUs meet; a merged page is never written in place, so that between them nobody can tell who left
 * it first.
 */

import { type Mark, Shared } from "../engine/marks.js";
import type { ProcessOperation } from "../ops/operation.js";
import { Sharing } from "./sharing.js";

/** How an operation uses the counts of anon_vmas: not at all, it adds and subtracts, or it reads them. */
type Ancestry = "none" | "counts" | "looks";

/** Follows the operations of a script in order, and finds the operations that each one waits for. */
export class ScriptOrder {
  readonly #sharing = new Sharing();
  readonly #world = new Shared();
  readonly #ancestry = new Shared();
  readonly #merging = new Shared();
  /** Processes with mappings at unknown addresses. */
  readonly #unknown = new Set<number>();
  /** The last operation of each process. */
  readonly #last = new Map<number, Mark>();
  /** For each CPU: the last operation of every other CPU that it has waited for. */
  readonly #seen: number[][];
  #sequence = 0;
  /** Everything up to this operation is done. */
  #met = 0;

  constructor(cpus: number) {
    this.#seen = Array.from({ length: cpus }, () => new Array<number>(cpus).fill(0));
  }

  /**
   * Takes the next operation of the script, which will run on a CPU. Calls `put` with the operations that it must
   * come after, at most one of each other CPU. `put` returns the position after the operation's record.
   */
  async next(
    operation: ProcessOperation,
    cpu: number,
    put: (waits: readonly Mark[]) => Promise<number>,
  ): Promise<void> {
    if (chooses(operation)) this.#unknown.add(operation.process);
    if (operation.kind === "fork" && this.#unknown.has(operation.process)) this.#unknown.add(operation.child);
    const alone = this.#unknown.has(operation.process);
    const ancestry = ancestryOf(operation);
    const merges = operation.kind === "madvise" && operation.advice === "mergeable";
    const classes = this.#sharing.of(operation);

    const waits = new Waits(cpu, this.#seen[cpu] as number[], this.#met);
    const last = this.#last.get(operation.process);
    if (last) waits.add(last);
    waits.addAll(this.#world.before(alone));
    if (ancestry !== "none") waits.addAll(this.#ancestry.before(ancestry === "looks"));
    if (merges) waits.addAll(this.#merging.before(true));
    for (const found of classes) waits.addAll(this.#sharing.users(found));

    const position = await put(waits.take());
    const mark: Mark = { cpu, position, sequence: ++this.#sequence };
    this.#last.set(operation.process, mark);
    if (operation.kind === "fork") this.#last.set(operation.child, mark);
    this.#world.used(alone, mark);
    if (ancestry !== "none") this.#ancestry.used(ancestry === "looks", mark);
    if (merges) this.#merging.used(true, mark);
    this.#sharing.follow(operation);
    this.#sharing.used(classes, mark);
  }

  /** All CPUs have met: every operation so far is done. */
  met(): void {
    this.#met = this.#sequence;
  }
}

/** The latest operation of each other CPU that this one must still wait for. */
class Waits {
  readonly #cpu: number;
  readonly #seen: number[];
  readonly #met: number;
  readonly #marks = new Map<number, Mark>();

  constructor(cpu: number, seen: number[], met: number) {
    this.#cpu = cpu;
    this.#seen = seen;
    this.#met = met;
  }

  add(mark: Mark): void {
    if (mark.cpu === this.#cpu || mark.sequence <= this.#met) return;
    if (mark.sequence <= (this.#seen[mark.cpu] as number)) return;
    const known = this.#marks.get(mark.cpu);
    if (!known || known.sequence < mark.sequence) this.#marks.set(mark.cpu, mark);
  }

  addAll(marks: readonly Mark[]): void {
    for (const mark of marks) this.add(mark);
  }

  /** Returns the marks, and notes that the CPU has waited for them. */
  take(): Mark[] {
    const marks = [...this.#marks.values()];
    for (const { cpu, sequence } of marks) this.#seen[cpu] = sequence;
    return marks;
  }
}

/** True when the engine chooses the address of the mapping. */
function chooses(operation: ProcessOperation): boolean {
  if (operation.kind === "mmap") return operation.page === "any";
  return operation.kind === "mremap" && operation.to === "any";
}

function ancestryOf(operation: ProcessOperation): Ancestry {
  switch (operation.kind) {
    case "fork":
      return "looks";
    case "read":
    case "write":
    case "touch":
    case "pin":
    case "unpin":
    case "hold":
    case "release":
    case "device":
    case "expect":
    case "seen":
    case "cpu":
      return "none";
    default:
      return "counts";
  }
}
