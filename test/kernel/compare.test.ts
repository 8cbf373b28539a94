/** Comparing answers: nothing is left out, and it is said where two part. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { compareAnswers, locate, type Recorded, readRecorded } from "../../dist/compare/index.js";
import { InputError, UsageError } from "../../dist/index.js";
import { type Answer, printAnswer } from "../../dist/ops/outcome.js";
import { answerOf, RECORDED, readCases } from "../support/cases.js";
import { rmapHere } from "../support/here.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-compare-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [first] = readCases(RECORDED);
if (!first) throw new Error("no recorded case");
const script = new URL(`${first.name}.ops`, RECORDED).pathname;
const packed = new URL(`${first.name}.json.gz`, RECORDED).pathname;
const text = gunzipSync(readFileSync(packed)).toString();

/** The recorded answer with one thing changed by a text replacement. */
function changed(from: RegExp, to: string): Recorded {
  const other = text.replace(from, to);
  if (other === text) throw new Error(`${from} changes nothing`);
  return readRecorded(other, "changed");
}

describe("readRecorded", () => {
  it("keeps 64-bit values exact", () => {
    const page =
      '{"results":[],"dumps":[{"at":0,"procs":{"0":{"vmas":[],"pages":[[0,0,1,"AX",18446744073709551615]]}}}]}';
    expect(readRecorded(page, "a").dumps[0]?.procs["0"]?.pages[0]?.[4]).toBe(2n ** 64n - 1n);
  });

  it("gives back what was printed", () => {
    const answer = readRecorded(text, "a");
    expect(answer.by).toBe("Linux 6.18.44");
    const { results, dumps } = answer;
    expect(JSON.parse(printAnswer({ results, dumps }))).toEqual({
      results: JSON.parse(text).results,
      dumps: JSON.parse(text).dumps,
    });
  });

  it.each([
    ["", "1:1: expected a JSON value, found the end of the file"],
    ['{"results":[0,]}', '1:15: expected a JSON value, found "]"'],
    ['{"results":[0]\n "dumps":[]}', '2:2: expected "}", found a string'],
    ['{"results":[0],"dumps":[]} x', '1:28: expected the end, found "x"'],
    ['{"results":[0],"results":[0]}', '1:16: the key "results" appears here a second time'],
    ['{"results":[1e999],"dumps":[]}', "1:13: expected a number of at most 1.8e308"],
    ["[]", "1:1: expected an answer: an object with results and dumps, found a list of 0"],
    ['{"results":[0]}', '1:1: expected an object with the key "dumps"'],
    [
      '{"results":[1],"dumps":[]}',
      '1:13: expected an outcome: 0, the name of an error, "SEGV" or "BUS", found 1',
    ],
    ['{"results":[],"dumps":[{"at":-1,"procs":{}}]}', "1:30: expected how many operations had run, found -1"],
    [
      '{"results":[],"dumps":[{"at":0,"procs":{"0":{"vmas":[[0,1,"rw-p"]],"pages":[]}}}]}',
      "1:54: expected a mapping: [start, end, rights, file page or null], found a list of 3",
    ],
  ])("refuses %j: %s", (bad, message) => {
    expect(() => readRecorded(bad, "a.json")).toThrow(InputError);
    expect(() => readRecorded(bad, "a.json")).toThrow(`a.json:${message}`);
  });
});

