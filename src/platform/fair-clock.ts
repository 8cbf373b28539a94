/**
 * A clock for watchdogs. It counts available processor time: the time that this program could have used, not the time
 * that passed. It is slower than the clock on the wall when other programs keep the machine busy, or when the machine
 * stood still for a while.
 */
import { builtin, isNode } from "./host.js";

/** Milliseconds between two readings of the machine's state. */
const WINDOW = 250;
/**
 * After this many milliseconds without a reading the watcher itself did not run, so it knows nothing about other
 * threads.
 */
const LATE = 4 * WINDOW;
/** When at least this share of one core was idle, no thread had to wait for a core. */
const IDLE = 0.1;
/** Least share of the time that counts, so that every wait ends. */
const LEAST = 1 / 16;

/** The machine's counters, in milliseconds. */
export interface MachineTimes {
  /** Processor time of all threads of this program, of all cores, and the idle part of that. */
  readonly own: number;
  readonly all: number;
  readonly idle: number;
  /**
   * The time that each thread of this program waited for a core, by its number; undefined where the platform does not
   * count it.
   */
  readonly waits?: ReadonlyMap<string, number> | undefined;
}

/**
 * The share of `passed` milliseconds between two states of the machine that this program could have used. It is 1
 * when a core was idle meanwhile, when no thread had to wait for a core, or when the machine's state is unknown.
 */
export function fairShare(before: MachineTimes, after: MachineTimes, passed: number): number {
  const all = after.all - before.all;
  if (!(all > 0) || after.idle - before.idle >= IDLE * passed) return 1;
  const waited = longestWait(before, after);
  // Without the waits, a sleeping program looks like one that gets no core.
  const share = waited === undefined ? (after.own - before.own) / passed : 1 - waited / passed;
  return Math.min(1, Math.max(LEAST, share));
}

/** The longest wait of a thread for a core between two states; undefined where the platform does not count it. */
function longestWait({ waits: before }: MachineTimes, { waits: after }: MachineTimes): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  let longest = 0;
  for (const [thread, waited] of after) longest = Math.max(longest, waited - (before.get(thread) ?? 0));
  return longest;
}

/** Counts usable time from its creation. Ask it several times a second while you wait. */
export class FairClock {
  readonly #look: () => MachineTimes | undefined;
  readonly #time: () => number;
  #counted = 0;
  #at: number;
  #seen: MachineTimes | undefined;

  /** `look` returns the machine's counters, `time` the clock on the wall in milliseconds. */
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
 * Calls `over` once when `milliseconds` of usable time have passed. The returned function cancels that. A pending
 * call keeps the program alive.
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

/** The machine's counters; undefined where the platform does not have them. */
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

/** The time that each thread waited for a core, by Linux's count; undefined elsewhere. */
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
      // The thread has ended, or the kernel does not count.
      waits.delete(thread);
    }
  }
  return waits.size > 0 ? waits : undefined;
}
