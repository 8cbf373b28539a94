/** A replay machine without wasm: rings as arrays, CPUs interleaved by a chooser, memory as a simple model. */

import { ownOpCodes } from "../../src/record/codes.js";
import type { MachineStats, ReplayMachine } from "../../src/replay/machine.js";
import { type Backing, ModelSpace, PAGE_BYTES } from "./memory-model.js";

interface Entry {
  readonly op: number;
  flags: number;
  readonly space: number;
  readonly aux: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  result: number;
  delta: number;
}

/** What was executed, in the order of the simulated run. */
export interface Executed {
  readonly cpu: number;
  readonly index: number;
}

const ESRCH = -3;

/** Executes windows with any interleaving that the WAIT records allow. */
export class ModelMachine implements ReplayMachine {
  readonly codes = ownOpCodes();
  readonly spaces = 64;
  readonly files = 256;
  /** Executed operations of the last window, waits apart. */
  order: Executed[] = [];
  readonly live = new Map<number, ModelSpace>();
  readonly backings = new Map<number, Backing>();
  readonly errors: string[] = [];

  private readonly rings: Entry[][];
  private readonly base: number[];
  private readonly ran: boolean[];

  constructor(
    readonly cpus = 1,
    readonly capacity = 4096,
    private readonly choose: (count: number) => number = () => 0,
    begin = 0,
  ) {
    this.rings = Array.from({ length: cpus }, () => []);
    this.base = Array.from({ length: cpus }, () => begin);
    this.ran = Array.from({ length: cpus }, () => false);
  }

  push(
    cpu: number,
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
  ): void {
    this.renew();
    const ring = this.rings[cpu] as Entry[];
    if (ring.length >= this.capacity) throw new Error("ring overflow");
    ring.push({ op, flags, space, aux, a, b, c, result: 0, delta: 0 });
  }

  flag(cpu: number, index: number, flag: number): void {
    const entry = this.rings[cpu]?.[index];
    if (entry === undefined) throw new Error("flag on no record");
    entry.flags |= flag;
  }

  doneAfter(cpu: number, index: number): number {
    return ((this.base[cpu] as number) + index + 1) >>> 0;
  }

  async run(): Promise<void> {
    this.order = [];
    const next = this.rings.map(() => 0);
    const done = [...this.base];
    for (;;) {
      const able: number[] = [];
      let left = false;
      for (let cpu = 0; cpu < this.cpus; cpu++) {
        const entry = this.rings[cpu]?.[next[cpu] as number];
        if (entry === undefined) continue;
        left = true;
        const waits = entry.op === this.codes.OP_WAIT;
        if (!waits || (((done[entry.aux] as number) - entry.a) | 0) >= 0) able.push(cpu);
      }
      if (!left) break;
      if (able.length === 0) throw new Error("deadlock");
      const cpu = able[this.choose(able.length) % able.length] as number;
      const index = next[cpu] as number;
      const entry = this.rings[cpu]?.[index] as Entry;
      if (entry.op !== this.codes.OP_WAIT) {
        this.execute(entry);
        this.order.push({ cpu, index });
      }
      next[cpu] = index + 1;
      if ((entry.flags & this.codes.OPF_PUBLISH) !== 0) done[cpu] = this.doneAfter(cpu, index);
    }
    this.ran.fill(true);
  }

  result(cpu: number, index: number): number {
    return this.rings[cpu]?.[index]?.result ?? Number.NaN;
  }

  value(): bigint {
    return 0n;
  }

  anonDelta(cpu: number, index: number): number {
    return this.rings[cpu]?.[index]?.delta ?? Number.NaN;
  }

  stats(): MachineStats {
    return { anon: 0, cow: 0, file: 0, zero: 0 };
  }

  private renew(): void {
    if (!this.ran[0]) return;
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      this.base[cpu] = ((this.base[cpu] as number) + (this.rings[cpu] as Entry[]).length) >>> 0;
      this.rings[cpu] = [];
    }
    this.ran.fill(false);
  }

  private execute(entry: Entry): void {
    const { codes, live } = this;
    const { op, space: slot, aux, a, b, c } = entry;
    if (op === codes.OP_FILE) {
      const made = this.backings.get(aux);
      if (made === undefined) this.backings.set(aux, { pages: a });
      else made.pages = Math.max(made.pages, a);
      return;
    }
    if (op === codes.OP_SPAWN) {
      if (live.has(slot)) this.errors.push(`SPAWN into live slot ${slot}`);
      live.set(slot, new ModelSpace());
      return;
    }
    const space = live.get(slot);
    if (space === undefined) {
      this.errors.push(`operation ${op} on dead slot ${slot}`);
      entry.result = ESRCH;
      return;
    }
    if (op === codes.OP_FORK) {
      if (live.has(aux)) this.errors.push(`FORK into live slot ${aux}`);
      const child = space.fork();
      live.set(aux, child);
      entry.delta = child.anonymous.size;
      return;
    }
    const before = space.anonymous.size;
    const page = Math.floor(a / PAGE_BYTES);
    const pages = b / PAGE_BYTES;
    switch (op) {
      case codes.OP_EXEC:
        live.set(slot, new ModelSpace());
        entry.delta = -before;
        return;
      case codes.OP_EXIT:
        live.delete(slot);
        entry.delta = -before;
        return;
      case codes.OP_READ:
        entry.result = space.access(page, false);
        break;
      case codes.OP_WRITE:
        entry.result = space.access(page, true);
        break;
      case codes.OP_TOUCH:
        for (let i = 0; i < b; i++) entry.result ||= space.access(page + i, aux !== 0);
        break;
      case codes.OP_MMAP: {
        const file = Math.floor(c / 2 ** 40);
        const backing = this.backings.get(file) ?? null;
        if (file !== 0 && backing === null) this.errors.push(`file ${file} was not made`);
        space.map(page, pages, aux & 7, aux >>> 8, backing, c % 2 ** 40);
        break;
      }
      case codes.OP_MUNMAP:
        space.unmap(page, pages);
        break;
      case codes.OP_MPROTECT:
        space.protect(page, pages, aux);
        break;
      case codes.OP_MADVISE:
        space.advise(page, pages, aux);
        break;
      case codes.OP_MREMAP: {
        const target = (aux & 2) !== 0 ? c / PAGE_BYTES : page;
        space.remap(page, pages, Math.floor(aux / 16), target, (aux & 4) !== 0);
        break;
      }
      case codes.OP_BRK:
        space.brk(page, aux === 1);
        break;
    }
    entry.delta = space.anonymous.size - before;
  }
}
