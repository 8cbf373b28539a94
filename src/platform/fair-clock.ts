/**
 * A clock for watchdogs: it counts the time that this program could have used, not the time that passed. On a machine that
 * others keep busy, or that stood still for a while, it goes slower than the clock on the wall.
 */
import { builtin, isNode } from "./host.js";

/** Milliseconds between two looks at what the machine did. */
const WINDOW = 250;
/** Milliseconds without a look after which the watcher itself did not run: then nothing is known of the others. */
const LATE = 4 * WINDOW;
/** Share of one core that was idle from which on no thread that wanted to run had to wait for a core. */
const IDLE = 0.1;
/** Least share of the time that counts, so that every wait ends. */
const LEAST = 1 / 16;

/** What the machine did so far, in milliseconds. */
export interface MachineTimes {
  /** This program's threads together, all cores, and how much of that was idle. */
  readonly own: number;
  readonly all: number;
  readonly idle: number;
  /** How long each thread of this program wanted to run and had no core, by its number; where the platform tells. */
  readonly waits?: ReadonlyMap<string, number> | undefined;
}

/**
 * The share of `passed` milliseconds between two states of the machine that this program could have used. All of it
 * when a core was idle meanwhile, when no thread had to wait for a core, or when nothing is known of the machine.
 */
export function fairShare(before: MachineTimes, after: MachineTimes, passed: number): number {
  const all = after.all - before.all;
  if (!(all > 0) || after.idle - before.idle >= IDLE * passed) return 1;
  const waited = longestWait(before, after);
  // Without the waits, a program that sleeps looks like one that gets no core.
  const share = waited === undefined ? (after.own - before.own) / passed : 1 - waited / passed;
  return Math.min(1, Math.max(LEAST, share));
}

/** How long the thread that waited longest for a core did so between two states; undefined where the platform does not tell. */
function longestWait({ waits: before }: MachineTimes, { waits: after }: MachineTimes): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  let longest = 0;
  for (const [thread, waited] of after) longest = Math.max(longest, waited - (before.get(thread) ?? 0));
  return longest;
}

/** Counts usable time from when it is made. Whoever waits asks it several times a second. */
export class FairClock {
  readonly #look: () => MachineTimes | undefined;
  readonly #time: () => number;
  #counted = 0;
  #at: number;
  #seen: MachineTimes | undefined;

  /** `look` tells what the machine did so far, `time` what the clock on the wall says, milliseconds. */
  constructor(look = machineTimes, time = () => performance.now()) {
    this.#look = look;
    this.#time = time;
    this.#at = time();
  }

  /** Usable milliseconds since the clock was made, in steps of a quarter of a second. */
  now(): number {
    const at = this.#time();
    const passed = at - this.#at;
    if (passed < WINDOW) return this.#counted;
    const now = this.#look();
    const share = this.#seen && now ? fairShare(this.#seen, now, passed) : 1;
    this.#counted += share * (passed > LATE ? WINDOW : passed);
    this.#at = at;
    this.#seen = now;
    return this.#counted;
  }
}

/**
 * Calls `over` once when so many usable milliseconds have passed, unless the function that it returns was called before. A
 * pending call keeps the program alive.
 */
export function afterUsable(milliseconds: number, over: () => void): () => void {
  const clock = new FairClock();
  const timer = setInterval(() => {
    if (clock.now() < milliseconds) return;
    clearInterval(timer);
    over();
  }, WINDOW);
  return () => clearInterval(timer);
}

/** What the machine did so far; undefined where the platform does not tell. */
function machineTimes(): MachineTimes | undefined {
  if (!isNode || typeof process.cpuUsage !== "function") return undefined;
  const { user, system } = process.cpuUsage();
  let [all, idle] = [0, 0];
  for (const { times } of builtin("node:os").cpus()) {
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  return { own: (user + system) / 1000, all, idle, waits: threadWaits() };
}

/** How long each thread waited for a core, as Linux counts it; undefined elsewhere, or where it does not. */
function threadWaits(): ReadonlyMap<string, number> | undefined {
  const { readdirSync, readFileSync } = builtin("node:fs");
  const waits = new Map<string, number>();
  try {
    for (const thread of readdirSync("/proc/self/task")) waits.set(thread, Number.NaN);
  } catch {
    return undefined;
  }
  for (const thread of waits.keys()) {
    try {
      // Nanoseconds on a core, nanoseconds of waiting for one, how often it got one.
      const [, waited] = readFileSync(`/proc/self/task/${thread}/schedstat`, "latin1").split(" ");
      waits.set(thread, Number(waited) / 1e6);
    } catch {
      // It has ended meanwhile, or the kernel does not count.
      waits.delete(thread);
    }
  }
  return waits.size > 0 ? waits : undefined;
}
