/** The command `rmap litmus`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { schemaErrors } from "../support/rmap.js";

const MESSAGE_PASSING = (between: string, result: string) => `C MP
(* Result: ${result} *)
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_store_release(y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); ${between} int r1 = READ_ONCE(*x); }
exists (1:r0=1 /\\ 1:r1=0)
`;
const FORBIDDEN = MESSAGE_PASSING("smp_rmb();", "Never");
const ALLOWED = MESSAGE_PASSING("", "Sometimes");
const RACE = `C race
(* Result: Sometimes DATARACE *)
{}
P0(int *x) { *x = 1; }
P1(int *x) { int r0 = READ_ONCE(*x); }
exists (1:r0=2)
`;

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rmap-litmus-"));
  mkdirSync(join(folder, "tests/deep"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "tests/forbidden.litmus"), FORBIDDEN);
  writeFileSync(join(folder, "tests/deep/allowed.litmus"), ALLOWED);
  writeFileSync(join(folder, "tests/race.litmus"), RACE);
  writeFileSync(join(folder, "tests/README"), "no test");
  for (const [name, gzip] of [
    ["tests.tar", false],
    ["tests.tar.gz", true],
  ] as const)
    await create({ file: join(folder, name), gzip, cwd: folder }, ["tests"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("rmap litmus", () => {
  it("prints one test as herd7 does", async () => {
    const { code, stdout, stderr } = await rmapHere(["litmus", "-"], FORBIDDEN);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`Test MP Allowed
States 3
1:r0=0; 1:r1=0;
1:r0=0; 1:r1=1;
1:r0=1; 1:r1=1;
No
Witnesses
Positive: 0 Negative: 3
Condition exists (1:r0=1 /\\ 1:r1=0)
Observation MP Never 0 3
Model lkmm; documented: Never: agrees
`);
  });

  it("flags a data race", async () => {
    const { code, stdout } = await rmapHere(["litmus", join(folder, "tests/race.litmus")]);
    expect(code).toBe(0);
    expect(stdout).toContain("Flag data-race\n");
  });

  it.each(["tests", "tests.tar", "tests.tar.gz"])("decides all tests of %s", async (name) => {
    const { code, stdout } = await rmapHere(["litmus", join(folder, name), "--json"]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(schemaErrors("litmus", result)).toBeUndefined();
    expect(result).toMatchObject({
      schema: "rmap.litmus/1",
      model: "lkmm",
      agree: 3,
      falseAlarms: 0,
      missed: 0,
    });
    const verdicts = result.tests.map((test: { file: string; verdict: string; race: boolean }) => [
      test.file.replace(/^.*tests\//, ""),
      test.verdict,
      test.race,
    ]);
    expect(verdicts).toEqual([
      ["deep/allowed.litmus", "Sometimes", false],
      ["forbidden.litmus", "Never", false],
      ["race.litmus", "Never", true],
    ]);
  });

  it("draws the cycle that forbids a state, or an execution with it", async () => {
    const page = join(folder, "page.html");
    const { code } = await rmapHere(["litmus", join(folder, "tests"), "--html", page]);
    expect(code).toBe(0);
    const html = readFileSync(page, "utf8");
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(html).toContain("An execution in which the condition holds:");
    expect(html).toMatch(/The axiom <b>happens-before<\/b> forbids it: (.+) → .+ → \1\b/);
    expect(html.match(/class="cycle" marker/g)?.length).toBeGreaterThan(1);
  });

  it("counts what disagrees with the documented result, and ends with 1", async () => {
    const missed = await rmapHere(["litmus", "-", "--json"], MESSAGE_PASSING("smp_rmb();", "Sometimes"));
    expect(missed.code).toBe(1);
    expect(JSON.parse(missed.stdout)).toMatchObject({ missed: 1, falseAlarms: 0 });
    const alarm = await rmapHere(["litmus", "-", "--json"], MESSAGE_PASSING("", "Never"));
    expect(alarm.code).toBe(1);
    expect(JSON.parse(alarm.stdout)).toMatchObject({ missed: 0, falseAlarms: 1 });
  });

  it("ends with 1 when a state that must not be can be", async () => {
    const text = ALLOWED.replace("(* Result: Sometimes *)\n", "").replace("exists", "~exists");
    expect((await rmapHere(["litmus", "-"], text)).code).toBe(1);
    expect((await rmapHere(["litmus", "-"], text.replace("~exists", "exists"))).code).toBe(0);
  });

  it("compares documented results under lkmm only", async () => {
    const { code, stdout } = await rmapHere(["litmus", join(folder, "tests"), "--model", "sc", "--json"]);
    expect(code).toBe(0);
    const { tests, model, agree } = JSON.parse(stdout);
    expect({ model, agree, verdict: tests[0].verdict }).toEqual({ model: "sc", agree: 0, verdict: "Never" });
  });

  it("lists a test that it cannot read beside others, with its place", async () => {
    const bad = join(folder, "bad.litmus");
    writeFileSync(bad, FORBIDDEN.replace("smp_rmb();", "return;"));
    const { code, stdout } = await rmapHere(["litmus", bad, join(folder, "tests")]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${bad}:5:46: the statement "return" is not supported`);
    expect(stdout).toContain("4 tests: 3 agree, 0 false alarms, 0 missed, 0 undecided, 1 unsupported");
  });

  it.each<[readonly string[], number, string]>([
    [["litmus"], 2, "no test is given"],
    [["litmus", "x.litmus", "--model", "arm"], 2, "there is no memory model"],
    [["litmus", "x.litmus", "--timeout", "0"], 2, "--timeout"],
    [["litmus", "/no/such.litmus"], 5, "there is no such file"],
  ])("%j ends with %d", async (args, code, said) => {
    const ended = await rmapHere(args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(said);
  });

  it("passes over a folder that is called like a test, and refuses a test that is too large", async () => {
    const odd = join(folder, "odd");
    mkdirSync(join(odd, "folder.litmus"), { recursive: true });
    writeFileSync(join(odd, "a.litmus"), FORBIDDEN.replace("C MP", "C \x1b[31mMP"));
    const read = await rmapHere(["litmus", odd]);
    expect(read.code).toBe(0);
    expect(read.stdout).toContain("Test \\u{1b}[31mMP Allowed");
    writeFileSync(join(odd, "large.litmus"), FORBIDDEN + " ".repeat(1 << 20));
    const archive = join(folder, "large.tar.gz");
    await create({ file: archive, gzip: true, cwd: folder }, ["odd"]);
    const large = await rmapHere(["litmus", archive]);
    expect(large.code).toBe(5);
    expect(large.stderr).toContain(`odd/large.litmus in ${archive} is too large: the limit is 1M`);
  });

  it("refuses a folder without tests, and a file that is no archive", async () => {
    const none = await rmapHere(["litmus", join(folder, "empty")]);
    expect(none).toMatchObject({ code: 2 });
    const bad = join(folder, "bad.tar");
    writeFileSync(bad, "this is no archive");
    const broken = await rmapHere(["litmus", bad]);
    expect(broken.code).toBe(5);
    expect(broken.stderr).toContain("it is no tar archive, or it is damaged");
    expect((await rmapHere(["litmus", "-"], "not a test")).code).toBe(5);
  });
});
