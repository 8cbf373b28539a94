/** `rmap stress`: clean rows, findings in a protocol with a known mistake, and their reports. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { loadVariant } from "../../dist/scenario/variant.js";
import { compileVariant } from "../../dist/stress/compile.js";
import { rmapHere } from "../support/here.js";
import { mainPath, schemaErrors } from "../support/rmap.js";

/** A folder of a user's, by its path from here. */
const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Rounds within which a bug shows that shows in the first few. */
const MANY = "20000";

const NO_LOCK = folder("../explore/fixtures/no-lock");
const WRONG_UNLOCK = folder("fixtures/wrong-unlock");

/** Runs rows and reads their JSON. */
async function rows(...args: string[]) {
  const { code, stdout, stderr } = await rmapHere(["stress", ...args, "--json"]);
  expect(stderr).toBe("");
  const result = JSON.parse(stdout);
  expect(schemaErrors("stress", result)).toBeUndefined();
  return { code, results: result.results };
}

beforeAll(async () => {
  for (const path of [NO_LOCK, WRONG_UNLOCK]) await compileVariant(await loadVariant(path));
});

describe("rmap stress", () => {
  it("finds nothing in the engine as it is", async () => {
    const { code, results } = await rows("first-fault", "--rounds", "2000", "--cpus", "4", "--seed", "7");
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({
      variant: "mainline",
      cpus: 4,
      seed: 7,
      expected: "clean",
      found: null,
      asExpected: true,
    });
    expect(results[0].rounds).toBe(2000);
    expect(code).toBe(0);
  });

  it("finds a tree that is changed without its lock (I1), and tells the story", async () => {
    const { code, results } = await rows("first-fault", "--variant", NO_LOCK, "--rounds", MANY);
    const [{ found, asExpected }] = results;
    expect(found).toMatchObject({ invariant: "I1", code: "I1" });
    expect(found.message).toContain("without its root's lock");
    expect(found.replay).toContain(`rmap stress first-fault --variant ${NO_LOCK} --cpus 4 --seed `);
    expect(found.story.objects[0]).toMatch(/^anon_vma A at 0x[0-9a-f]+: allocated/);
    const told = found.story.events.map(({ what }: { what: string }) => what);
    expect(told).toContain("publishes anon_vma A");
    expect(told).toContain("changes the tree of anon_vma A without its lock");
    // Delays and changed entries are told with their places in the source.
    expect(
      told.filter((what: string) => /delay point|^is delayed(?!.* in \w+ \([a-z_/]+\.ts\)$)/.test(what)),
    ).toEqual([]);
    expect(told.filter((what: string) => /^changes entry(?!.* in \S+ \([a-z_/]+\.ts\)$)/.test(what))).toEqual(
      [],
    );
    // Every CPU that is told of has an operation: its begin, or that the log does not reach back to it.
    for (const cpu of new Set(found.story.events.map((event: { cpu: number }) => event.cpu)))
      expect(
        found.story.events.find(
          (event: { cpu: number; what: string }) => event.cpu === cpu && /^(begins|is in) /.test(event.what),
        ),
      ).toBeDefined();
    expect(found.explore).toBe(`rmap explore first-fault --variant ${NO_LOCK}`);
    expect(found.story.cpus.flatMap(({ held }: { held: string[] }) => held).join()).toContain(
      "tables lock of address space",
    );
    // What ran of the folder's own function, on all CPUs: also on the one that broke, and also its branches.
    const [{ changed }] = results;
    const counted = changed.find(({ runs }: { runs: number }) => runs > 0);
    expect(counted).toMatchObject({ file: "rmap/prepare.ts", declaration: expect.stringMatching(/Prepare/) });
    for (const { runs } of counted.branches) expect(runs).toBeLessThanOrEqual(counted.runs);
    // Nothing was expected of a folder that has no variant.json but that it is clean.
    expect({ asExpected, code }).toEqual({ asExpected: false, code: 1 });
  });

  it("finds a lock that is released without being held (I4), as text", async () => {
    const { code, stdout } = await rmapHere([
      "stress",
      "first-fault",
      "--variant",
      WRONG_UNLOCK,
      "--rounds",
      MANY,
    ]);
    expect(stdout).toMatch(
      /^first-fault in wrong-unlock: I4 after [0-9.]+ s, .* rounds; not as expected \(expected clean\)/,
    );
    expect(stdout).toContain("takes the root's lock of anon_vma");
    expect(stdout).toMatch(/^ {2}again: rmap stress first-fault --variant /m);
    expect(stdout).toMatch(/^changed {6}\w+ in rmap\/\w+\.ts: [1-9][0-9,]* runs$/m);
    expect(code).toBe(1);
  });

  it("names file, line and column of what does not compile", async () => {
    const { code, stdout, stderr } = await rmapHere([
      "stress",
      "first-fault",
      "--variant",
      folder("fixtures/broken"),
    ]);
    expect(stderr).toContain("fixtures/broken/rmap/prepare.ts:5:14: Property 'anonVmas' does not exist");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  });

  it("names the nearest paths for a file that replaces nothing", async () => {
    const { code, stderr } = await rmapHere(["stress", "first-fault", "--variant", folder("fixtures/stray")]);
    expect(stderr).toContain(
      "fixtures/stray/rmap/prepares.ts replaces nothing: there is no rmap/prepares.ts; nearest: rmap/prepare.ts",
    );
    expect(code).toBe(2);
  });

  it("says beforehand how long many rows take, and keeps the rows so far at Ctrl-C", async () => {
    const names = ["first-fault", "link-all", "ksm-exit"];
    // TIME: the line before the first row says a time; the interrupt comes with the first row, whenever that is.
    const child = spawn(process.execPath, [mainPath, "stress", ...names, "--seconds", "1", "--cpus", "3"]);
    let [out, err] = ["", ""];
    child.stderr.on("data", (chunk) => (err += chunk));
    child.stdout.on("data", (chunk) => {
      // Twice at once, as a terminal and whoever started this do together: one interrupt all the same.
      if (out === "") for (let times = 0; times < 2; times++) child.kill("SIGINT");
      out += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(out).toMatch(/^first-fault in mainline: .*\n1 of 3 rows, all as expected\n$/);
    expect(err).toBe(
      "3 rows of at most 1 s: up to 3 s; use --seconds to shorten it\n" +
        "rmap: interrupted: 1 of 3 rows are done\n",
    );
    expect(code).toBe(130);
  });

  it("gives a valid object at Ctrl-C", async () => {
    const child = spawn(process.execPath, [mainPath, "stress", "first-fault", "link-all", "--json"]);
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.once("data", () => child.kill("SIGINT"));
    const code = await new Promise((resolve) => child.on("close", resolve));
    const result = JSON.parse(out);
    expect(schemaErrors("stress", result)).toBeUndefined();
    expect(result).toMatchObject({ results: [], interrupted: true, rows: 2 });
    expect(code).toBe(130);
  });

  it.each([
    [["stress"], /no scenario is named/],
    [["stress", "first-fold"], /there is no scenario "first-fold".*\n.*did you mean "first-fault"/],
    [
      ["stress", "--variant", "nothing-like-it"],
      /there is no variant "nothing-like-it", and no folder of that name/,
    ],
    [["stress", "--all", "first-fault"], /exclude each other/],
    [["stress", "first-fault", "--seconds", "never"], /--seconds must be a time in seconds/],
    [["stress", "first-fault", "--rounds", "0"], /--rounds must be a whole number from 1 to/],
    [["stress", "first-fault", "--cpus", "64"], /--cpus must be a whole number from 1 to 63/],
  ])("%j is wrong usage", async (args, expected) => {
    const { code, stdout, stderr } = await rmapHere(args);
    expect(stderr).toMatch(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
