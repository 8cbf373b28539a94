/**
 * A plain model of the memory operations: one thread, no locks, no trees, every rule as directly as it can be said. It
 * gives the same answers as the Linux 6.18 kernel to every recorded script, and is what the engine is compared with.
 *
 * What to read first: `merge.ts` (when mappings become one), `anon-vma.ts` (who shares an anon_vma), `fault.ts` (what
 * an access does), `fork.ts`, `mremap.ts`, `ksm.ts`. Page numbers are relative to the scripts' window.
 */
import { FILE_PAGES, type Operation } from "../src/ops/operation.js";
import type { Dump, Outcome } from "../src/ops/outcome.js";
import { snapshot } from "./dump.js";
import { access, load, store, supply } from "./fault.js";
import { fork } from "./fork.js";
import { KsmList } from "./ksm.js";
import type { Machine } from "./machine.js";
import { madvise } from "./madvise.js";
import { brk, mlock, mmap, mprotect, munmap } from "./mapping.js";
import { mremap } from "./mremap.js";
import { FileObject } from "./page.js";
import { Pins } from "./pin.js";
import { Process } from "./process.js";

/** The model as a machine: starts with process 0, empty. */
export class Model implements Machine {
  readonly processes = new Map<number, Process>([[0, new Process(0)]]);
  private readonly file = new FileObject(FILE_PAGES, true);
  private readonly ksm = new KsmList();
  private readonly pins = new Pins();
  private executed = 0;

  /** Runs operations; one outcome each, `dump` has none. */
  run(ops: readonly Operation[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const op of ops) {
      if (op.kind === "dump") continue;
      outcomes.push(this.step(op));
      this.executed++;
    }
    return outcomes;
  }

  dump(): Dump {
    return snapshot(this.processes.values(), this.executed);
  }

  private step(op: Operation): Outcome {
    if (op.kind === "ksm") this.ksm.run();
    // What only moves pages between frames, lists, CPUs or swap leaves nothing to see.
    if (!("process" in op) || op.kind === "cpu" || op.kind === "migrate") return 0;
    // What was pinned stays so when its process exits.
    if (op.kind === "unpin") return this.pins.unpin(op.process, op.page, op.pages);
    if (op.kind === "release") return this.pins.release(op.process);
    if (op.kind === "device") return this.pins.device(op.process, op.value);
    const process = this.processes.get(op.process);
    if (process === undefined) throw new Error(`no process ${op.process}`);
    switch (op.kind) {
      case "mmap":
        return mmap(process, op, this.file);
      case "munmap":
        return munmap(process, op.page, op.pages);
      case "mprotect":
        return mprotect(process, op.page, op.pages, op.prot);
      case "mremap":
        return mremap(process, op);
      case "madvise":
        return madvise(process, op.page, op.pages, op.advice, this.ksm);
      case "mlock":
      case "munlock":
        return mlock(process, op.page, op.pages, op.kind === "mlock");
      case "register":
      case "unregister":
        return madvise(process, op.page, op.pages, op.kind, this.ksm);
      case "supply":
        return supply(process, op.page, op.value);
      case "read":
      case "expect":
        return load(process, op.page);
      case "write":
        return store(process, op.page, op.value);
      case "touch":
        return touch(process, op.page, op.pages, op.write);
      case "seen": {
        const first = load(process, op.page);
        return first === 0 ? load(process, op.nextPage) : first;
      }
      case "hold":
        return this.pins.hold(process, op.page, op.write);
      case "pin":
        return this.pins.pin(process, op.page, op.pages, op.write);
      case "heap":
        process.heapStart = op.page;
        process.heapEnd = op.page;
        return 0;
      case "brk":
        return brk(process, op.page);
      case "fork": {
        const child = fork(process, op.child);
        this.processes.set(op.child, child);
        this.ksm.fork(process, child);
        return 0;
      }
      case "exit":
        process.exit();
        this.ksm.leave(process);
        this.processes.delete(op.process);
        return 0;
    }
  }
}

/** Accesses in order; the first that fails ends it. A write access leaves the value. */
function touch(process: Process, page: number, pages: number, write: boolean): Outcome {
  for (let at = page; at < page + pages; at++) {
    const outcome = access(process, at, write);
    if (outcome !== 0) return outcome;
  }
  return 0;
}
