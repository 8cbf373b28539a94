/** The words that races have beside those of scripts: `fail`, `device` and `seen`, on engines and in stress rounds. */
import { afterEach, describe, expect, it } from "vitest";
import { Engine, EngineCrashError } from "../../dist/index.js";
import { Line } from "../../dist/ops/line.js";
import { parseConcurrentLine, parseScript } from "../../dist/ops/script.js";
import { ScriptEncoder } from "../../dist/record/script.js";
import { runScript } from "../../dist/script/script.js";
import { wordsOf } from "../../dist/text/words.js";
import { answer } from "../../model/machine.js";
import { Model } from "../../model/model.js";

const engines: Engine[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

async function create(checked = true, cpus = 0): Promise<Engine> {
  const engine = await Engine.create({ checked, cpus, memory: 2 ** 20 });
  engines.push(engine);
  return engine;
}

/** Runs lines of a race on the calling thread's CPU, in the first address space. */
function hostOf(engine: Engine) {
  const space = engine.spawn();
  const encoder = new ScriptEncoder(engine.layout, () => space.slot);
  return (text: string) => {
    const record = encoder.encode(parseConcurrentLine(new Line("x", 1, wordsOf(text), 1)));
    if (record === undefined) throw new Error(`${text} has no record`);
    return encoder.outcomeOf(engine.execute(record).result);
  };
}

describe("fail", () => {
  it("refuses the N-th allocation of its CPU, once", async () => {
    const run = hostOf(await create());
    run("0 mmap 0 4 rw private anon");
    expect(["fail 1", "0 mmap 8 1 rw private anon", "0 mmap 8 1 rw private anon"].map(run)).toEqual([
      0,
      "ENOMEM",
      0,
    ]);
    // A fork makes several objects: a later one is refused too, and then the fork as a whole.
    run("0 write 0 1");
    expect(["fail 3", "0 fork 0"].map(run)[0]).toBe(0);
  });

  it("is switched off with 0, and is not there in an engine without checks", async () => {
    const run = hostOf(await create());
    expect(["fail 1", "fail 0", "0 mmap 8 1 rw private anon"].map(run)).toEqual([0, 0, 0]);
    expect(hostOf(await create(false))("fail 1")).toBe("EINVAL");
  });

  it("does not stand in a script", () => {
    expect(() => parseScript("fail 1")).toThrow(/^script.ops:1:1: "fail" stands only in races/);
  });
});

const DEVICE = `0 mmap 0 2 rw private anon
0 write 0 1
0 device 5
0 hold 0 w
0 device 7
0 read 0
dump
0 fork 1
0 exit
0 device 9
0 release 9
0 device 10
dump`;

describe("device", () => {
  it.each([0, 1, 2])("stores through the pin of its process, with %d CPUs", async (cpus) => {
    const script = parseScript(DEVICE);
    const told = await runScript(await create(true, cpus), script);
    expect(told.results).toEqual([0, 0, "EINVAL", 0, 0, 0, 0, 0, 0, 0, "EINVAL"]);
    expect(told.dumps[0]?.procs["0"]?.pages).toEqual([[0, 0, 1, "AX", 7n]]);
    // The child got a copy at its fork.
    expect(told.dumps[1]?.procs["1"]?.pages[0]?.[4]).toBe(7n);
    expect(answer(new Model(), script)).toEqual(told);
  });

  it("means the pin that its CPU took last", async () => {
    const run = hostOf(await create());
    run("0 mmap 0 2 rw private anon");
    expect(["0 hold 0 w", "0 device 3", "0 expect 0 3", "0 release", "0 device 4"].map(run)).toEqual([
      ...[0, 0, 0, 0, "EINVAL"],
    ]);
  });

  it("refuses an address that is no pinned page", async () => {
    const engine = await create();
    const op = engine.layout.constant("OP_DEVICE");
    for (const a of [4, 4096, 0xffff_fffc]) expect(engine.execute({ op, a, b: 1 }).result).not.toBe(0);
  });
});

describe("seen", () => {
  const SETUP = ["0 mmap 0 2 rw private anon", "0 write 0 1", "0 write 1 2"];

  it("is content with the second value, and with any when the first is another", async () => {
    const run = hostOf(await create());
    SETUP.forEach(run);
    expect(["0 seen 0 1 1 2", "0 seen 1 2 0 1", "0 seen 0 5 1 6", "0 seen 0 1 2 0"].map(run)).toEqual([
      ...[0, 0, 0, "SEGV"],
    ]);
  });

  it("is a finding where the second value is another, in a checked engine", async () => {
    const lines = [...SETUP, "0 seen 0 1 1 3"];
    const run = hostOf(await create());
    expect(() => lines.map(run)).toThrow(EngineCrashError);
    expect(lines.map(hostOf(await create(false)))).toEqual([0, 0, 0, 0]);
    const script = parseScript(lines.join("\n"));
    await expect(runScript(await create(), script)).rejects.toThrow(/a read returned 0x2, expected 0x3/);
    expect(answer(new Model(), script).results).toEqual([0, 0, 0, 0]);
  });
});

it("compact moves pages, and nobody sees a difference", async () => {
  const script = parseScript(
    "0 mmap 0 3 rw private anon\n0 write 0 1\n0 write 2 3\ncompact 9\ncompact 9\ndump",
  );
  const told = await runScript(await create(), script);
  expect(told.results).toEqual([0, 0, 0, 0, 0]);
  expect(answer(new Model(), script)).toEqual(told);
});
