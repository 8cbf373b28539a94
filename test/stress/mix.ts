/** A random mix of operations for CPUs that all work in the same address spaces at once, without any order between them. */
import { coreOf } from "../../dist/engine/engine.js";
import type { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { random } from "../../model/generate.js";

/** Shared spaces that exist from the start of a round; each of the two families has half of them. */
export const ROOTS = 2;
/** Shared slots that a CPU may fork into, once a round. */
export const SHARED_SLOTS = 2;
/** Slots that only one CPU uses: it forks into them, works there and exits them. */
export const PRIVATE_SLOTS = 2;
/** Pages of a family's file. */
export const FILE_PAGES = 96;
/** Pages that the mix maps and touches: some on each side of a leaf table's border. */
const SPAN = 160;
const PAGE = 4096;
/** The 300th entry of a leaf table: the window goes on in the next table. */
const BASE = 0x1000_0000_0000 + (512 - 80) * PAGE;
/** Where stacks grow: far above the window. */
const STACK = BASE + 4096 * PAGE;
/** Every value that is written says whose family wrote it, in its upper half. */
const MARK = 0x5afe_0000n;

/** How often each operation comes. */
const WEIGHTS: Readonly<Record<string, number>> = {
  touch: 22,
  read: 10,
  write: 14,
  mmap: 10,
  file: 4,
  munmap: 4,
  mprotect: 6,
  mremap: 6,
  madvise: 5,
  rmap: 9,
  fork: 2,
  private: 6,
  brk: 2,
  stack: 1,
};

/** Slot numbers of a family: what every CPU of a round may name. */
export interface Places {
  readonly shared: readonly number[];
  /** Slots that this CPU may fork into for all. */
  readonly own: readonly number[];
  /** Slots that nobody but this CPU names. */
  readonly secret: readonly number[];
  /** Slot of the family's file. */
  readonly file: number;
}

/** What a mix is made of besides. */
export interface MixOptions {
  readonly seed: number;
  /** Mark memory as mergeable and run the scanner now and then. */
  readonly ksm?: boolean;
  /** Move, lock and reclaim pages now and then. */
  readonly paging?: boolean;
}

/** What a round's first spaces begin with: the window mapped and partly touched, and a heap above it. */
export function start(engine: Engine, slot: number): OpRecord[] {
  const { encoder } = coreOf(engine);
  return [
    encoder.spawn(slot),
    encoder.brk(slot, BASE + SPAN * PAGE, true),
    encoder.mmap(slot, SPAN * PAGE, { at: BASE }),
    encoder.touch(slot, BASE, SPAN / 2, true),
  ];
}

/** Makes one CPU's operations; the same seed gives the same sequence. */
export class Mix {
  readonly #engine: Engine;
  readonly #families: readonly Places[];
  readonly #buffer: number;
  readonly #room: number;
  readonly #next: () => number;
  readonly #kinds: readonly string[];
  #count = 0;

  /** `buffer` is where the engine may write the answers of reverse-map walks: `bytes` that only this CPU uses. */
  constructor(
    engine: Engine,
    families: readonly Places[],
    options: MixOptions,
    buffer: number,
    bytes: number,
  ) {
    this.#engine = engine;
    this.#families = families;
    this.#buffer = buffer;
    const { layout } = engine;
    this.#room = Math.floor((bytes - layout.struct("MappingList").size) / layout.struct("MappingEntry").size);
    this.#next = random(options.seed);
    const weights = {
      ...WEIGHTS,
      ...(options.ksm && { mergeable: 3, ksm: 0.25 }),
      ...(options.paging && { migrate: 4, mlock: 0.5, munlock: 1, reclaim: 2 }),
    };
    // Weights are quarters at least.
    this.#kinds = Object.entries(weights).flatMap(([kind, weight]) => Array<string>(weight * 4).fill(kind));
  }

  /** The next operation, and the family whose mark a value that it reads must bear. */
  next(): { readonly operation: OpRecord; readonly family: number } {
    const family = this.#below(this.#families.length);
    const places = this.#families[family] as Places;
    // Mostly in the shared spaces, now and then in one of this CPU's own.
    const space = this.#next() < 0.85 ? this.#pick(places.shared) : this.#pick(places.secret);
    return { operation: this.#one(this.#pick(this.#kinds), space, places, family), family };
  }

  #one(kind: string, space: number, places: Places, family: number): OpRecord {
    const { encoder } = coreOf(this.#engine);
    const pages = 1 + this.#below(this.#pick([1, 4, 12, 40]));
    const page = this.#below(SPAN - pages);
    const at = BASE + page * PAGE;
    const length = pages * PAGE;
    const protection = this.#pick(["rw", "rw", "rw", "rw", "rw", "rw", "rw", "r", "r", "none"] as const);
    switch (kind) {
      case "touch":
        return encoder.touch(space, at, pages, this.#next() < 0.7);
      case "read":
        return encoder.read(space, at);
      case "write":
        return encoder.write(space, at, this.#value(family));
      case "mmap":
        if (this.#next() < 0.1) return encoder.mmap(space, length, { protection });
        return encoder.mmap(space, length, { at, protection, shared: this.#next() < 0.08 });
      case "file": {
        const filePage = this.#next() < 0.9 ? this.#below(FILE_PAGES - 16) : FILE_PAGES - 4;
        const shared = this.#next() < 0.4;
        return encoder.mmap(space, length, { at, protection, shared, file: places.file, filePage });
      }
      case "munmap":
        return encoder.munmap(space, at, length);
      case "mprotect":
        return encoder.mprotect(space, at, length, protection);
      case "mremap":
        return this.#mremap(space, at, length, pages);
      case "madvise": {
        const advice = this.#pick([
          "dontneed",
          "dontneed",
          "free",
          "wipeonfork",
          "keeponfork",
          "dontfork",
          "dofork",
        ] as const);
        return encoder.madvise(space, at, length, advice);
      }
      case "rmap":
        return encoder.rmap(space, at, this.#buffer, this.#room);
      case "fork":
        return encoder.fork(space, this.#pick(places.own));
      case "private":
        return this.#private(space, places);
      case "mergeable":
        return encoder.madvise(space, at, length, this.#next() < 0.8 ? "mergeable" : "unmergeable");
      case "migrate":
      case "mlock":
      case "munlock":
        return { op: this.#engine.layout.constant(`OP_${kind.toUpperCase()}`), space, a: at, b: length };
      case "reclaim":
        return { op: this.#engine.layout.constant("OP_RECLAIM"), a: 1 + this.#below(64) };
      case "ksm":
        return { op: this.#engine.layout.constant("OP_KSM"), aux: 1 };
      case "brk":
        return encoder.brk(space, BASE + (SPAN + this.#below(30)) * PAGE);
      default:
        return this.#stack(space);
    }
  }

  #mremap(space: number, at: number, length: number, pages: number): OpRecord {
    const { encoder } = coreOf(this.#engine);
    const draw = this.#next();
    if (draw < 0.3) {
      const changed = Math.max(1, pages + this.#pick([-3, -1, 1, 3])) * PAGE;
      return encoder.mremap(space, at, length, changed, { mayMove: false });
    }
    const to = BASE + this.#below(SPAN - pages) * PAGE;
    return encoder.mremap(space, at, length, length, { to, dontUnmap: this.#next() < 0.15 });
  }

  /** Fork into, exit or exec a space of this CPU's own. */
  #private(space: number, places: Places): OpRecord {
    const { encoder } = coreOf(this.#engine);
    const slot = this.#pick(places.secret);
    const draw = this.#next();
    if (draw < 0.5) return encoder.fork(space, slot);
    return draw < 0.9 ? encoder.exit(slot) : encoder.exec(slot);
  }

  #stack(space: number): OpRecord {
    const { encoder } = coreOf(this.#engine);
    if (this.#next() < 0.3) return encoder.mmap(space, 8 * PAGE, { at: STACK, growsDown: true });
    return encoder.touch(space, STACK - this.#below(40) * PAGE, 1, true);
  }

  #value(family: number): bigint {
    this.#count++;
    return ((MARK | BigInt(family)) << 32n) | BigInt(this.#count);
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * Math.max(1, limit));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}

/** Whether a word that was read can have come from this family: nothing says otherwise, or its own mark does. */
export function belongsTo(family: number, value: bigint): boolean {
  const upper = value >> 32n;
  return upper >> 16n !== MARK >> 16n || upper === (MARK | BigInt(family));
}
