/** Shards: N runs do the whole once, and `rmap merge` joins them or says what is wrong. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { codeOf } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";
import { mainPath, schemaErrors } from "../support/rmap.js";
import { WHOLE } from "../support/sample.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-shards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two CPUs and three: with four shards, the parts of both are spread. */
const RACES = ["drop-drop", "drop-fork"];
const SHARDS = 4;

interface Row {
  readonly scenario: string;
  readonly executions: number;
  readonly asExpected: boolean;
  readonly complete: boolean;
  readonly part?: { readonly words: string; readonly trunk: number };
}

interface Run {
  readonly run?: { readonly plan: string };
  readonly results: readonly Row[];
}

const fileOf = (index: number) => join(folder, `shard-${index}.json`);
const readRun = (index: number) => JSON.parse(readFileSync(fileOf(index), "utf8")) as Run;

/** Writes a changed copy of a shard; returns its path. */
function changed(index: number, change: (run: Record<string, unknown>) => void): string {
  const run = JSON.parse(readFileSync(fileOf(index), "utf8")) as Record<string, unknown>;
  change(run);
  const path = join(folder, `changed-${index}.json`);
  writeFileSync(path, JSON.stringify(run));
  return path;
}

const all = () => Array.from({ length: SHARDS }, (_, i) => fileOf(i + 1));
const replaced = (index: number, path: string) => all().map((file) => (file === fileOf(index) ? path : file));

beforeAll(async () => {
  for (let index = 1; index <= SHARDS; index++) {
    const { stdout } = await rmapHere(["explore", ...RACES, "--shard", `${index}/${SHARDS}`, "--json"]);
    writeFileSync(fileOf(index), stdout);
  }
});

describe("shards of an exploration", () => {
  it("do what one run does, each execution once", async () => {
    const whole = JSON.parse((await rmapHere(["explore", ...RACES, "--json"])).stdout) as Run;
    const { code, stdout } = await rmapHere(["merge", ...all(), "--json"]);
    const merged = JSON.parse(stdout) as Run;
    expect(code).toBe(0);
    expect(schemaErrors("explore", merged)).toBeUndefined();
    const told = ({ results }: Run) =>
      results.map(({ scenario, executions, complete, asExpected }) => ({
        ...{ scenario, executions, complete, asExpected },
      }));
    expect(told(merged)).toEqual(told(whole));
  });

  it("print what the schema says, and agree about what they search", () => {
    const runs = Array.from({ length: SHARDS }, (_, i) => readRun(i + 1));
    for (const run of runs) expect(schemaErrors("explore", run)).toBeUndefined();
    expect(new Set(runs.map(({ run }) => run?.plan)).size).toBe(1);
    for (const at of RACES.keys()) {
      const parts = runs.map(({ results }) => results[at]);
      expect(new Set(parts.map((row) => `${row?.part?.words} ${row?.part?.trunk}`)).size).toBe(1);
      for (const row of parts) expect(row?.executions).toBeGreaterThan(0);
    }
  });

  it("are joined in any order, in text too", async () => {
    const { code, stdout } = await rmapHere(["merge", ...all().reverse()]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^drop-drop in mainline: nothing in .* complete; as expected\ndrop-fork in /);
    expect(stdout).toMatch(/\n2 rows, all as expected\n$/);
  });
});

describe("rmap merge refuses", () => {
  const merge = (...files: string[]) => rmapHere(["merge", ...files]);

  it.each([
    ["nothing", () => [], 2, /nothing to merge/],
    ["a missing shard", () => all().filter((_, i) => i !== 2), 2, /shard 3 of 4 is missing/],
    ["two missing shards", () => all().slice(0, 2), 2, /shards 3, 4 of 4 are missing/],
    ["a shard twice", () => [...all(), fileOf(2)], 2, /shard 2 of 4 is given twice: .*shard-2.*shard-2/],
    ["a file that is not there", () => [join(folder, "none.json")], 5, /none\.json: there is no such file/],
  ] as const)("%s", async (_, files, code, message) => {
    const end = await merge(...files());
    expect(end).toMatchObject({ code, stdout: "" });
    expect(end.stderr).toMatch(message);
    expect(end.stderr).toMatch(/^hint: /m);
  });

  it("many missing shards, and names the first", async () => {
    const of = 10_000;
    const end = await merge(
      changed(1, (run) => ((run["run"] as Record<string, unknown>)["shard"] = { index: 1, of })),
    );
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(/^rmap: shards 2, 3, 4, 5, 6, 7, 8, 9 and 9991 more of 10000 are missing$/m);
  });

  type Changes = readonly [what: string, change: (run: Record<string, unknown>) => void, message: RegExp];
  const rowsOf = (run: Record<string, unknown>) => run["results"] as Record<string, unknown>[];
  it.each<Changes>([
    [
      "a shard of another run",
      (run) => ((run["run"] as Record<string, unknown>)["plan"] = "other"),
      /changed-3\.json: this is a shard of another run than .*shard-1\.json/,
    ],
    [
      "more shards than there can be",
      (run) => ((run["run"] as Record<string, unknown>)["shard"] = { index: 1, of: 2 ** 53 - 1 }),
      /changed-3\.json:1:\d+: expected a number from 1 to 10000/,
    ],
    [
      "a shard of none",
      (run) => ((run["run"] as Record<string, unknown>)["shard"] = { index: 1, of: 0 }),
      /changed-3\.json:1:\d+: expected a number from 1 to 10000/,
    ],
    [
      "a finding that is none",
      (run) => Object.assign(rowsOf(run)[0] ?? {}, { found: 5 }),
      /changed-3\.json:1:\d+: found: expected an object/,
    ],
    [
      "a shard of another number",
      (run) => ((run["run"] as Record<string, unknown>)["shard"] = { index: 3, of: 5 }),
      /one of 5 shards, but .* one of 4/,
    ],
    ["an interrupted shard", (run) => (run["interrupted"] = true), /was interrupted/],
    [
      "a shard without a row",
      (run) => rowsOf(run).pop(),
      /row 2, drop-fork in mainline: expected part 3 of 4, once/,
    ],
    [
      "a row twice",
      (run) => rowsOf(run).push(rowsOf(run)[0] ?? {}),
      /changed-3\.json:1:\d+: row 1 is here twice/,
    ],
    [
      "parts that searched something else",
      (run) => Object.assign(rowsOf(run)[0]?.["part"] as object, { words: "0" }),
      /changed-3\.json: row 1, drop-drop in mainline: this part decided about other words/,
    ],
    [
      "a whole run",
      (run) => delete (run["run"] as Record<string, unknown>)["shard"],
      /a whole run and no shard/,
    ],
    ["a run without a head", (run) => delete run["run"], /changed-3\.json:1:1: this run has no `run`/],
    ["another command's JSON", (run) => (run["schema"] = "rmap.run/1"), /expected rmap\.explore\/1 or/],
    [
      "a row that is no row",
      (run) => (run["results"] = [5]),
      /changed-3\.json:1:\d+: results: expected an object/,
    ],
    [
      "a number that is text",
      (run) => Object.assign(rowsOf(run)[0] ?? {}, { executions: "5" }),
      /executions: expected a number/,
    ],
  ])("%s", async (_, change, message) => {
    const end = await merge(...replaced(3, changed(3, change)));
    expect(end).toMatchObject({ code: 5, stdout: "" });
    expect(end.stderr).toMatch(message);
    expect(end.stderr).not.toContain("unexpected failure");
  });

  it("text that is not JSON", async () => {
    const path = join(folder, "text.json");
    writeFileSync(path, "{\n  oops");
    expect(await merge(path)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/text\.json:2:3: /),
    });
  });
});

