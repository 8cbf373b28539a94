/** Replays with too little of something end soon, counted in pages that reclaim looks at, and know what was full. */

import { afterEach, describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { endWhenExhausted, OutOfRoom, roomOf } from "../../dist/engine/exhausted.js";
import { Engine, type EngineOptions } from "../../dist/index.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../dist/replay/index.js";
import { traceBytes } from "../../dist/trace/source.js";

const PAGE = 4096;
const SHARED = 0x1000_0000_0000;
const OWN = 0x2000_0000_0000;
const FILE = 0x3000_0000_0000;

let engine: Engine | undefined;
afterEach(() => engine?.dispose());

/** Lines of a trace; processes run on the CPU of their number, modulo 4. */
class Trace {
  readonly #lines: string[] = [];

  say(process: number, body: string): this {
    const stamp = `5.${String(this.#lines.length).padStart(9, "0")}`;
    this.#lines.push(`  c ${process}/${process} [00${process % 4}] ${stamp}: ${body}\n`);
    return this;
  }

  map(at: number, pages: number, flags: string): this {
    const [start, length] = [at.toString(16), (pages * PAGE).toString(16)];
    return this.say(
      4,
      `syscalls:sys_enter_mmap: addr: 0x${start}, len: 0x${length}, prot: 0x3, flags: ${flags}, fd: 0xffffffff, off: 0x0`,
    ).say(4, `syscalls:sys_exit_mmap: 0x${start}`);
  }

  forks(processes: number): this {
    for (let p = 1; p < processes; p++) this.say(4, `PERF_RECORD_FORK(${4 + p}:${4 + p}):(4:4)`);
    return this;
  }

  access(process: number, at: number, page: number, write: boolean): this {
    const address = (at + page * PAGE).toString(16);
    return this.say(
      process,
      `exceptions:page_fault_user: address=0x${address} ip=0x1 error_code=0x${write ? 6 : 4}`,
    );
  }

  toString(): string {
    return this.#lines.join("");
  }
}

/** Replays; what it ended with, and how many pages reclaim looked at meanwhile. */
async function replay(trace: Trace, options: EngineOptions) {
  engine = await Engine.create({ spaces: 64, files: 16, queueRecords: 1024, ...options });
  const made = engine;
  endWhenExhausted(coreOf(made).machine, "any");
  const ended = await replayTrace(traceBytes(trace.toString()), new EngineReplayMachine(made), {
    onNoMemory: ({ line }) => {
      throw new OutOfRoom(`line ${line}`, roomOf(coreOf(made).machine), made.pageSize);
    },
  }).then(
    () => undefined,
    (error) => error,
  );
  return { ended, scanned: Number(made.stats().scanned) };
}

describe.each([1, 2, 4])("on %i CPUs", (cpus) => {
  const frames = 1000;
  const sizes = { cpus, kswapd: true, memory: frames * PAGE };

  it.each([
    ["much swap", 4000],
    ["little swap", 100],
    ["no swap", 0],
  ])(
    "shared memory that fills the store ends with few looks, with %s",

    async (_, slots) => {
      const trace = new Trace().map(SHARED, 4000, "0x21").map(OWN, 200, "0x22").forks(4);
      for (let i = 0; i < 12_000; i++) {
        trace.access(4 + (i % 4), SHARED, (i * 7919) % 4000, i % 3 !== 0);
        if (i % 8 === 0) trace.access(4 + (i % 4), OWN, (i * 7919) % 200, true);
      }
      const { ended, scanned } = await replay(trace, { ...sizes, swap: slots * PAGE, store: 500 * PAGE });
      expect(ended).toBeInstanceOf(OutOfRoom);
      expect(ended.message).toMatch(/^line \d+: no frame is free/);
      // With no swap it may be anonymous pages that fill memory first.
      if (slots > 200)
        expect(ended.hint).toMatch(/^the store behind files and shared memory is full: try --store 512M/);
      // As often as every frame a few hundred times; each operation for itself would take thousands.
      expect(scanned).toBeLessThan(400 * frames);
    },
  );
});

it.each([16, 20])(
  "memory that other CPUs hold for a moment is waited for: %i frames, 4 CPUs",
  async (frames) => {
    // Each CPU keeps up to 31 pages in its LRU batch, and isolates up to 32 when it looks for pages itself.
    const trace = new Trace().map(SHARED, 4096, "0x21").forks(4);
    for (let i = 0; i < 12_000; i++) trace.access(4 + (i % 4), SHARED, (i * 7919) % 4096, i % 2 === 0);
    const { ended } = await replay(trace, { cpus: 4, memory: frames * PAGE, store: 5000 * PAGE });
    expect(ended?.message).toBeUndefined();
  },
);

it("ends when each page that comes free takes a look at nearly all others", async () => {
  // The store is full, and all but a few frames hold what it has no room for; a file's pages go through those that are left.
  const frames = 4000;
  const left = 12;
  const trace = new Trace()
    .map(SHARED, frames, "0x21")
    .say(4, "syscalls:sys_enter_mmap: addr: 0x0, len: 0x100000, prot: 0x1, flags: 0x1, fd: 0x3, off: 0x0")
    .say(4, `PERF_RECORD_MMAP2 4/4: [0x${FILE.toString(16)}(0x100000) @ 0 fe:00 77 0]: r--s /f`)
    .say(4, `syscalls:sys_exit_mmap: 0x${FILE.toString(16)}`);
  for (let page = 0; page < frames - left; page++) trace.access(4, SHARED, page, true);
  for (let i = 0; i < 40_000; i++) trace.access(4, FILE, (i * 37) % 256, false);
  const { ended, scanned } = await replay(trace, { cpus: 1, memory: frames * PAGE, store: 0 });
  expect(ended).toBeInstanceOf(OutOfRoom);
  // A stretch of looks is judged when it has looked at every frame 64 times.
  expect(scanned).toBeLessThan(3 * 64 * frames);
});

it("knows objects from page tables", async () => {
  const trace = new Trace();
  for (let i = 0; i < 20_000; i++) trace.map(SHARED + i * 2 * PAGE, 1, "0x22");
  const { ended } = await replay(trace, { cpus: 1, memory: 1000 * PAGE, metadata: 40 * PAGE });
  expect(ended).toBeInstanceOf(OutOfRoom);
  expect(ended.message).toMatch(/no page is left for objects \(mappings/);
  expect(ended.hint).toMatch(/try --metadata 64M/);
});

it("finds room for page tables again that were just given up", async () => {
  const trace = new Trace();
  // Each turn takes more than half of the room, and gives it back.
  for (let turn = 0; turn < 20; turn++) {
    trace.map(SHARED, 512 * 100, "0x22");
    for (let table = 0; table < 100; table++) trace.access(4, SHARED, table * 512, false);
    trace.say(4, `syscalls:sys_enter_munmap: addr: 0x${SHARED.toString(16)}, len: 0xc800000`);
    trace.say(4, "syscalls:sys_exit_munmap: 0x0");
  }
  const { ended } = await replay(trace, { cpus: 1, memory: 1000 * PAGE, metadata: 150 * PAGE });
  expect(ended).toBeUndefined();
});
