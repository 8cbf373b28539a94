/** A race as records: the operations of each CPU in a round, and the waits between CPUs. */
import type { Ring } from "../cpu/ring.js";
import type { Core } from "../engine/core.js";
import { MAX_PROCESSES } from "../ops/operation.js";
import type { Encoder } from "../record/encode.js";
import type { OpRecord } from "../record/record.js";
import type { RaceForm } from "../scenario/race.js";
import { encodeRound } from "../scenario/round.js";

/**
 * Records that a round needs in any ring, at most. `cpus` is the number of CPUs. The rings of an engine must have room
 * for that many.
 */
export function mostRecords({ setup, cpus: texts, others, finish, repeat }: RaceForm, cpus: number): number {
  const longest = Math.max(...[...texts, others ?? []].map(({ length }) => length));
  return setup.length + finish.length + longest * repeat + 2 * cpus + MAX_PROCESSES + BESIDES;
}

/** The most records of a round that are there in any race: the file, process 0, checks, and what ends a text. */
const BESIDES = 16;

/** The rounds of one race on one engine. */
export class Plan {
  /** Operations of one round on all CPUs, without those that only order the CPUs. */
  readonly operations: number;
  /** The most records of a round in any ring. */
  readonly records: number;
  readonly #rings: readonly Ring[];
  readonly #encoder: Encoder;
  readonly #meet: OpRecord;
  readonly #setup: readonly OpRecord[];
  readonly #roles: readonly (readonly OpRecord[])[];
  /** Texts of the further CPUs, in turn. */
  readonly #others: readonly (readonly OpRecord[])[];
  readonly #finish: readonly OpRecord[];

  /** `core` has at least one worker CPU for each text of the race, and nothing else runs on them. */
  constructor(core: Core, form: RaceForm) {
    const { encoder } = core;
    const { layout } = core.machine;
    const round = encodeRound(form, layout);
    this.#rings = core.pool.rings;
    this.#encoder = encoder;
    this.#meet = { op: layout.constant("OP_NOP"), flags: layout.constant("OPF_STEADY") };
    this.#setup = round.setup;
    this.#roles = round.cpus;
    this.#others = round.others;
    this.#finish = [...round.finish, ...round.clear];
    const roles = this.#rings.map(({ cpu }) => this.#role(cpu).length);
    this.operations = this.#setup.length + this.#finish.length + roles.reduce((sum, count) => sum + count, 0);
    this.records = this.#setup.length + this.#finish.length + Math.max(...roles) + 2 * this.#rings.length + 2;
  }

  /** Address space slots that a round may use. */
  static readonly slots = MAX_PROCESSES;

  /** True when every ring has room for another round. */
  get fits(): boolean {
    return this.#rings.every((ring) => ring.room >= this.records);
  }

  /** Writes one round into all rings. No CPU sees it before you publish them. Only when it `fits`. */
  write(): void {
    const [first, ...others] = this.#rings as [Ring, ...Ring[]];
    for (const record of this.#setup) first.write(record);
    const ready = this.#mark(first);
    for (const ring of others) ring.write(this.#encoder.wait(0, ready));
    // The CPUs meet once more, so that all are awake when they begin.
    const here = this.#rings.map((ring) => {
      ring.write(this.#meet);
      return this.#mark(ring);
    });
    for (const ring of this.#rings) {
      for (const [cpu, position] of here.entries()) {
        if (cpu !== ring.cpu) ring.write(this.#encoder.wait(cpu, position));
      }
      for (const record of this.#role(ring.cpu)) ring.write(record);
    }
    for (const ring of others) first.write(this.#encoder.wait(ring.cpu, this.#mark(ring)));
    for (const record of this.#finish) first.write(record);
  }

  #role(cpu: number): readonly OpRecord[] {
    const beyond = cpu - this.#roles.length;
    if (beyond >= 0) return this.#others[beyond % this.#others.length] as readonly OpRecord[];
    return this.#roles[cpu] as readonly OpRecord[];
  }

  /** The ring's position. Its CPU will publish it. */
  #mark(ring: Ring): number {
    ring.requestReport(ring.produced);
    return ring.produced;
  }
}
