/** Races with kswapd and the flusher, and sleeps of a bounded time. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { napWords } from "../../dist/explore/nap-words.js";
import { exploreRow, runnerOf } from "../../dist/explore/row.js";
import { BoundedStrategy } from "../../dist/explore/strategy/bounded.js";
import { RandomStrategy } from "../../dist/explore/strategy/random.js";
import { spanNet } from "../../dist/explore/watch.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { printRace } from "../../dist/scenario/race-print.js";
import { rmapHere } from "../support/here.js";
import { modelEngine, monitorModule, SEED } from "./modules.js";

const modules = { module: modelEngine(), monitor: monitorModule() };
const settings = { strategy: "bounded", preemptions: 1, seed: SEED } as const;

function raceOf(boot: string, setup: string, ...cpus: string[]): Scenario {
  const part = (key: string, text: string) => [key, ...text.split("; ").map((line) => `  ${line}`)];
  const lines = [`boot ${boot}`, ...part("setup", setup), ...cpus.flatMap((cpu) => part("cpu", cpu))];
  return parseRace(`title A race\n${lines.join("\n")}\n`, { file: "a.race", name: "a" });
}

/** The CPU behind the two others is the daemon. */
const ROOM = raceOf(
  "memory 14 swap 16 daemons kswapd",
  "0 mmap 0 32 rw private anon; 0 touch 0 4 w",
  "0 touch 16 5 w",
  "0 read 0; 0 write 1 2",
);
const DIRTY = raceOf(
  "memory 40 daemons flusher",
  "0 mmap 0 8 rw shared file 0; 0 write 0 1",
  "0 write 1 2; 0 write 0 3",
  "0 read 0",
);

it.each([
  ["kswapd", ROOM, "statReclaimed"],
  ["flusher", DIRTY, "statWritten"],
] as const)("%s works beside the others, and ends behind them", (name, scenario, counter) => {
  const runner = runnerOf({ scenario, ...modules });
  const { machine, program } = runner;
  expect(machine.cpus).toBe(3);
  expect(program.label?.(2, 0)).toBe(name);
  const at = machine.control.cpuBase(2) + machine.layout.struct("Cpu").offset(counter);
  let worked = 0;
  const onExecution = (): undefined => {
    expect(machine.fibers.every(({ state }) => state === "done")).toBe(true);
    if (machine.view.u32(at) > 0) worked++;
  };
  const executions = 60;
  const { finding } = runner.explore(() => new RandomStrategy(SEED), { executions, onExecution });
  expect(finding?.message).toBeUndefined();
  expect(worked).toBeGreaterThan(0);
});

it("goes on from marks as from the start", () => {
  const [marked, fresh] = [false, true].map((fromStart) => {
    const runner = runnerOf({ scenario: ROOM, ...modules });
    runner.net = spanNet(runner.machine, modules.module);
    const make = () => new BoundedStrategy({ preemptions: 1, stale: 0, together: 1 });
    const { executions, steps, finding } = runner.explore(make, { executions: 400, fromStart });
    return { executions, steps, finding, states: [...runner.judged].sort() };
  });
  expect(marked).toEqual(fresh);
});

it("time passes for CPUs that wait for each other's pages", () => {
  const scenario = raceOf(
    "memory 7 swap 0",
    "0 mmap 0 64 rw private anon; 0 touch 0 3 w",
    "0 touch 20 4 w; 0 read 0",
    "0 read 0; 0 touch 30 5 w",
  );
  const runner = runnerOf({ scenario, ...modules });
  const naps = napWords(runner.machine.control);
  let slept = 0;
  runner.machine.observer = (_cpu, { hook, at }) => {
    if (hook.kind === "wait" && naps.has(at)) slept++;
  };
  const { finding } = runner.explore(() => new RandomStrategy(SEED), { executions: 60 });
  expect(finding?.message).toBeUndefined();
  expect(slept).toBeGreaterThan(0);
});

it("reports a deadlock when nobody can wake a CPU, although daemons sleep beside it", () => {
  const scenario = raceOf(
    "memory 40 swap 4 daemons both",
    "0 mmap 0 2 rw private anon; 0 register 0 2",
    "0 read 0",
    "scan 1",
  );
  const { found } = exploreRow({ scenario, ...modules, settings });
  expect(found).toMatchObject({ invariant: "I14", code: "DEADLOCK" });
  const again = exploreRow({ scenario, ...modules, settings: { ...settings, replay: found?.replay ?? "" } });
  expect(again.found).toMatchObject({ invariant: "I14", code: "DEADLOCK" });
});

it.each([
  { ...settings, strategy: "dpor" },
  { ...settings, model: "tso" },
] as const)("is refused by $strategy in $model", (other) => {
  expect(() => exploreRow({ scenario: ROOM, ...modules, settings: other })).toThrow(
    expect.objectContaining({ code: "EINPUT", exitCode: 5, message: expect.stringMatching(/daemons/) }),
  );
});

it("runs without them under stress, which says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rmap-daemons-"));
  const file = join(folder, "room.race");
  writeFileSync(file, printRace(ROOM));
  const { code, stderr } = await rmapHere(["stress", file, "--cpus", "2", "--rounds", "1"]);
  rmSync(folder, { recursive: true });
  expect(stderr).toContain("do not run under stress");
  expect(code).toBe(0);
});

it("reads and prints its daemons", () => {
  expect(printRace(ROOM)).toMatch(/^boot +memory 14 swap 16 daemons kswapd$/m);
  expect(parseRace(printRace(DIRTY), { file: "b.race", name: "b" }).stress.boot.daemons).toBe("flusher");
  expect(() => raceOf("daemons all", "0 mmap 0 1 rw private anon", "scan 1")).toThrow(/which daemons run/);
});