describe("compareAnswers", () => {
  const answer = readRecorded(text, "a");

  it("finds nothing where nothing differs", () => {
    expect(compareAnswers(answer, readRecorded(text, "b"))).toBeNull();
  });

  it.each<[string, RegExp, string]>([
    ["a value", /(\[\d+,\d+,1,"AX",)\d+\]/, "$1999]"],
    ["a mapcount", /(\[\d+,\d+,)1(,"AX")/, "$17$2"],
    ["letters", /,"AX",/, ',"A",'],
    ["a frame", /(\[\d+,)0(,1,"AX")/, "$111$2"],
    ["rights", /"rw-p"/, '"r--p"'],
    ["a mapping's end", /(\[\d+,)\d+(,"rw-p")/, "$14095$2"],
    ["a mapping's file page", /("rw-p",)null/, "$13"],
    ["a page that is missing", /"pages":\[\[[^\]]*\],/, '"pages":['],
    ["a process", /"procs":\{"0"/, '"procs":{"31"'],
  ])("sees %s", (_what, from, to) => {
    const found = compareAnswers(answer, changed(from, to));
    expect(found).toMatchObject({ kind: "snapshot", agreed: 0, at: answer.dumps[0]?.at });
    expect(found?.differences.length).toBeGreaterThan(0);
  });

  it("sees an outcome, and tells the earlier of two", () => {
    const found = compareAnswers(answer, changed(/"results":\[0,0/, '"results":[0,"SEGV"'));
    expect(found).toMatchObject({ kind: "outcome", at: 2, differences: [{ expected: "0", found: "SEGV" }] });
  });

  it("refuses the answer to another script", () => {
    const short: Answer = { results: answer.results.slice(1), dumps: answer.dumps };
    expect(() => compareAnswers(answer, short)).toThrow(UsageError);
    const moved = { ...answer, dumps: answer.dumps.map((dump) => ({ ...dump, at: dump.at + 1 })) };
    expect(() => compareAnswers(answer, moved)).toThrow(/different scripts/);
  });
});

describe("locate", () => {
  it("names the operation that a page came to be with as it is not recorded", async () => {
    const run = (operations: Parameters<typeof answerOf>[0]) => answerOf(operations, {});
    const lines = "0 mmap 0 4 rw private anon\n0 write 0 1\n0 write 2 7\n0 write 1 5\n0 read 3\ndump\n";
    const { parseScript } = await import("../../dist/ops/script.js");
    const operations = parseScript(lines);
    const found = await run(operations);
    const expected = readRecorded(printAnswer(found).replace(",7]", ",8]"), "kernel");
    const parted = compareAnswers(expected, found);
    if (!parted) throw new Error("they differ");
    const location = await locate(operations, parted, run);
    expect(location).toMatchObject({ number: 3, exact: false, operation: { kind: "write", page: 2 } });
  });
});

describe("rmap run --against", () => {
  const write = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it("agrees with the kernel's answer, packed or not, on both builds", async () => {
    for (const args of [
      [packed],
      [write("a.json", text), "--checked"],
      [write("b.gz", gzipSync(text)), "--cpus", "2"],
    ]) {
      const { code, stdout, stderr } = await rmapHere(["run", script, "--against", ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^agrees with Linux 6\.18\.44: \d+ outcomes and \d+ snapshots, every field\n$/);
    }
  });

  it("says where they part, and what each has; --json prints the answer as ever", async () => {
    const wrong = write("wrong.json", text.replace(/(\[\d+,\d+,1,"AX",)\d+\]/, "$112345678901234567890]"));
    const told = await rmapHere(["run", script, "--against", wrong]);
    expect(told).toMatchObject({ code: 1, stderr: "" });
    expect(told.stdout).toMatch(/^differs from Linux 6\.18\.44 after operation \d+: .*\.ops:\d+: \d+ \w+/);
    expect(told.stdout).toMatch(/Linux 6\.18\.44: AX value 12345678901234567890, mapcount 1\n\s+rmap-engine/);
    const own = (await rmapHere(["run", script])).stdout;
    const other = write("own.json", own.replace(/"AX",(\d+)/, '"AX",$19'));
    const same = await rmapHere(["run", script, "--against", other]);
    expect(same.stdout).toMatch(
      /^differs from rmap-engine .*\n[\s\S]*^ {4}the recording: .*\n {4}this run: /m,
    );

    const json = await rmapHere(["run", script, "--against", wrong, "--json"]);
    expect(json.code).toBe(1);
    expect(json.stdout).toBe((await rmapHere(["run", script])).stdout);
    expect(json.stderr).toContain("differs from Linux");
  });

  it("tells a few of many places of one page, those first that only one side has", async () => {
    const lines = "0 mmap 0 300 rw private anon\n0 touch 0 250 w\n0 madvise 0 300 mergeable\nksm\ndump\n";
    const many = write("many.ops", lines);
    const answer = (await rmapHere(["run", many])).stdout;
    const other = write("many.json", answer.replace("[97,0,", "[299,0,"));
    const { code, stdout } = await rmapHere(["run", many, "--against", other]);
    expect(code).toBe(1);
    expect(stdout).toContain("one page with 0:97 0:1 0:2 0:3 0:4 0:5 0:6 0:7 and 241 more");
    expect(stdout).toContain("one page with 0:299 0:1 0:2 0:3 0:4 0:5 0:6 0:7 and 241 more");
    expect(stdout.length).toBeLessThan(8000);
  });

  it("refuses an answer that cannot be read, before anything runs", async () => {
    for (const bad of ['{"results":[', "\x1f\x8bxx"]) {
      const { code, stdout } = await rmapHere([
        "run",
        script,
        "--against",
        write("bad", Buffer.from(bad, "latin1")),
      ]);
      expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    }
    expect((await rmapHere(["run", script, "--against", "/nowhere.json"])).code).toBe(5);
    expect((await rmapHere(["run", "-", "--against", "-"], "")).code).toBe(2);
  });
});
