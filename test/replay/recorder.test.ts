/** What a recorder sees of a replay: the engine's own sums, the reverse map's own answers, and for a bounded price. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coreOf } from "../../dist/engine/engine.js";
import { whoMaps } from "../../dist/engine/who-maps.js";
import { Engine } from "../../dist/index.js";
import { PAGE_ANON, PAGE_KIND, type PageArrays, type ScanSums } from "../../dist/inspect/page-scan.js";
import { EngineReplayMachine } from "../../dist/replay/engine-machine.js";
import { replayTrace } from "../../dist/replay/index.js";
import type { RecorderFigures } from "../../dist/replay/recorder/figures.js";
import { Journal, NO_PAGES } from "../../dist/replay/recorder/journal.js";
import { COUNTERS, KERNEL, Lanes, PAGES, STRIDE } from "../../dist/replay/recorder/lanes.js";
import { NO_PROCESS, Processes } from "../../dist/replay/recorder/processes.js";
import { Recorder } from "../../dist/replay/recorder/recorder.js";
import { Timeline } from "../../dist/replay/recorder/timeline.js";
import { recordingSummary } from "../../dist/report/recording.js";
import { traceFile } from "../../dist/trace/source.js";
import { count, sample } from "../support/sample.js";

const TRACES = ["bash.perf.txt.gz", "redis.perf.txt.gz", "threads.perf.txt.gz", "calls.perf.data.gz"];
const FILE = "test/replay/recorder.test.ts";

const bundled = (name: string) => traceFile(new URL(`../../traces/${name}`, import.meta.url).pathname);

/** Compares each kept page's sharers with what the reverse map says at that moment. */
class AskingMachine extends EngineReplayMachine {
  readonly #engine: Engine;
  #slots: readonly number[] = [];
  asked = 0;
  /** Pages for which the two differ. */
  readonly wrong: string[] = [];

  constructor(engine: Engine) {
    super(engine);
    this.#engine = engine;
  }

  override scan(slots: readonly number[]): ScanSums {
    this.#slots = slots;
    return super.scan(slots);
  }

