/** Files that an option writes: what cannot be written is told in a sentence, before any work. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeOutput } from "../../dist/cli/output.js";
import { OutputError } from "../../dist/errors.js";
import { rmap } from "./rmap.js";

const TRACE = new URL("../../traces/bash.perf.txt.gz", import.meta.url).pathname;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rmap-output-test-"));
  writeFileSync(join(folder, "file"), "old");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What each command is asked to do, and whether it looks before it works: a name that is unknown shows that it does. */
const COMMANDS = [
  ["--html", ["bench"]],
  ["--to-ops", ["replay", "/nonexistent/trace"]],
] as const;

describe.each(COMMANDS)("%s", (option, command) => {
  it.each([
    ["nowhere/x", /there is no folder \S+nowhere$/m],
    ["", /it is a folder$/m],
    ["file/x", /file is no folder$/m],
  ])("refuses a file that cannot be written: %j", async (name, why) => {
    const target = join(folder, name);
    const { code, stdout, stderr } = await rmap([...command, option, target]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    const [said = "", ...more] = stderr.trimEnd().split("\n");
    expect(said.startsWith(`rmap: cannot write ${target}: `), stderr).toBe(true);
    expect(said).toMatch(why);
    expect(more).toEqual([`hint: ${option} takes the name of a file that can be written`]);
  });
});

it("makes no file when the work fails afterwards, and leaves what was there", async () => {
  for (const name of ["new", "file"]) {
    const { code, stderr } = await rmap(["replay", folder, "--to-ops", join(folder, name)]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/cannot be read: it is a folder/);
  }
  expect(existsSync(join(folder, "new"))).toBe(false);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
});

it("writes over a file", async () => {
  const target = join(folder, "script.ops");
  writeFileSync(target, "old");
  expect(await rmap(["replay", TRACE, "--to-ops", target])).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(target, "utf8")).toMatch(/^# file pages: \d+$/m);
});

it("has a typed error for what shows only when it is written", async () => {
  const error = await writeOutput(join(folder, "gone/x"), "").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OutputError);
  expect(error).toMatchObject({ code: "EOUTPUT", exitCode: 5 });
});
