/**
 * Arrangements of races: what is there before, and what the CPUs do around the operation that matters, so that they meet
 * in an object that is reused, given back, moved, shared or remembered. None knows what a folder changes.
 */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import { kindOf } from "./guide.js";
import type { Kind } from "./kinds.js";
import { useOfPin } from "./pin-use.js";
import type { Values } from "./values.js";

/** Pages far from where programs work, in the same leaf table: one to give up, and one to use for the first time. */
const FAR = 120;
const NEW = 124;
/** Processes of a setup, at most. */
const MOST_PROCESSES = 8;
/**
 * A crowd: so many mappings of a page that each have an anon_vma. If all but the first and the last are unmapped again,
 * the last one's objects are alone in their pages of the slab, and others are at hand, for new ones. A large crowd ends
 * with its process: a CPU keeps some pages of the slab, and gives back those of the middle.
 */
const CROWD = { first: 130, step: 2, count: 110, large: 160 } as const;
const LAST = CROWD.first + CROWD.step * (CROWD.count - 1);
/** Words that arrangements store: no program stores these. */
const WORDS = { far: 71n, other: 72n, fresh: 73n, device: 74n } as const;

/** What an arrangement adds to a race. */
export interface Arrangement {
  readonly name: string;
  /** Operations at the end of the setup. */
  readonly setup: readonly Operation[];
  /** More of them behind these, for which only the race's machine has room. */
  readonly crowd?: readonly Operation[];
  /** What the first CPU does, with the operation that matters among it, and what the second one does. */
  readonly cpus: readonly [readonly Operation[], readonly Operation[]];
  /** Whether freed objects go back to their pages at once. */
  readonly returns: boolean;
  /** Pages of swap; undefined: as many as usual. */
  readonly swap?: number;
  /** Whether each CPU looks at its page in the end, because what it sees is what the race is about. */
  readonly looks?: boolean;
}

/** What an arrangement is made around. */
interface Center {
  readonly dice: Dice;
  readonly process: number;
  /** A page that the race is about. It may be mapped, or not. */
  readonly page: number;
  /** The operation that matters, and whether it is one that goes by frames and not by addresses. */
  readonly hit: Operation;
  readonly walks: boolean;
  /** A number for one more process. */
  readonly child: number;
}

type Arrange = (center: Center) => Omit<Arrangement, "name" | "returns"> & { readonly returns?: boolean };

/** Operations that go by frames: they find who maps them. */
const WALKS: ReadonlySet<string> = new Set(["scan", "reclaim", "compact", "ksm", "swapoff", "writeback"]);

