/**
 * A clock for watchdogs: it counts the time that a thread could have used, not the time that passed. On a machine that
 * others keep busy, or that stood still for a while, it goes slower than the clock on the wall.
 */
import { builtin, isNode } from "./platform.js";

/** Milliseconds between two looks at what the machine did. */
const WINDOW = 250;
/** Milliseconds without a look after which the watcher itself did not run: then nothing is known of the others. */
const LATE = 4 * WINDOW;
/** Share of one core that was idle from which on nobody who wanted to run had to wait for a core. */
const IDLE = 0.1;
/** Share of all cores from which on this program has the machine for itself. */
const OWN = 0.75;
/** Least share of the time that counts, so that every limit is passed at last. */
const LEAST = 1 / 64;

/** The state of the machine; times in milliseconds since it started. */
export interface MachineState {
  readonly cores: number;
  /** Time of all threads of this program, of all cores, and how much of that was idle. */
  readonly own: number;
  readonly all: number;
  readonly idle: number;
  /** Threads that run or want to; undefined where the platform does not tell. */
  readonly runnable: number | undefined;
}

/**
 * The share of `passed` milliseconds that a thread of this program could have used, by the states of the machine before
 * and after: all of it when a core was idle meanwhile or this program had them all, and otherwise what is left when
 * all who want to run take turns. Without a state before only the latter is known.
 */
export function fairShare(before: MachineState | undefined, after: MachineState, passed: number): number {
  const { cores, runnable } = after;
  if (before) {
    const own = after.own - before.own;
    if (!(after.all > before.all) || after.idle - before.idle >= IDLE * passed) return 1;
    if (own >= OWN * cores * passed) return 1;
    if (runnable === undefined) return Math.min(1, Math.max(LEAST, own / passed));
  }
  return runnable === undefined ? 1 : Math.min(1, Math.max(LEAST, cores / runnable));
}

/** Counts usable time from when it is made. Whoever waits asks it several times a second. */
export class FairClock {
  readonly #look: () => MachineState | undefined;
  readonly #time: () => number;
  #counted = 0;
  #at: number;
  #seen: MachineState | undefined;

  /** `look` tells what the machine did so far, `time` what the clock on the wall says, milliseconds. */
  constructor(look = machineState, time = () => performance.now()) {
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
    const share = now ? fairShare(this.#seen, now, passed) : 1;
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

/** The state of the machine now; undefined where the platform does not tell. */
function machineState(): MachineState | undefined {
  if (!isNode || typeof process.cpuUsage !== "function") return undefined;
  const { user, system } = process.cpuUsage();
  const { cpus, loadavg } = builtin("node:os");
  let [cores, all, idle] = [0, 0, 0];
  for (const { times } of cpus()) {
    cores++;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
    idle += times.idle;
  }
  // The mean of the last minute, where the count of this moment is not to be had; Windows has neither.
  const runnable = runnableThreads() ?? (loadavg()[0] || undefined);
  return { cores, own: (user + system) / 1000, all, idle, runnable };
}

/** Threads that run or want to at this moment, as Linux counts them. */
function runnableThreads(): number | undefined {
  try {
    const [, count] = / (\d+)\//.exec(builtin("node:fs").readFileSync("/proc/loadavg", "latin1")) ?? [];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
