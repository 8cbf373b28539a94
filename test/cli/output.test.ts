/** Files that an option writes: if a file is not writable, the command says so in a sentence, before any work. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutputFile, writeOutput } from "../../dist/cli/output.js";
import { OutputError } from "../../dist/errors.js";
import { rmapHere } from "../support/here.js";
import { PATIENCE } from "../support/patience.js";
import { mainPath } from "../support/rmap.js";

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
    ["file/x", /file is not a folder$/m],
  ])("refuses a file that cannot be written: %j", async (name, why) => {
    const target = join(folder, name);
    const { code, stdout, stderr } = await rmapHere([...command, option, target]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    const [said = "", ...more] = stderr.trimEnd().split("\n");
    expect(said.startsWith(`rmap: cannot write ${target}: `), stderr).toBe(true);
    expect(said).toMatch(why);
    expect(more).toEqual([`hint: ${option} takes the name of a file that you can write`]);
  });
});

it("refuses the file that stdout goes to: one of the two would be lost", () => {
  const target = join(folder, "both");
  const stdout = openSync(target, "w");
  const { status, stderr } = spawnSync(
    process.execPath,
    [mainPath, "replay", TRACE, "--json", "--html", target],
    { stdio: ["ignore", stdout, "pipe"], encoding: "utf8", timeout: PATIENCE },
  );
  closeSync(stdout);
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `rmap: --html names the file that stdout goes to: ${target}\nhint: name another file\n`,
  });
  expect(statSync(target).size).toBe(0);
  rmSync(target);
});

it("makes no file when the work fails afterwards, and leaves what was there", async () => {
  for (const name of ["new", "file"]) {
    const { code, stderr } = await rmapHere(["replay", folder, "--to-ops", join(folder, name)]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/cannot read .*: it is a folder/);
  }
  expect(existsSync(join(folder, "new"))).toBe(false);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
});

it("writes over a file", async () => {
  const target = join(folder, "script.ops");
  writeFileSync(target, "old");
  expect(await rmapHere(["replay", TRACE, "--to-ops", target])).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(target, "utf8")).toMatch(/^# file pages: \d+$/m);
});

it("has a typed error for what shows only when it is written", async () => {
  const error = await writeOutput(join(folder, "gone/x"), "").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OutputError);
  expect(error).toMatchObject({ code: "EOUTPUT", exitCode: 5 });
});

it("puts a file in its place when all is written, and leaves nothing when it is not", async () => {
  const target = join(folder, "whole");
  writeFileSync(target, "old");
  chmodSync(target, 0o640);
  const link = join(folder, "link");
  symlinkSync("whole", link);
  const names = readdirSync(folder);

  const given = await OutputFile.open(link);
  await given.write("ne");
  await given.dispose();
  expect(readFileSync(target, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(names);

  const file = await OutputFile.open(link);
  await file.write("ne");
  expect(readFileSync(target, "utf8")).toBe("old");
  await file.write("w");
  await file.commit();
  await file.dispose();
  expect(readFileSync(link, "utf8")).toBe("new");
  expect(statSync(target).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(names);
});

/** Runs `rmap` in a shell, with what the shell is to do before and behind it. */
function shell(before: string, args: string, behind: string) {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", `${before} "${process.execPath}" "${mainPath}" ${args} ${behind}`],
    { encoding: "utf8", timeout: PATIENCE, cwd: folder },
  );
  return { code: status, stdout, stderr };
}

describe.skipIf(process.platform !== "linux")("a full device", () => {
  const full = "rmap: cannot write the result (stdout): no space is left\n";

  it.each([
    "--help",
    "--version",
    "scenarios",
    "variants --json",
    `replay "${TRACE}" --to-ops -`,
    `replay "${TRACE}"`,
  ])("as stdout of %s", (args) => {
    expect(shell("", args, "> /dev/full")).toEqual({ code: 5, stdout: "", stderr: full });
  });

  it("as the file of an option, or for the second half of it", () => {
    const target = join(folder, "half");
    expect(shell("", `replay "${TRACE}" --to-ops /dev/full`, "")).toEqual({
      ...{ code: 5, stdout: "", stderr: "rmap: cannot write /dev/full: no space is left\n" },
    });
    const names = readdirSync(folder);
    // Files of at most 1 KiB; the signal that says so is ignored, and the write fails.
    expect(shell("trap '' XFSZ; ulimit -f 1;", `replay "${TRACE}" --to-ops "${target}"`, "")).toEqual({
      ...{
        code: 5,
        stdout: "",
        stderr: `rmap: cannot write ${target}: the file would be too large\n`,
      },
    });
    expect(readdirSync(folder)).toEqual(names);
  });

  it("as stderr, or no stderr at all, changes nothing", () => {
    const script = "0 mmap 0 1 rw private anon\n";
    writeFileSync(join(folder, "one.ops"), script);
    for (const behind of ["2> /dev/full", "2>&-"]) {
      expect(shell("", "run one.ops", behind)).toMatchObject({ code: 0, stderr: "" });
      expect(shell("", "run nowhere", behind)).toMatchObject({ code: 5, stderr: "" });
    }
  });
});
