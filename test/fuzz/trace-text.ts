/** Recordings made by the grammar of `perf script`: processes with threads on a few CPUs, mostly as a kernel would say it. */
import type { Dice } from "./dice.js";

/** What a recording is like. */
export interface TraceOptions {
  readonly processes: number;
  /** Threads of each process beside its first. */
  readonly threads: number;
  readonly cpus: number;
  readonly events: number;
  /** Share of mappings that are shared memory. */
  readonly shared: number;
  /** True: addresses, lengths and flags of any size; false: those of an ordinary program. */
  readonly wild: boolean;
}

interface Thread {
  pid: number;
  tid: number;
}

const PAGE = 4096;
const BASE = 0x7f0000000000;
const COUNTERS = ["MM_ANONPAGES", "MM_FILEPAGES", "MM_SHMEMPAGES", "MM_SWAPENTS"];
const FLAGS = [0x22, 0x22, 0x22, 0x32, 0x100022, 0x122, 0x2022, 0x8022, 0x18022];
const SHARED = [0x21, 0x21, 0x31, 0x8021];
const WILD_LENGTHS = [0, 1, 0xfff, 2 ** 30, 2 ** 36, 2 ** 47, 2 ** 53, 2 ** 64 - 4096];
const WILD_ADDRESSES = [0, 0xfff, 2 ** 47 - PAGE, 2 ** 47, 2 ** 53, 2 ** 63, 2 ** 64 - PAGE];
const ADVICE = [0, 3, 4, 4, 4, 8, 9, 10, 11, 12, 13, 14, 18, 19, 20, 21, 22, 23, 100, 2 ** 32];

/** A recording's text. */
export function anyTrace(dice: Dice, options: TraceOptions): string {
  return new TraceText(dice, options).text();
}

class TraceText {
  readonly #dice: Dice;
  readonly #options: TraceOptions;
  readonly #threads: Thread[] = [];
  readonly #lines: string[] = [];
  /** Where memory was mapped lately: faults go there. */
  readonly #maps: [start: number, pages: number][] = [[BASE, 16]];
  #time = 1_000_000_000;
  #next = 100;

  constructor(dice: Dice, options: TraceOptions) {
    this.#dice = dice;
    this.#options = options;
    for (let p = 0; p < options.processes; p++) {
      for (let t = 0; t <= options.threads; t++)
        this.#threads.push({ pid: 10 + p, tid: t === 0 ? 10 + p : this.#next++ });
    }
  }

