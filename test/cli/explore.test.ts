/** `rmap explore` at the command line: exit codes, wrong usage, files, and what is left of a run that is ended. */

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { ended, until } from "../support/patience.js";
import { mainPath, schemaErrors } from "../support/rmap.js";
import { WHOLE } from "../support/sample.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-explore-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

interface Run {
  readonly run: Record<string, unknown>;
  readonly results: Record<string, unknown>[];
  readonly interrupted?: boolean;
  readonly rows?: number;
}

const read = (name: string) => JSON.parse(readFileSync(path(name), "utf8")) as Run;

describe("wrong usage ends with exit code 2", () => {
  it.each([
    [["explore"], /no scenario is named[\s\S]*rmap scenarios/],
    [["explore", "first-falt"], /first-falt[\s\S]*first-fault/],
    [["explore", "first-fault", "--all"], /--all and names of scenarios exclude each other/],
    [["explore", "first-fault", "--model", "pos"], /no memory model "pos"[\s\S]*did you mean "pso"/],
    [["explore", "first-fault", "--model", "sc,"], /no memory model ""[\s\S]*models are sc, tso, pso/],
    [
      ["explore", "first-fault", "--model", "tso", "--strategy", "dpor"],
      /--strategy dpor knows only the model sc, not tso/,
    ],
    [["explore", "first-fault", "--stale", "1"], /in the model sc no read is stale[\s\S]*--model pso/],
    [
      ["explore", "first-fault", "--strategy", "bouned"],
      /no strategy "bouned"[\s\S]*bounded, dpor, pct, random/,
    ],
    [["explore", "first-fault", "--preemptions", "-1"], /--preemptions/],
    [["explore", "first-fault", "--workers", "0"], /--workers.*1 to 256/],
    [["explore", "first-fault", "--executions", "x"], /--executions/],
    [["explore", "first-fault", "--junit", "-"], /--junit takes the name of a file/],
    [["explore", "first-fault", "--save", "-"], /--save takes the name of a file/],
    [["explore", "./first-fault"], /no scenario[\s\S]*a race of your own ends with \.race/],
    [["explore", "first-fault", "--html", "x", "--junit", "./x"], /--html and --junit name one file/],
    [["explore", "first-fault", "--replay", "0", "--shard", "1/2"], /--replay runs one schedule.*--shard/],
    [["explore", "first-fault", "--replay", "0", "--save", "x"], /--replay runs one schedule.*--save/],
    [["explore", "first-fault", "--replay", "0 1 9"], /a turn of CPU 9, but the race has 3 CPUs/],
    [["explore", "first-fault", "--replay", "0@"], /part 1 of the replay string is not a turn: "0@"/],
    [["explore", "first-fault", "--shard", "0/0"], /N must be from 1 to 10000, not 0/],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await rmapHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hint: /m);
  });
});