it.each([
  ["4", /--shard must be I\/N, such as 1\/4, not "4"/],
  ["0/4", /I must be from 1 to N, which is 4, not 0/],
  ["5/4", /I must be from 1 to N, which is 4, not 5/],
  ["1/0", /N must be from 1 to 10000, not 0/],
  ["-1/4", /--shard/],
])("refuses --shard %s", async (shard, message) => {
  for (const command of ["explore", "stress"])
    expect(await rmapHere([command, "first-fault", `--shard=${shard}`])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
});

it("deals the rows of stress out, each to one shard", async () => {
  const files: string[] = [];
  for (const index of [1, 2]) {
    const args = ["stress", ...RACES, "first-fault", "--rounds", "2", "--cpus", "2"];
    const { stdout, code } = await rmapHere([...args, "--shard", `${index}/2`, "--json"]);
    expect(code).toBe(0);
    expect(schemaErrors("stress", JSON.parse(stdout))).toBeUndefined();
    expect((JSON.parse(stdout) as Run).results.length).toBeGreaterThan(0);
    files.push(join(folder, `stress-${index}.json`));
    writeFileSync(files[index - 1] as string, stdout);
  }
  const { stdout } = await rmapHere(["merge", ...files, "--json"]);
  expect(schemaErrors("stress", JSON.parse(stdout))).toBeUndefined();
  expect((JSON.parse(stdout) as Run).results.map(({ scenario }) => scenario)).toEqual([
    ...RACES,
    "first-fault",
  ]);
  expect(await rmapHere(["merge", files[0] as string, fileOf(2)])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/this is rmap\.explore\/1, but .* is rmap\.stress\/1/),
  });
});

/** True when GNU parallel is installed: moreutils has another program of this name. */
function hasParallel(): boolean {
  try {
    return execFileSync("parallel", ["--version"], { encoding: "utf8", timeout: PATIENCE }).startsWith(
      "GNU parallel",
    );
  } catch {
    return false;
  }
}

describe("the shell commands of docs/scaling.md", () => {
  const shown = codeOf("docs/scaling.md");
  const bin = join(folder, "bin");

  /** Runs lines of the page with fewer races, and `rmap` in the path. */
  function run(lines: readonly string[], work: string): string {
    const script = lines.join("\n").replaceAll("explore --all", `explore ${RACES.join(" ")}`);
    execFileSync("mkdir", ["-p", bin, join(folder, work)]);
    writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\nexec "${process.execPath}" "${mainPath}" "$@"\n`, {
      mode: 0o755,
    });
    return execFileSync("sh", ["-e", "-c", script], {
      cwd: join(folder, work),
      env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` },
      encoding: "utf8",
      timeout: PATIENCE,
    });
  }

  const merging = shown.filter((line) => line.startsWith("npx rmap merge shard-"));

  it.runIf(WHOLE)("run shards in a loop of the shell", () => {
    const loop = shown.filter((line) => line.startsWith("for i in"));
    expect(loop).toHaveLength(1);
    expect(run([...loop, ...merging.slice(0, 1)], "loop")).toMatch(/2 rows, all as expected\n$/);
  });

  it.skipIf(!hasParallel())("run shards with GNU parallel", () => {
    const parallel = shown.filter((line) => line.startsWith("seq ") && line.includes("parallel"));
    expect(parallel).toHaveLength(1);
    expect(run([...parallel, ...merging.slice(0, 1)], "parallel")).toMatch(/2 rows, all as expected\n$/);
  });
});
