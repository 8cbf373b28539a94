/** `rmap record`: what it asks of the machine, what it asks of perf, and the command's exit code. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lacksOf, type Machine, thisMachine, tracingAmong } from "../../dist/cli/record/checks.js";
import { NEEDED, perfArguments, USEFUL } from "../../dist/cli/record/events.js";
import { rmapHere } from "../support/here.js";
import { PATIENCE } from "../support/patience.js";
import { mainPath } from "../support/rmap.js";

const folder = mkdtempSync(join(tmpdir(), "record-"));
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD: Machine = {
  platform: "linux",
  perf: "perf version 6.1",
  privileged: true,
  paranoid: 2,
  tracing: { path: "/sys/kernel/tracing", readable: true },
  has: () => true,
};

describe("what is lacking", () => {
  it("is nothing where everything is there", () => {
    expect(lacksOf(GOOD)).toEqual([]);
    expect(lacksOf({ ...GOOD, privileged: false, paranoid: -1 })).toEqual([]);
  });

  it.each<[string, Partial<Machine>, RegExp, RegExp]>([
    ["another system", { platform: "darwin" }, /this is darwin/, /Linux machine/],
    ["perf", { perf: undefined }, /no perf/, /linux-perf/],
    ["the permission", { privileged: false }, /perf_event_paranoid is 2/, /CAP_PERFMON/],
    ["perf events", { paranoid: undefined }, /no perf events/, /CONFIG_PERF_EVENTS/],
    ["tracefs", { tracing: undefined }, /not mounted/, /mount -t tracefs/],
    [
      "the right to read tracefs",
      { tracing: { path: "/t", readable: false } },
      /may not read \/t/,
      /remount,mode=755 \/t/,
    ],
    ["an event", { has: (event) => event !== "kmem:rss_stat" }, /no event kmem:rss_stat/, /Linux 5\.5/],
    ["faults", { has: (event) => !event.endsWith("fault_user") }, /page_fault_user/, /x86 or RISC-V/],
    ["calls", { has: (event) => event !== "syscalls:sys_exit_brk" }, /sys_exit_brk/, /FTRACE_SYSCALLS/],
  ])("%s is said by name, with what helps", (_, change, what, remedy) => {
    const [lack, ...more] = lacksOf({ ...GOOD, ...change });
    expect(more).toEqual([]);
    expect(lack?.what).toMatch(what);
    expect(lack?.remedy).toMatch(remedy);
  });

  it("is said all at once", () => {
    expect(lacksOf({ ...GOOD, perf: undefined, privileged: false, tracing: undefined })).toHaveLength(3);
  });
});

describe("the folder of the kernel's events", () => {
  it("is the first that holds events; a mount point without a mount is none", () => {
    const root = mkdtempSync(join(folder, "tracing-"));
    const [empty, mounted] = [join(root, "empty"), join(root, "mounted")];
    mkdirSync(empty);
    mkdirSync(join(mounted, "events"), { recursive: true });
    expect(tracingAmong([empty, join(root, "missing")])).toBeUndefined();
    expect(tracingAmong([empty, mounted])).toEqual({ path: mounted, readable: true });
    rmSync(root, { recursive: true });
  });
});

describe("perf's arguments", () => {
  it("name every event that the kernel has, with stacks for the counts", () => {
    const words = perfArguments("f", { command: ["ls", "-l"] }, (event) => event.endsWith("mlock"));
    const events = words.filter((_, index) => words[index - 1] === "--event");
    expect(events).toHaveLength(NEEDED.length + 2);
    expect(events).toContain("kmem:rss_stat/call-graph=fp,max-stack=8/");
    expect(events).toContain("syscalls:sys_enter_mlock");
    expect(words.slice(-3)).toEqual(["--", "ls", "-l"]);
    expect(perfArguments("f", { command: [] }, () => true)).toHaveLength(
      6 + 2 * (NEEDED.length + USEFUL.length),
    );
  });

  it("name a process, or all", () => {
    expect(perfArguments("f", { command: [], pid: 7 }, () => true).slice(-2)).toEqual(["--pid", "7"]);
    expect(perfArguments("f", { command: [], all: true }, () => true)).toContain("--all-cpus");
  });
});

describe("wrong usage", () => {
  it.each([
    [["record"], /needs a file/],
    [["record", "-o", "x"], /needs a command/],
    [["record", "-o", "-", "--", "true"], /takes the name of a file/],
    [["record", "-o", "x", "--pid", "1", "--all"], /exclude each other/],
    [["record", "-o", "x", "--pid", "1", "--", "true"], /takes no command/],
    [["record", "-o", "x", "--pid", "4194303"], /no process 4194303/],
    [["record", "-o", "x", "--", "/no/such/program"], /no program/],
    [["record", "-o", "x", "ls", "-l"], /no option "-l"/],
  ])("%j", async (words, message) => {
    const { code, stderr } = await rmapHere(words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });
});

// Where perf may not record, the rest cannot run. The tests above do everywhere.
describe.skipIf(lacksOf(thisMachine()).length > 0)("a recording", () => {
  const file = join(folder, "x.data");
  const record = (...command: string[]) =>
    spawnSync(process.execPath, [mainPath, "record", "-o", file, "--", ...command], {
      encoding: "utf8",
      timeout: PATIENCE,
    });

  it("passes on the command's output, arguments and exit code, and replays exactly", async () => {
    const { status, stdout, stderr } = record("sh", "-c", 'echo "[$1]"; exit 7', "sh", "");
    expect({ status, stdout }).toEqual({ status: 7, stdout: "[]\n" });
    expect(stderr).toMatch(/^recorded .* replay it with: rmap replay/);
    const replayed = await rmapHere(["replay", file, "--cpus", "2", "--json"]);
    const { fidelity, lost, execs } = JSON.parse(replayed.stdout);
    expect({ lost, execs }).toEqual({ lost: { events: 0 }, execs: 1 });
    expect(fidelity.samples).toBeGreaterThan(10);
    expect(fidelity.exact).toBe(fidelity.samples);
    expect(readdirSync(folder)).toEqual(["x.data"]);
  });

  it("keeps what there is when it is told to end, and says no more", async () => {
    rmSync(file, { force: true });
    const words = [mainPath, "record", "-o", file, "--", "sh", "-c", "echo started; exec sleep 100"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect({ code, stderr }).toEqual({
      code: 143,
      stderr: expect.stringMatching(/^(recorded [^\n]*\n)?(rmap: interrupted\n)?$/),
    });
    const replayed = await rmapHere(["replay", file, "--json"]);
    const { execs, lost } = JSON.parse(replayed.stdout);
    expect(execs).toBeGreaterThan(0);
    expect(lost).toEqual({ events: 0 });
    expect(readdirSync(folder)).toEqual(["x.data"]);
  });

  it("follows a link, and takes no device and no pipe", async () => {
    const [link, target, pipe] = ["link", "target.data", "pipe"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    symlinkSync("target.data", link);
    expect((await rmapHere(["record", "-o", link, "--", "true"])).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(lstatSync(target).isFile()).toBe(true);
    spawnSync("mkfifo", [pipe]);
    const { code, stderr } = await rmapHere(["record", "-o", pipe, "--", "true"]);
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining("a device or a pipe") });
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    for (const path of [link, target, pipe]) rmSync(path);
  });

  it("says what is wrong when perf has not finished it: the command cannot run", async () => {
    const script = join(folder, "script");
    writeFileSync(script, "#!/no/such/interpreter\n", { mode: 0o755 });
    const { code, stderr } = await rmapHere(["record", "-o", file, "--", script]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringMatching(/x\.data: perf did not end .*\nhint: .*whether the command can run/),
    });
    rmSync(script);
  });

  it("says 128 and the signal's number when the command was killed", () => {
    rmSync(file, { force: true });
    expect(record("sh", "-c", "kill -9 $$").status).toBe(137);
    expect(existsSync(file)).toBe(true);
  });
});
