/** Races of a user's own: by path, from stdin, and in the folder of a variant. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadVariant } from "../../dist/scenario/variant.js";
import { rowsOf } from "../../dist/stress/suite.js";
import { rmapHere } from "../support/here.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rmap-race-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Words that only races have; each round leaves a pin and a refusal behind, which must not reach the next one. */
const RACE = `title  A device stores, and an allocation is refused
setup
  0 mmap 0 2 rw private anon
  0 write 0 1
cpu
  for v in 2..4
    0 hold 0 w
    0 device $v
    0 write 1 $v
  end
  fail 1000
cpu
  0 seen 0 9 1 9
  fail 1
  0 fork 1
finish
  0 expect 0 4
  fail 500
explore
cpu
  0 read 0
`;

async function raceFile(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const rounds = (...args: string[]) =>
  rmapHere(["stress", ...args, "--rounds", "300", "--cpus", "3", "--json"]);

describe("a race by its path", () => {
  it("runs, with pins, refusals and words that look at two pages", async () => {
    const path = await raceFile("own.race", RACE);
    const { code, stdout, stderr } = await rounds(path);
    expect(stderr).toBe("");
    const [row] = JSON.parse(stdout).results;
    expect(row).toMatchObject({ scenario: "own", variant: "mainline", expected: "clean", found: null });
    expect(row.rounds).toBe(300);
    expect(code).toBe(0);
  });

  it("is told again by its path when something is found", async () => {
    const path = await raceFile("wrong.race", RACE.replace("0 expect 0 4", "0 seen 0 4 1 77"));
    const { code, stdout } = await rounds(path);
    const [{ found }] = JSON.parse(stdout).results;
    expect(found).toMatchObject({ code: "CONTENT" });
    expect(found.replay).toMatch(`rmap stress ${path} --cpus 3 --seed `);
    expect(code).toBe(1);
  });

  it("is printed with its texts, and with its form as it stands in the file", async () => {
    const path = await raceFile("own.race", RACE);
    const { code, stdout } = await rmapHere(["scenarios", path]);
    expect(stdout).toMatch(/^own {2}A device stores/);
    expect(stdout).toContain("    cpu\n      for v in 2..4\n        0 hold 0 w");
    expect(code).toBe(0);
  });

  it.each([
    [RACE.replace("0 fork 1", "0 fork"), 5, /own\.race:15:9: expected the new process/],
    ["\0", 5, /own\.race:1:1: the character \\u\{0\} does not print/],
    ["", 5, /own\.race:1:1: the key "title" is missing/],
  ])("is refused with its place where it is wrong", async (text, code, message) => {
    const done = await rmapHere(["stress", await raceFile("own.race", text)]);
    expect(done.stderr).toMatch(message);
    expect(done).toMatchObject({ code, stdout: "" });
  });

  it("is refused when it is not there, or named twice", async () => {
    expect(await rmapHere(["stress", join(folder, "none.race")])).toMatchObject({ code: 5, stdout: "" });
    const path = await raceFile("own.race", RACE);
    const twice = await rmapHere(["stress", path, path]);
    expect(twice.stderr).toContain("own is named twice");
    expect(twice.code).toBe(2);
  });

  it("runs with more operations than a ring has room for by default", async () => {
    const many = "title t\ncpu\n  for v in 1..20000\n    0 read 0\n  end\n";
    const { code, stdout } = await rmapHere([
      ...["stress", await raceFile("many.race", many), "--rounds", "2", "--cpus", "1", "--json"],
    ]);
    expect(JSON.parse(stdout).results[0]).toMatchObject({ rounds: 2, found: null });
    expect(code).toBe(0);
  });
});

describe("a race in a variant's folder", () => {
  const idea = () => join(folder, "idea");
  const verdict = (name: string) => `{ "title": "t", "story": "s", "source": "o",
  "verdicts": { "${name}": { "expected": "none", "explore": "bug", "by": ["I1"], "why": "w" } } }`;

  beforeAll(async () => {
    await cp(fileURLToPath(new URL("../explore/fixtures/no-lock", import.meta.url)), idea(), {
      recursive: true,
    });
    await writeFile(join(idea(), "mine.race"), RACE);
  });

  it("runs with the races of the package", async () => {
    const variant = await loadVariant(idea());
    expect(variant.races.map(({ name }) => name)).toEqual(["mine"]);
    expect(rowsOf(variant, []).map(({ scenario, verdict }) => [scenario.name, verdict.expected])).toEqual([
      ["mine", "clean"],
    ]);
  });

  it("may have a verdict", async () => {
    await writeFile(join(idea(), "variant.json"), verdict("mine"));
    const [row] = rowsOf(await loadVariant(idea()), []);
    expect(row?.verdict).toEqual({ expected: "none", explore: "bug", by: ["I1"], why: "w" });
    await writeFile(join(idea(), "variant.json"), verdict("mien"));
    await expect(loadVariant(idea())).rejects.toThrow(/no scenario "mien"; nearest: "mine"/);
    await rm(join(idea(), "variant.json"));
  });

  it("must not have the name of another one, nor a mistake", async () => {
    await writeFile(join(idea(), "first-fault.race"), RACE);
    await expect(loadVariant(idea())).rejects.toThrow(/the package has a race first-fault already/);
    await rm(join(idea(), "first-fault.race"));
    await writeFile(join(idea(), "bad.race"), "title t\ncpu\n  0 red 0");
    await expect(loadVariant(idea())).rejects.toThrow(/idea.bad\.race:3:5: unknown operation "red"/);
    await rm(join(idea(), "bad.race"));
  });
});