  text(): string {
    const first = this.#threads[0] as Thread;
    this.#say(first, `PERF_RECORD_COMM exec: prog:${first.pid}/${first.tid}`);
    this.#call(first, "mmap", [0, 16 * PAGE, 3, 0x22, 0xffffffff, 0], BASE);
    while (this.#lines.length < this.#options.events) this.#event();
    return `${this.#lines.join("\n")}\n`;
  }

  #event(): void {
    const dice = this.#dice;
    const who = dice.pick(this.#threads);
    dice.weighted<() => void>([
      [30, () => this.#fault(who)],
      [14, () => this.#map(who)],
      [9, () => this.#count(who)],
      [14, () => this.#change(who)],
      [5, () => this.#task(who)],
      [2, () => this.#record(who)],
      [2, () => this.#other(who)],
    ])();
  }

  #fault(who: Thread): void {
    const dice = this.#dice;
    const mode = dice.chance(0.9) ? "user" : "kernel";
    const address = this.#address();
    const code = dice.pick([4, 6, 6, 6, 7, 0x14, 0x15, 0, 2, 0x17]);
    const ip = dice.pick(["0x1", "_copy_to_user", hex(address)]);
    for (let left = dice.chance(0.2) ? 8 : 1; left > 0; left--) {
      const at = hex(address + (left - 1) * PAGE);
      this.#say(who, `exceptions:page_fault_${mode}: address=${at} ip=${ip} error_code=${hex(code)}`);
    }
  }

  #map(who: Thread): void {
    const dice = this.#dice;
    const shared = dice.chance(this.#options.shared);
    const file = dice.chance(0.25);
    const wild = this.#options.wild && dice.chance(0.15);
    // MAP_POPULATE and MAP_LOCKED of a wild length are work, however quick: hostile shapes have these, of lengths that end.
    const kept = (file ? ~0x20 : ~0) & (wild ? ~0xa000 : ~0);
    const flags = dice.pick(shared ? SHARED : FLAGS) & kept;
    const start = BASE + dice.below(512) * PAGE;
    const pages = wild ? dice.pick(WILD_LENGTHS) / PAGE : dice.pick([1, 2, 4, 16, 64, 300]);
    this.#maps.push([start, pages]);
    if (this.#maps.length > 12) this.#maps.shift();
    const prot = dice.pick([3, 3, 3, 1, 0, 5, 7]);
    const args = [0, pages * PAGE, prot, flags, file ? 3 : 0xffffffff, file ? dice.below(40) * PAGE : 0];
    this.#enter(who, "mmap", args);
    if (file && prot !== 0 && dice.chance(0.8)) {
      const letters = `${prot & 1 ? "r" : "-"}${prot & 2 ? "w" : "-"}${prot & 4 ? "x" : "-"}${shared ? "s" : "p"}`;
      const name = dice.pick(["libc.so.6", "data", "/dev/zero", "//anon", "[vdso]", "a b"]);
      this.#say(
        who,
        `PERF_RECORD_MMAP2 ${who.pid}/${who.tid}: [${hex(start)}(${hex(pages * PAGE)}) @ ${dice.pick(["0", "0x1000"])} fe:00 ${dice.between(1, 9)} 0]: ${letters} ${name}`,
      );
    }
    this.#exit(who, "mmap", start);
  }

  #change(who: Thread): void {
    const dice = this.#dice;
    const start = this.#address();
    const length = this.#length();
    const result = dice.chance(0.93) ? 0 : 2 ** 64 - PAGE;
    switch (dice.below(5)) {
      case 0:
        this.#call(who, "munmap", [start, length], result);
        return;
      case 1:
        this.#call(who, "mprotect", [start, length, dice.pick([0, 1, 3, 3, 5, 7, 15])], result);
        return;
      case 2:
        this.#call(who, "madvise", [start, length, dice.pick(ADVICE)], result);
        return;
      case 3: {
        const to = dice.chance(0.5) ? start : BASE + dice.below(900) * PAGE;
        if (to !== start) this.#maps.push([to, 16]);
        this.#call(who, "mremap", [start, length, this.#length(), dice.pick([0, 1, 3, 5, 7]), to], to);
        return;
      }
      default: {
        const end = BASE - 2 ** 30 + dice.below(64) * PAGE;
        this.#call(who, "brk", [dice.chance(0.4) ? 0 : end], end);
        return;
      }
    }
  }

  #count(who: Thread): void {
    const dice = this.#dice;
    const bytes = dice.chance(0.95) ? dice.below(300) * PAGE : dice.pick([-PAGE, 2 ** 53, 1]);
    const current = dice.chance(0.9) ? 1 : 0;
    const mm = who.pid * 7 + dice.below(2);
    this.#say(who, `kmem:rss_stat: mm_id=${mm} curr=${current} type=${dice.pick(COUNTERS)} size=${bytes}B`);
  }

  #task(who: Thread): void {
    const dice = this.#dice;
    const { pid, tid } = who;
    switch (dice.below(6)) {
      case 0:
      case 1: {
        const child = this.#next++;
        const process = dice.chance(0.6) ? child : pid;
        this.#threads.push({ pid: process, tid: child });
        this.#say(who, `PERF_RECORD_FORK(${process}:${child}):(${pid}:${tid})`);
        if (dice.chance(0.5))
          this.#say(who, `sched:sched_process_fork: comm=c pid=${pid} child_comm=c child_pid=${child}`);
        return;
      }
      case 2:
        this.#say(who, `PERF_RECORD_COMM exec: other:${pid}/${tid}`);
        this.#say(who, `sched:sched_process_exec: filename=/bin/x pid=${pid} old_pid=${tid}`);
        return;
      case 3:
        this.#say(who, `PERF_RECORD_COMM: na me:${pid}/${tid}`);
        return;
      default: {
        if (this.#threads.length < 3) return;
        this.#threads.splice(this.#threads.indexOf(who), 1);
        const dead = dice.chance(0.5) ? "true" : "false";
        this.#say(who, `sched:sched_process_exit: comm=x pid=${tid} prio=120 group_dead=${dead}`);
        if (dice.chance(0.7)) this.#say(who, `PERF_RECORD_EXIT(${pid}:${tid}):(${pid}:${tid})`);
      }
    }
  }

  #record(who: Thread): void {
    const start = this.#address();
    const prot = this.#dice.pick(["r-xp", "rw-p", "rw-s", "---p"]);
    const where = this.#dice.pick(["fe:00 260104 0", "00:00 0 0", "<0123456789abcdef>"]);
    this.#say(
      who,
      `PERF_RECORD_MMAP2 ${who.pid}/${who.tid}: [${hex(start)}(${hex(this.#length())}) @ 0 ${where}]: ${prot} x`,
    );
  }

  #other(who: Thread): void {
    const name = this.#dice.pick([
      "sched:sched_switch: x",
      "syscalls:sys_enter_read: fd: 0x3",
      "cycles: 1",
      "probe:a: (f)",
    ]);
    this.#say(who, name);
  }

  #call(who: Thread, name: string, args: readonly number[], result: number): void {
    this.#enter(who, name, args);
    // Another thread may be inside a call at the same time.
    if (this.#dice.chance(0.15)) this.#fault(this.#dice.pick(this.#threads));
    this.#exit(who, name, result);
  }

  #enter(who: Thread, name: string, args: readonly number[]): void {
    this.#say(who, `syscalls:sys_enter_${name}: ${args.map((arg, i) => `a${i}: ${hex(arg)}`).join(", ")}`);
  }

  #exit(who: Thread, name: string, result: number): void {
    if (this.#dice.chance(0.98)) this.#say(who, `syscalls:sys_exit_${name}: ${hex(result)}`);
  }

  #address(): number {
    const dice = this.#dice;
    if (this.#options.wild && dice.chance(0.08)) return dice.pick(WILD_ADDRESSES);
    const [start, pages] = dice.pick(this.#maps);
    return start + dice.below(Math.min(pages, 400)) * PAGE;
  }

  #length(): number {
    if (this.#options.wild && this.#dice.chance(0.08)) return this.#dice.pick(WILD_LENGTHS);
    return this.#dice.pick([1, 1, 2, 4, 16, 64]) * PAGE;
  }

  #say({ pid, tid }: Thread, what: string): void {
    this.#time += this.#dice.between(1, 900);
    const seconds = `${Math.floor(this.#time / 1e9)}.${String(this.#time % 1e9).padStart(9, "0")}`;
    const cpu = String(this.#dice.below(this.#options.cpus)).padStart(3, "0");
    this.#lines.push(`   c${pid} ${pid}/${tid} [${cpu}] ${seconds}: ${what}`);
  }
}

function hex(value: number): string {
  return `0x${BigInt(Math.round(Math.max(0, value))).toString(16)}`;
}