describe("a race that exploration cannot take ends with exit code 5", () => {
  const OPERATIONS = "setup\n  0 mmap 0 2 rw private anon\n";
  const CPU = "cpu\n  0 read 0\n";
  it.each([
    ["empty", "", /:1:1: the key "title" is missing[\s\S]*hint: docs\/races\.md/],
    ["title", "title x\nexplore\n", /:2:8: a race needs at least one section "cpu"[\s\S]*hint: /],
    ["cpus", `title x\n${OPERATIONS}${CPU.repeat(9)}`, /at most 8 CPUs, and this race has 9[\s\S]*hint: /],
    [
      "operations",
      `title x\n${OPERATIONS}${CPU}explore\nrepeat 70\n${CPU}`,
      /at most 64 operations of a CPU, and CPU 0 has 71[\s\S]*hint: /,
    ],
  ])("%s", async (name, text, message) => {
    const file = path(`${name}.race`);
    writeFileSync(file, text);
    const { code, stdout, stderr } = await rmapHere(["explore", file]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toContain(file);
    expect(stderr).toMatch(message);
  });

  it("and is not overwritten by its own result", async () => {
    const file = path("mine.race");
    writeFileSync(file, `title x\n${OPERATIONS}${CPU}`);
    const { code, stderr } = await rmapHere(["explore", file, "--html", file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--html names the input file: ${file}`);
    expect(readFileSync(file, "utf8")).toMatch(/^title x/);
  });
});

describe("files that cannot be used end with exit code 5, before the work begins", () => {
  it.each([
    [["--junit", join(folder, "none", "x.xml")], /cannot write .*x\.xml: there is no folder/],
    [["--save", folder], /cannot write .*it is a folder/],
    [["--resume", join(folder, "none.json")], /cannot read .*none\.json: there is no such file/],
    [["--resume", mainPath], /main\.js:1:1: [\s\S]*rmap explore --save/],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await rmapHere(["explore", "drop-drop", ...args]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

it("takes --model sc, prints what the schema says, and ends with 0 when all is as expected", async () => {
  const { code, stdout, stderr } = await rmapHere(["explore", "drop-drop", "--model", "sc", "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(schemaErrors("explore", JSON.parse(stdout))).toBeUndefined();
  expect(JSON.parse(stdout)).toMatchObject({
    schema: "rmap.explore/1",
    results: [{ scenario: "drop-drop", variant: "mainline", model: "sc", complete: true, asExpected: true }],
  });
});

it("explores a row for each memory model of a list, the strongest first", async () => {
  const junit = path("models.xml");
  const args = ["explore", "drop-drop", "--model", "pso,sc", "--preemptions", "1", "--junit", junit];
  const { code, stdout, stderr } = await rmapHere([...args, "--workers", "1", "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(schemaErrors("explore", JSON.parse(stdout))).toBeUndefined();
  expect(JSON.parse(stdout).results).toMatchObject([
    { model: "sc", bounds: { preemptions: 1 }, complete: true },
    { model: "pso", bounds: { preemptions: 1, stale: 2, together: 2 }, complete: true },
  ]);
  expect(readFileSync(junit, "utf8")).toMatch(/name="drop-drop"[\s\S]*name="drop-drop under pso"/);
});

it("ends with 1 when a row is not as expected, and says so in the JUnit file", async () => {
  // One execution is not all.
  const args = ["explore", "drop-drop", "drop-fork", "--executions", "1", "--junit", path("wrong.xml")];
  const { code, stdout } = await rmapHere(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/not as expected \(it did not complete\)/);
  const xml = readFileSync(path("wrong.xml"), "utf8");
  expect(xml).toMatch(/<testsuite name="rmap.explore" tests="2" failures="2" /);
  expect(xml.match(/<testcase classname="rmap.explore.mainline" name="drop-(drop|fork)"/g)).toHaveLength(2);
  expect(xml).toMatch(/<failure message="nothing in \d+ executions?,.* not complete: it did not complete">/);
});

it.each(["bounded", "dpor", "random"])(
  "says how many executions it ran when %s is cut short",
  async (strategy) => {
    const { stdout } = await rmapHere([
      "explore",
      "first-fault",
      "--strategy",
      strategy,
      "--executions",
      "50",
    ]);
    expect(stdout).toMatch(/^first-fault in mainline: nothing in 50 executions, /);
  },
);

describe("a race on plain accesses", () => {
  const RACE = "title Reads\nsetup\n  0 mmap 0 2 rw private anon\ncpu\n  0 read 0\ncpu\n  0 read 0\n";
  const UNLOCKED = `
function mapZeroPage(vmf: Vmf): i32 {
  const free = pteLocked(vmf.pte) == 0;
  if (free) setPteLocked(vmf.pte, mkZeroPte());
  return free ? FAULT_DONE : FAULT_RETRY;
}
`;

  // It compiles an engine.
  it.runIf(WHOLE)("is shown again by the command that the finding prints", async () => {
    mkdirSync(path("unlocked/mm"), { recursive: true });
    writeFileSync(path("unlocked/mm/fault_anon.ts"), UNLOCKED);
    writeFileSync(path("reads.race"), RACE);
    const first = await rmapHere(["explore", path("reads.race"), "--variant", path("unlocked")]);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 1, stderr: "" });
    expect(first.stdout).toMatch(/RACE at execution [\s\S]* mapZeroPage .*fault_anon\.ts:/);
    const command = /^ {2}again: rmap (.*)$/m.exec(first.stdout)?.[1]?.split(" ");
    const again = await rmapHere(command ?? []);
    expect(again.stdout.replaceAll(/[\d.]+ s;/g, "")).toBe(first.stdout.replaceAll(/[\d.]+ s;/g, ""));
  });
});

describe("--save and --resume", () => {
  const RACES = ["drop-drop", "drop-mprotect"];
  const resume = (...args: string[]) =>
    rmapHere(["explore", ...RACES, "--resume", path("saved.json"), "--json", ...args]);

  /** Writes a changed saved run. */
  function change(edit: (run: Run) => void): void {
    const run = read("whole.json");
    edit(run);
    writeFileSync(path("saved.json"), JSON.stringify(run));
  }

  it("keep what is finished, and do only the rest", async () => {
    // With one file for both, the first run begins anew.
    const both = ["--save", path("whole.json"), "--resume", path("whole.json")];
    expect(await rmapHere(["explore", ...RACES, ...both])).toMatchObject({ code: 0, stderr: "" });
    const whole = read("whole.json");
    expect(schemaErrors("explore", whole)).toBeUndefined();
    expect(whole.results).toHaveLength(2);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    // A figure that no search comes to shows that the row is not explored again.
    change(({ results }) => {
      results.pop();
      Object.assign(results[0] ?? {}, { executions: 424242 });
    });
    const { code, stdout, stderr } = await resume();
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^1 of 2 rows are taken from/),
    });
    const counts = (JSON.parse(stdout) as Run).results.map(({ executions }) => executions);
    expect(counts).toEqual([424242, whole.results[1]?.["executions"]]);
  });

  it.each([
    ["other settings", ["--preemptions", "1"], () => {}, /this run had other rows, settings or engines/],
    ["a shard", ["--shard", "1/2"], () => {}, /the saved run of the whole, not of shard 1\/2/],
    [
      "another engine",
      [],
      ({ run }: Run) => Object.assign(run, { plan: "0123456789abcdef" }),
      /other rows, settings or engines[\s\S]*hint: .*begin anew without --resume/,
    ],
    [
      "a row of another race",
      [],
      ({ results }: Run) => Object.assign(results[0] ?? {}, { scenario: "other" }),
      /row 1 is other in mainline, but in this run it is drop-drop in mainline/,
    ],
    [
      "a row without its figures",
      [],
      ({ results }: Run) => delete results[0]?.["executions"],
      /saved\.json:1:\d+: .*no "executions"/,
    ],
    [
      "a finding without its story",
      [],
      ({ results }: Run) =>
        Object.assign(results[0] ?? {}, { found: { invariant: "I1", code: "TREE", message: "" } }),
      /saved\.json:1:\d+: found has no "conclusion"/,
    ],
    [
      "a run of stress",
      [],
      (run: Run) => Object.assign(run, { schema: "rmap.stress/1" }),
      /rmap\.stress\/1, not/,
    ],
  ] as const)("refuse %s", async (_, args, edit, message) => {
    change(edit);
    expect(await resume(...args)).toMatchObject({
      code: 5,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
  });
});

describe("a run that is ended", () => {
  const QUICK =
    "title Quick\nsetup\n  0 mmap 0 2 rw private anon\n  0 touch 0 2 w\ncpu\n  0 read 0\ncpu\n  0 read 1\n";
  beforeAll(() => writeFileSync(path("quick.race"), QUICK));
  /** The second row goes on for hours. */
  const LONG = ["explore", path("quick.race"), "drop-reclaim", "--preemptions", "9", "--workers", "1"];

  it("prints the rows so far, and keeps them in the saved run", async () => {
    const child = spawn(process.execPath, [mainPath, ...LONG, "--json", "--save", path("cut.json")]);
    const end = ended(child, "rmap explore, interrupted");
    await until(
      "a finished row",
      () => existsSync(path("cut.json")) && read("cut.json").results.length === 1,
    );
    child.kill("SIGINT");
    const { code, stdout, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted: 1 of 2 rows are done/);
    const printed = JSON.parse(stdout) as Run;
    expect(printed).toMatchObject({ interrupted: true, rows: 2, results: [{ scenario: "quick" }] });
    expect(schemaErrors("explore", printed)).toBeUndefined();
    expect(read("cut.json")).toEqual(printed);
  });

  it("prints a last line as text", async () => {
    const child = spawn(process.execPath, [mainPath, ...LONG]);
    const end = ended(child, "rmap explore, interrupted");
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^quick in mainline: .*\n1 of 2 rows, all as expected\n$/);
  });

  it("ends quietly when nobody reads", async () => {
    const child = spawn(process.execPath, [mainPath, "explore", "drop-drop", "drop-mprotect"]);
    child.stdout.destroy();
    expect(await ended(child, "rmap explore, unread")).toMatchObject({ code: 0, stderr: "" });
  });
});