/** By name. */
const ARRANGEMENTS: Readonly<Record<string, Arrange>> = {
  /** An object is freed, and another mapping gets it, while somebody follows a page to it. */
  reuse: (center) => {
    const { process } = center;
    return {
      setup: [map(process, FAR), write(process, FAR, WORDS.far), map(process, NEW)],
      cpus: [[unmap(process, FAR), ...makesNew(center)], walk(center, FAR)],
    };
  },
  /** An object's memory is given back, while somebody follows a page to it. */
  returned: (center) => {
    const { process } = center;
    return {
      setup: [map(process, NEW)],
      crowd: [
        ...crowdOf(process, CROWD.count),
        { kind: "munmap", process, page: CROWD.first + 1, pages: LAST - CROWD.first - 1 },
      ],
      cpus: [[unmap(process, LAST), ...makesNew(center)], walk(center, LAST)],
      returns: true,
    };
  },
  /** A device has a page whose process has ended, and nobody else maps it. */
  outlives: (center) => {
    const { dice, process, hit, walks, child } = center;
    const more = child + 1;
    const come: Operation[] = [fork(process, more), { kind: "exit", process: more }];
    const returns = dice.once(2);
    const ends = (page: number): Operation[] => [
      { kind: "hold", process: child, page, write: true },
      { kind: "exit", process: child },
    ];
    const held = returns ? CROWD.first + CROWD.step * (CROWD.large / 4 + dice.below(CROWD.large / 2)) : FAR;
    const cpus = [walks || dice.once(2) ? come : [hit], walk(center, held)] as const;
    const setup = [fork(process, child)];
    return returns
      ? { setup, crowd: [...crowdOf(child, CROWD.large), ...ends(held)], cpus, returns }
      : { setup: [...setup, map(child, held), write(child, held, WORDS.far), ...ends(held)], cpus };
  },
  /** A child has a page of its parent for itself. */
  child: (center) => {
    const { dice, process, page, hit, child } = center;
    const leave: Operation[] = [
      { kind: "madvise", process, page, pages: 1, advice: "dontneed" },
      unmap(process, page),
      write(process, page, WORDS.other),
      { kind: "exit", process },
    ];
    const own = inProcess(hit, process, child) ?? write(child, page, WORDS.fresh);
    const go: Operation = dice.once(2) ? unmap(child, page) : { kind: "exit", process: child };
    const before = dice.once(2) ? [write(child, page, WORDS.far)] : [];
    return {
      setup: [fork(process, child), dice.pick(process === 0 ? leave.slice(0, 3) : leave), ...before],
      cpus: [dice.once(2) ? [own] : [own, go], walk(center, page, child)],
    };
  },
  /** A page comes back to where it was before. */
  back: (center) => {
    const { dice, process, page, hit, walks } = center;
    const move = (from: number, to: number): Operation => {
      return { kind: "mremap", process, page: from, pages: 1, newPages: 1, to, keep: false };
    };
    const rest = walks || dice.once(2) ? [] : [hit];
    return {
      setup: [write(process, page, WORDS.far), move(page, FAR)],
      cpus: [[move(FAR, page), ...rest], walk(center, FAR)],
    };
  },
  /** A CPU has used a page before, and uses it again. */
  remembered: (center) => {
    const { dice, process, page, hit, walks } = center;
    // A CPU that stores remembers more than one that reads.
    const use = (word: bigint): Operation =>
      dice.once(3) ? { kind: "read", process, page } : write(process, page, word);
    const between = walks || dice.once(4) ? change(center) : [hit];
    // Something new may stand where the page was.
    const place = between.some(leaves) && dice.once(2) ? [map(process, page)] : [];
    const again = [...place, ...(dice.once(3) ? [] : [use(WORDS.fresh)])];
    // What changes the page meanwhile: the operation itself, or one that goes by frames. Reclaim gives a page that was
    // used a second chance, so it comes twice.
    const takes = dice.once(2) ? [reclaim(2), reclaim(2)] : twice(center);
    const beside = dice.once(2) ? (walks ? [hit, hit] : [wider(hit)]) : takes;
    const setup = dice.once(3) ? [] : [use(WORDS.other)];
    return dice.percent(70)
      ? { setup, cpus: [[use(WORDS.far), ...between, ...again], beside], looks: true }
      : { setup, cpus: [between, [use(WORDS.far), ...beside, ...again]], looks: true };
  },
  /** A device takes a page in the moment in which it comes or goes. */
  pinned: (center) => {
    const { dice, process, page, hit, walks } = center;
    const store = dice.once(2);
    const come: Operation[] = [
      { kind: "madvise", process, page, pages: 1, advice: "dontneed" },
      write(process, page, WORDS.fresh),
    ];
    const hold = { kind: "hold", process, page, write: store } as const;
    const use = dice.once(3) ? [] : useOfPin(dice, hold, WORDS.device);
    const held: Operation[] = [hold, ...(use.length > 0 ? use : [{ kind: "release", process } as const])];
    return { setup: [], cpus: [walks || dice.once(2) ? come : [hit], held] };
  },
  /** A page is in swap, and comes back while it goes out once more. */
  out: (center) => {
    const { dice, process, page, hit, walks } = center;
    const out: Operation[] = [reclaim(8), reclaim(8)];
    const come: Operation = { kind: "read", process, page };
    return {
      setup: [write(process, page, WORDS.far), reclaim(0), ...out],
      cpus: [
        [walks || dice.once(2) ? come : hit],
        dice.once(3) ? out : [write(process, page, WORDS.other), reclaim(2), reclaim(2)],
      ],
      ...(dice.once(2) && { swap: 1 }),
    };
  },
  /** Two pages are equal, and may become one. */
  merged: (center) => {
    const { dice, process, hit, walks } = center;
    const ksm: Operation = { kind: "ksm" };
    const setup: Operation[] = [
      { ...(map(process, FAR) as Operation & { kind: "mmap" }), pages: 2 },
      { kind: "madvise", process, page: FAR, pages: 2, advice: "mergeable" },
      write(process, FAR, WORDS.far),
      write(process, FAR + 1, WORDS.far),
      // Reclaim may drop one of them, as long as nobody stores to it.
      ...(dice.once(3)
        ? [reclaim(0), { kind: "madvise", process, page: FAR, pages: 1, advice: "free" } as const]
        : []),
    ];
    const split: Operation[] = [
      dice.pick([write(process, FAR, WORDS.other), unmap(process, FAR), fork(process, center.child)]),
    ];
    const mine = walks || dice.once(3) ? split : [hit];
    return dice.once(2)
      ? { setup: [...setup, ksm], cpus: [mine, walk(center, FAR)] }
      : { setup, cpus: [mine, [ksm]] };
  },
};

const NAMES = Object.keys(ARRANGEMENTS);
/** Kinds of operations that work on what an arrangement is about. */
const SUITS: Readonly<Record<string, readonly Kind[]>> = {
  reuse: ["fork", "exit", "munmap", "write", "touch", "scan"],
  returned: ["fork", "exit", "munmap", "write", "scan"],
  outlives: ["fork", "exit", "scan"],
  child: ["fork", "exit", "munmap", "write", "migrate", "compact"],
  back: ["mremap"],
  remembered: ["mprotect", "mremap", "munmap", "dontneed", "free", "pageout", "reclaim", "writeback"],
  pinned: ["hold", "device", "release", "pin", "dontneed", "free", "write", "fork"],
  out: ["read", "write", "reclaim", "pageout", "swapoff", "free"],
  merged: ["ksm", "merge", "write"],
};
/** How much more often an arrangement comes that suits the operation. */
const SUITING = 3;

