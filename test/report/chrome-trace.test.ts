/** `rmap replay --chrome-trace`: the JSON form that Perfetto reads, and figures that are those of the report. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";

/** An event as the form's description has it: what each phase needs. */
const number = { type: "number", minimum: 0 };
const phase = (ph: string, more: Record<string, unknown>, required: readonly string[]) => ({
  type: "object",
  properties: {
    ph: { const: ph },
    pid: { type: "integer", minimum: 0 },
    tid: { type: "integer", minimum: 0 },
    name: { type: "string", minLength: 1 },
    cat: { type: "string" },
    ...more,
  },
  required: ["ph", "pid", "name", ...required],
  additionalProperties: false,
});
const values = { type: "object", additionalProperties: { type: "number" }, minProperties: 1 };
const FORM = {
  type: "object",
  properties: {
    displayTimeUnit: { const: "ns" },
    otherData: { type: "object", additionalProperties: { type: "string" } },
    traceEvents: {
      type: "array",
      minItems: 1,
      items: {
        anyOf: [
          phase("X", { ts: number, dur: number, args: { type: "object" } }, ["ts", "dur", "tid"]),
          phase("C", { ts: number, args: values }, ["ts", "args"]),
          phase("M", { args: { type: "object", required: ["name"] } }, ["args"]),
          phase("i", { ts: number, s: { const: "g" } }, ["ts", "s", "tid"]),
        ],
      },
    },
  },
  required: ["traceEvents"],
  additionalProperties: false,
};

interface Event {
  readonly ph: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts: number;
  readonly dur: number;
  readonly name: string;
  readonly cat?: string;
  readonly args: Readonly<Record<string, number | string>>;
}

describe("rmap replay --chrome-trace", () => {
  it("writes slices for faults on tracks of CPUs and processes, and counters that add up to the report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rmap-"));
    const file = join(folder, "trace.json");
    const recording = new URL("../../traces/redis.perf.txt.gz", import.meta.url).pathname;
    const { code, stdout } = await rmapHere(["replay", recording, "--chrome-trace", file, "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    const trace = JSON.parse(readFileSync(file, "utf8"));
    rmSync(folder, { recursive: true });
    const validate = new Ajv2020().compile(FORM);
    expect(validate(trace) ? undefined : validate.errors?.slice(0, 5)).toBeUndefined();
    const events: Event[] = trace.traceEvents;
    const metadata = (name: string) => events.filter((event) => event.ph === "M" && event.name === name);
    const cpus = metadata("process_name").find(({ args }) => args["name"] === "CPUs")?.pid as number;
    // A track for each CPU, and one slice on it for each fault; the same on the track of its thread.
    const slices = events.filter(({ cat }) => cat === "fault");
    const onCpus = slices.filter(({ pid }) => pid === cpus);
    expect(onCpus).toHaveLength(report.faults.total);
    expect(slices).toHaveLength(2 * report.faults.total);
    const tracks = new Set(
      metadata("thread_name")
        .filter(({ pid }) => pid === cpus)
        .map(({ tid }) => tid),
    );
    expect(tracks.size).toBe(2);
    for (const { tid } of onCpus) expect(tracks.has(tid)).toBe(true);
    expect(Math.max(...slices.map(({ dur }) => dur))).toBeLessThanOrEqual(5);
    expect(Math.max(...events.filter(({ ts }) => ts !== undefined).map(({ ts }) => ts))).toBeLessThanOrEqual(
      report.recordedSeconds * 1e6 + 2,
    );
    // Perfetto of 2022 fails to draw a counter that has a value at time 0, and none may go back in time.
    const last = new Map<string, number>();
    for (const { ph, pid, name, ts } of events) {
      if (ph !== "C") continue;
      expect(ts, name).toBeGreaterThan(last.get(`${pid} ${name}`) ?? 0);
      last.set(`${pid} ${name}`, ts);
    }
    expect(last.size).toBeGreaterThan(report.processes.length / 2);
    // As Perfetto reads them, in whole nanoseconds, no slice of a fault reaches into the next one on its track.
    const ends = new Map<string, number>();
    for (const { pid, tid, ts, dur } of slices.sort((a, b) => a.ts - b.ts)) {
      const from = Math.trunc(ts * 1000);
      expect(from).toBeGreaterThanOrEqual(ends.get(`${pid} ${tid}`) ?? 0);
      ends.set(`${pid} ${tid}`, from + Math.trunc(dur * 1000));
    }
    // Every process has a name and a life.
    const named = new Set(metadata("process_name").map(({ pid }) => pid));
    for (const { pid } of report.processes) expect(named.has(pid)).toBe(true);
    expect(events.filter(({ cat }) => cat === "life")).toHaveLength(report.processes.length);
    // Counters of faults add up to what the engine did.
    const sums: Record<string, number> = {};
    for (const { ph, name, args } of events)
      if (ph === "C" && name === "faults")
        for (const [kind, value] of Object.entries(args)) sums[kind] = (sums[kind] ?? 0) + Number(value);
    const { anon, cow, file: files, zero } = report.faults;
    expect(sums).toEqual({ anonymous: anon, "copy-on-write": cow, file: files, "zero page": zero });
  });
});