  override take(): PageArrays {
    const taken = super.take();
    const { starts, pages, frames, kinds } = taken;
    const sharers = new Map<number, string[]>();
    for (const [space, slot] of this.#slots.entries())
      for (let at = starts[space] as number; at < (starts[space + 1] as number); at++) {
        const frame = frames[at] as number;
        sharers.set(frame, [...(sharers.get(frame) ?? []), `${slot}:${pages[at]}`]);
      }
    for (const [space, slot] of this.#slots.entries())
      for (let at = starts[space] as number; at < (starts[space + 1] as number); at += 7) {
        if (((kinds[at] as number) & PAGE_KIND) !== PAGE_ANON) continue;
        const size = this.#engine.pageSize;
        const answer = whoMaps(coreOf(this.#engine), slot, (pages[at] as number) * size);
        const found = answer.map((one) => `${one.slot}:${one.address / size}`).sort();
        const expected = [...(sharers.get(frames[at] as number) ?? [])].sort();
        this.asked++;
        if (found.join() !== expected.join())
          this.wrong.push(`${slot}:${pages[at]}: ${found} and not ${expected}`);
      }
    return taken;
  }
}

/** Looks at the whole engine after each window, whether the recorder does or not. */
class WatchingMachine extends EngineReplayMachine {
  /** The most pages that sharing saved, frames that processes mapped, and mappings of one anonymous page. */
  most = 0;
  frames = 0;
  mappings = 0;
  looks = 0;

  override async run(): Promise<void> {
    await super.run();
    const slots = Array.from({ length: this.spaces }, (_, slot) => slot);
    const { anonMapped, anonFrames, fileFrames, mostMapped } = super.scan(slots);
    this.most = Math.max(this.most, anonMapped - anonFrames);
    this.frames = Math.max(this.frames, anonFrames + fileFrames);
    this.mappings = Math.max(this.mappings, mostMapped);
    this.looks++;
  }
}

async function recorded(name: string, cpus: number, recording = true) {
  const engine = await Engine.create({
    cpus,
    memory: 64 * 2 ** 20,
    spaces: 512,
    files: 4096,
    queueRecords: 4096,
  });
  try {
    const machine = new AskingMachine(engine);
    const recorder = new Recorder(machine, { faults: true });
    const report = await replayTrace(bundled(name), machine, recording ? { recorder } : {});
    return { report, machine, figures: recorder.figures() };
  } finally {
    await engine.dispose();
  }
}

/** The sum of a counter over all rows of all lanes. */
function lanesSum({ lanes }: RecorderFigures, counter: number): number {
  let sum = 0;
  for (const rows of lanes)
    for (let at = 1 + counter; at < rows.length; at += STRIDE) sum += rows[at] as number;
  return sum;
}

describe.each(sample(TRACES, 1, FILE))("a recorder of %s", (name) => {
  it.each([0, 2])("sums up over processes and over time to what the engine did, on %i CPUs", async (cpus) => {
    const { report, figures, machine } = await recorded(name, cpus);
    const { total, ...kinds } = report.faults;
    const sums = { anon: 0, cow: 0, file: 0, zero: 0 };
    for (const { faults } of figures.processes)
      for (const kind of ["anon", "cow", "file", "zero"] as const) sums[kind] += faults[kind];
    expect(sums).toEqual(kinds);
    expect(["anon", "cow", "file", "zero"].map((_, counter) => lanesSum(figures, counter))).toEqual(
      Object.values(kinds),
    );
    expect(figures.faults?.total).toBe(total);
    expect(report.fidelity).toMatchObject({ exact: report.fidelity.samples, first: null });
    const { forks, vforks, execs } = report;
    const begun = (kind: string) => figures.processes.filter(({ began }) => began === kind).length;
    expect({ forks: begun("fork"), vforks: begun("vfork"), execs: begun("exec") }).toEqual({
      forks,
      vforks,
      execs,
    });
    // A lane keeps the last value of each bin. A fork that lives for some bins begins with its parent's pages.
    let forks3 = 0;
    for (const { id, began, peakAnonPages, startSeconds, endSeconds } of figures.processes) {
      const rows = figures.lanes[id] as Int32Array;
      const pages = Array.from(
        { length: rows.length / STRIDE },
        (_, row) => rows[(row + 1) * STRIDE - 2] as number,
      );
      expect(Math.max(0, ...pages)).toBeLessThanOrEqual(peakAnonPages);
      const bins = ((endSeconds ?? figures.seconds) - startSeconds) / figures.binSeconds;
      if (began !== "fork" || bins < 3) continue;
      forks3++;
      expect(Math.max(0, ...pages)).toBeGreaterThan(peakAnonPages / 2);
    }
    if (!name.startsWith("calls")) expect(forks3).toBeGreaterThan(0);
    expect(figures.moments.length).toBeGreaterThan(0);
    expect(machine.asked).toBeGreaterThan(50);
    expect(machine.wrong).toEqual([]);
  });
});

describe("the most of all moments", () => {
  it.each(sample(TRACES.slice(0, 3), 1, FILE))("is never more than a recorder of %s says", async (name) => {
    // Short windows, so that there are many moments at which the recorder does not look.
    const options = { memory: 64 * 2 ** 20, spaces: 512, files: 4096, queueRecords: 128 };
    const engine = await Engine.create(options);
    const machine = new WatchingMachine(engine);
    const recorder = new Recorder(machine);
    await replayTrace(bundled(name), machine, { recorder });
    const recorded = recorder.figures();
    const { mostSavedPages, mostMappings, sharing, work } = recorded;
    const { best } = recordingSummary(recorded, machine.peaks().peakFrameBytes / engine.pageSize).looks;
    await engine.dispose();
    for (const { found, neverMore } of best) expect(neverMore).toBeGreaterThanOrEqual(found);
    const of = (kind: string) => best.find((one) => one.kind === kind);
    expect(of("most frames")?.neverMore).toBeGreaterThanOrEqual(machine.frames);
    expect(of("most frames")?.neverMore).toBeLessThan(1.5 * machine.frames);
    expect(mostMappings).toBeGreaterThanOrEqual(machine.mappings);
    expect(mostMappings).toBeLessThanOrEqual(machine.mappings + 2);
    expect(of("longest walk")?.found).toBeGreaterThan(1);
    expect(machine.looks).toBeGreaterThan(2 * work.scans);
    expect(machine.most).toBeGreaterThan(0);
    expect(mostSavedPages).toBeGreaterThanOrEqual(machine.most);
    const seen = Math.max(...sharing.map(({ mappedPages, framePages }) => mappedPages - framePages));
    expect(mostSavedPages).toBeGreaterThanOrEqual(seen);
    // The bundled recordings have few forks at once: the bound says something.
    expect(mostSavedPages).toBeLessThan(2 * machine.most);
  });
});

/** A machine of one CPU that counts one fault for each record, and has no memory to look at. */
const STILL = {
  cpus: 1,
  tally: (_cpu: number, index: number, into: Uint32Array) => into.fill(index),
  scan: () => ({ ...NOTHING, read: 0 }),
  take: () => {
    throw new Error("there is nothing to take");
  },
  permissions: () => "",
  pressure: () => ({ frames: 0, scanned: 0, reclaimed: 0, swapOut: 0, swapIn: 0 }),
};
const NOTHING = {
  ...{ anonMapped: 0, anonFrames: 0, fileMapped: 0, fileFrames: 0 },
  ...{ zeroMapped: 0, swapped: 0, mostMapped: 0 },
};
const WINDOWS = 32;
const OPERATIONS = 4096;

/** The number of typed arrays that `run` makes. */
function countedArrays(run: () => void): number {
  let made = 0;
  const kinds = ["Int32Array", "Uint32Array", "Float64Array"] as const;
  const own = kinds.map((kind) => globalThis[kind]);
  const construct = (target: new (...given: never[]) => object, given: never[]) => {
    made++;
    return new target(...given);
  };
  for (const kind of kinds) Object.assign(globalThis, { [kind]: new Proxy(globalThis[kind], { construct }) });
  try {
    run();
  } finally {
    for (const [at, kind] of kinds.entries()) Object.assign(globalThis, { [kind]: own[at] });
  }
  return made;
}

describe("the price of a recorder", () => {
  it.each(sample(TRACES, 1, FILE))("is bounded by what the replay does: %s", async (name) => {
    const { report, figures } = await recorded(name, 2);
    const { tallies, breaks, scans, read, seeks, steps } = figures.work;
    // Beside these, each look at a fork that may share a quarter more than those before.
    const much = Math.max(0, Math.log(figures.mostSavedPages / 128) / Math.log(1.25)) + 1;
    expect(breaks).toBeLessThanOrEqual(2 + report.ops / 4000 + 2 + much);
    expect(scans).toBeLessThanOrEqual(breaks + report.windows + 1);
    // A word takes some nanoseconds, an operation some microseconds. The last two looks may go beyond.
    const largest = Math.max(...figures.moments.map(({ sums }) => sums.read));
    expect(read).toBeLessThanOrEqual(6 * (10_000 + 2 * report.ops) + 2 * largest);
    // Mostly one for each bin and process, not one for each operation.
    expect(tallies).toBeLessThan(report.ops / 5);
    // Most operations fall into the bin of the one before. To settle a window steps over its rows twice at most, for each of few widths.
    expect(seeks).toBeLessThan(report.ops / 3);
    expect(steps).toBeLessThan((10 * figures.lanes.reduce((sum, lane) => sum + lane.length, 0)) / STRIDE);
  });

  it("is no array and no row for an event: neither for many operations, nor for many windows, nor for a late count", () => {
    const made = countedArrays(() => {
      const recorder = new Recorder(STILL);
      // Two processes take turns; a window has many bins, and the counters come when it has run.
      const places = [0, 1].map((slot) => recorder.begin(slot + 1, "one", "before", -1, slot));
      for (let window = 0; window < WINDOWS; window++) {
        for (let operation = 0; operation < OPERATIONS; operation++) {
          const time = 1e6 + (window * OPERATIONS + operation) * 2000;
          const place = places[(operation >> 4) & 1] as number;
          recorder.turn(place, time);
          // Their slots have the same numbers.
          if (recorder.operation(0, place)) recorder.told(0, operation);
          recorder.after[operation] = operation;
          recorder.counted(place, time - 500, operation);
        }
        recorder.closes(0, OPERATIONS);
        recorder.settle();
      }
      const { work, lanes } = recorder.figures();
      const rows = lanes.reduce((sum, lane) => sum + lane.length / STRIDE, 0);
      expect(rows).toBeGreaterThan(500);
      // 800 bins at most, and the rows of a window twice.
      expect(rows).toBeLessThanOrEqual(2 * 800);
      expect(work.steps).toBeLessThanOrEqual(4 * rows * (1 + Math.log2(WINDOWS)));
      expect(work.seeks).toBeLessThan((WINDOWS * OPERATIONS) / 4);
    });
    // Those of its parts, and those that double: a few for each, however long the recording.
    expect(made).toBeLessThan(60);
  });

  it("is nothing when nobody asks", async () => {
    const { report, figures } = await recorded("bash.perf.txt.gz", 2, false);
    const { report: again } = await recorded("bash.perf.txt.gz", 2);
    expect(figures).toMatchObject({ processes: [], moments: [], work: { tallies: 0, breaks: 0, scans: 0 } });
    expect(report.contents).toEqual(again.contents);
    expect(report.windows).toBeLessThan(again.windows);
  });
});

describe("a journal", () => {
  const entry = fc.record({
    owner: fc.integer({ min: NO_PROCESS, max: 3 }),
    late: fc.nat(3_000_000),
    isCount: fc.boolean(),
    pages: fc.integer({ min: NO_PAGES, max: 6 }),
  });
  // Long enough that the arrays grow.
  const windows = fc.array(fc.array(entry, { maxLength: 60, size: "max" }), { maxLength: 6 });

  /** A journal with lanes of four processes. */
  function fresh() {
    const processes = new Processes();
    const lanes = new Lanes();
    const timeline: Timeline = new Timeline(() => {
      lanes.halve();
      journal.halve();
    });
    const journal = new Journal(processes, lanes, timeline);
    for (let place = 0; place < 4; place++) {
      processes.begin(place, "one", "before", NO_PROCESS, 1, place);
      lanes.add();
    }
    return { processes, lanes, timeline, journal };
  }

  it("leaves in the lanes what its entries do one by one", () => {
    fc.assert(
      fc.property(windows, (all) => {
        const { processes, lanes, timeline, journal } = fresh();
        const one = fresh();
        const peaks = [0, 0, 0, 0];
        let now = 2e6;
        for (const window of all) {
          // Time goes on by some bins, a few times by so much that bins become one, and a little back.
          const timed = window.map((given) => {
            now += 1e6;
            return { ...given, time: now - given.late };
          });
          for (const { owner, time, isCount, pages } of timed)
            if (!isCount) journal.operation(owner, time);
            else if (owner !== NO_PROCESS && pages !== NO_PAGES) journal.count(owner, time, pages);
          const operations = timed.filter(({ isCount }) => !isCount);
          for (const [at, { pages }] of operations.entries()) journal.after[at] = pages;
          journal.settle();
          // A window is worked out when all of it is known, in the bins that there are then. A count about nobody is no time.
          const told = timed.filter(
            ({ owner, isCount, pages }) => !isCount || (owner !== NO_PROCESS && pages !== NO_PAGES),
          );
          for (const { time } of told) one.timeline.bin(time);
          for (const { owner, time, isCount, pages } of told) {
            if (owner === NO_PROCESS || pages === NO_PAGES) continue;
            const bin = one.timeline.bin(time);
            if (isCount) {
              const row = one.lanes.row(owner, bin);
              one.lanes.table[row + KERNEL] = pages;
            } else if (one.processes.pages[owner] !== pages) {
              one.processes.pages[owner] = pages;
              peaks[owner] = Math.max(peaks[owner] as number, pages);
              const row = one.lanes.lastRow(owner, bin);
              one.lanes.table[row + PAGES] = pages;
            }
          }
        }
        expect(timeline.width).toBe(one.timeline.width);
        for (const [place, peak] of peaks.entries()) {
          expect([...lanes.rows(place)]).toEqual([...one.lanes.rows(place)]);
          expect(processes.pages[place]).toBe(one.processes.pages[place]);
          expect(processes.peaks[place]).toBe(peak);
        }
      }),
      { numRuns: count(100, 2000) },
    );
  });
});

describe("lanes", () => {
  const step = fc.record({
    lane: fc.nat(3),
    bin: fc.nat(40),
    what: fc.nat(9),
    by: fc.nat(9),
    counter: fc.nat(COUNTERS.length - 1),
  });

  /** The same rules, as maps: of each bin its counters, the engine's pages and the kernel's. */
  class LaneModel {
    #rows = new Map<number, number[]>();

    row(bin: number): number[] {
      const before = this.bins().filter((one) => one < bin);
      const pages = this.#rows.get(before.at(-1) ?? -1)?.[COUNTERS.length] ?? 0;
      const row = this.#rows.get(bin) ?? [...COUNTERS.map(() => 0), pages, -1];
      this.#rows.set(bin, row);
      return row;
    }

    bins(): number[] {
      return [...this.#rows.keys()].sort((a, b) => a - b);
    }

    halve(): void {
      const next = new Map<number, number[]>();
      for (const bin of this.bins()) {
        const row = this.#rows.get(bin) as number[];
        const other = next.get(bin >> 1);
        const sum = row.map((value, field) =>
          field < COUNTERS.length ? value + (other?.[field] ?? 0) : value,
        );
        if (sum.at(-1) === -1) sum[sum.length - 1] = other?.at(-1) ?? -1;
        next.set(bin >> 1, sum);
      }
      this.#rows = next;
    }

    rows(): number[] {
      return this.bins().flatMap((bin) => [bin, ...(this.#rows.get(bin) as number[])]);
    }
  }

  it("keep sums and counts by bin, whatever the order, and after bins have become one", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const lanes = new Lanes();
        const models = Array.from({ length: 4 }, () => new LaneModel());
        for (const _ of models) lanes.add();
        let width = 1;
        for (const { lane, bin, what, by, counter } of steps) {
          const model = models[lane] as LaneModel;
          const at = Math.floor(bin / width);
          if (what === 0) {
            lanes.halve();
            for (const one of models) one.halve();
            width *= 2;
          } else if (what < 4) {
            // Counters go round at 2^32.
            const [now, before] = [
              new Uint32Array(COUNTERS.length),
              new Uint32Array(COUNTERS.length).fill(-3),
            ];
            now.set(before);
            now[counter] = (now[counter] as number) + by;
            lanes.count(lane, at, now, before);
            if (by > 0) (model.row(at)[counter] as number) += by;
          } else if (what < 7) {
            const row = lanes.lastRow(lane, at);
            lanes.table[row + PAGES] = by;
            model.row(Math.max(at, model.bins().at(-1) ?? 0))[COUNTERS.length] = by;
          } else {
            const row = lanes.row(lane, at);
            lanes.table[row + KERNEL] = by;
            model.row(at)[COUNTERS.length + 1] = by;
          }
        }
        expect(models.map((_, lane) => [...lanes.rows(lane)])).toEqual(models.map((model) => model.rows()));
      }),
      { numRuns: count(100, 1000) },
    );
  });

  it("hold many processes and many rows", () => {
    const lanes = new Lanes();
    for (let lane = 0; lane < 300; lane++) lanes.add();
    for (let bin = 0; bin < 20; bin++)
      for (let lane = 0; lane < 300; lane++) {
        const row = lanes.lastRow(lane, bin);
        lanes.table[row + PAGES] = bin + lane;
      }
    for (let lane = 0; lane < 300; lane++) {
      const rows = lanes.rows(lane);
      expect(rows.length).toBe(20 * STRIDE);
      expect(rows[rows.length - 2]).toBe(19 + lane);
    }
  });
});