/** The weights of the arrangements around an operation. */
function weightsFor(hit: Operation | undefined): readonly number[] {
  const kind = hit && kindOf(hit);
  return NAMES.map((name) => (kind !== undefined && SUITS[name]?.includes(kind) ? SUITING : 1));
}

/**
 * Draws an arrangement around the operation that ran changed code, if there was one, in what a setup left. Undefined:
 * there is nobody to do it, or no room for one more process.
 */
export function arrange(dice: Dice, values: Values, hit: Operation | undefined): Arrangement | undefined {
  const child = 1 + Math.max(...values.known);
  const living = [...values.processes.keys()];
  const process = hit !== undefined && isProcessOperation(hit) ? hit.process : dice.pick(living);
  if (child + 1 >= MOST_PROCESSES || !living.includes(process)) return undefined;
  const pages = [...(values.pagesOf(process)?.keys() ?? [])];
  const page =
    hit !== undefined && "page" in hit && typeof hit.page === "number" ? hit.page : dice.pick(pages);
  if (page === undefined) return undefined;
  const name = NAMES[dice.weighted(weightsFor(hit))] as string;
  const act: Operation = hit ?? write(process, page, WORDS.other);
  const walks = WALKS.has(act.kind);
  const made = (ARRANGEMENTS[name] as Arrange)({ dice, process, page, hit: act, walks, child });
  return { name, returns: false, ...made };
}

/** Operations that go by frames. If the one that matters does, it is this one, mostly. */
function walk(center: Center, page: number, process = center.process): Operation[] {
  const { dice, hit, walks } = center;
  if (walks && !dice.once(4)) return [hit];
  return [
    dice.pick<Operation>([
      { kind: "scan", rounds: 1, hold: "locked" },
      { kind: "scan", rounds: 1, hold: "locked" },
      reclaim(1 + dice.below(3)),
      reclaim(1 + dice.below(3)),
      { kind: "compact", pages: 1 + dice.below(3) },
      { kind: "migrate", process, page, pages: 1 },
      { kind: "madvise", process, page, pages: 1, advice: "pageout" },
    ]),
  ];
}

/** The operation that matters, or a mapping's first store or a fork, or both: the one or the other makes objects. */
function makesNew({ dice, process, hit, walks, child }: Center): Operation[] {
  // A store makes one for its mapping, a fork for the child's.
  const first = dice.once(3) ? fork(process, child) : write(process, NEW, WORDS.fresh);
  return walks || dice.once(3) ? [first] : dice.once(3) ? [hit, first] : [hit];
}

/** The operations that make a crowd of so many in a process. */
function crowdOf(process: number, count: number): Operation[] {
  const pages = Array.from({ length: count }, (_, i) => CROWD.first + i * CROWD.step);
  return pages.flatMap((page) => [map(process, page), write(process, page, WORDS.far)]);
}

/** The same twice: reclaim gives a page that was used a second chance. */
function twice(center: Center): Operation[] {
  const one = walk(center, center.page);
  return one.some(({ kind }) => kind === "reclaim") ? [...one, ...one] : one;
}

/** Something after which a CPU must not go on as before. */
function change({ dice, process, page }: Center): Operation[] {
  return [
    dice.pick<Operation>([
      { kind: "mprotect", process, page, pages: 1, prot: "r" },
      { kind: "madvise", process, page, pages: 1, advice: "dontneed" },
      { kind: "mremap", process, page, pages: 1, newPages: 1, to: FAR, keep: false },
      unmap(process, page),
      { kind: "writeback", pages: 8 },
    ]),
  ];
}

/** Whether an operation takes a page away from where it is, with its mapping. */
function leaves({ kind }: Operation): boolean {
  return kind === "munmap" || kind === "mremap";
}

/** The same operation for one page more: on its way it is at a page while somebody else is done with it. */
function wider(operation: Operation): Operation {
  return "pages" in operation && operation.kind !== "mremap"
    ? { ...operation, pages: operation.pages + 1 }
    : operation;
}

/** An operation in another process; undefined for one that has none, or that another process makes. */
function inProcess(operation: Operation, from: number, to: number): Operation | undefined {
  if (!isProcessOperation(operation) || operation.process !== from || operation.kind === "fork")
    return undefined;
  return { ...operation, process: to };
}

function map(process: number, page: number): Operation {
  return { kind: "mmap", process, page, pages: 1, prot: "rw", shared: false, backing: "anon", stack: false };
}

function unmap(process: number, page: number): Operation {
  return { kind: "munmap", process, page, pages: 1 };
}

function write(process: number, page: number, value: bigint): Operation {
  return { kind: "write", process, page, value };
}

function fork(process: number, child: number): Operation {
  return { kind: "fork", process, child };
}

function reclaim(pages: number): Operation {
  return { kind: "reclaim", pages };
}
