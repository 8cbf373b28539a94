/** What the environment lacks, and signals: a sentence and the documented exit code, and nothing stays behind. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { bench } from "../../dist/cli/commands/bench.js";
import { Context } from "../../dist/cli/context.js";
import { captured } from "../support/here.js";
import { PATIENCE, until } from "../support/patience.js";
import { mainPath, schemaErrors } from "../support/rmap.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-environment-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "one.ops"), "0 mmap 0 1 rw private anon\n");

/** Runs a shell script in which $RMAP is the command. */
function shell(script: string, env: NodeJS.ProcessEnv = {}) {
  const RMAP = `${process.execPath} ${mainPath}`;
  const options = {
    cwd: folder,
    encoding: "utf8",
    timeout: PATIENCE,
    env: { ...process.env, RMAP, ...env },
  } as const;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], options);
  return { code: status, stdout, stderr };
}

describe.skipIf(process.platform !== "linux")("an environment without", () => {
  it("a working directory", () => {
    const { code, stdout, stderr } = shell("mkdir gone; cd gone; rmdir ../gone; $RMAP run ../one.ops");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toBe(
      "rmap: the working directory no longer exists\nhint: change to a folder that exists, and run the command again\n",
    );
  });

  it("files to open, for its own code or for its threads", () => {
    for (const most of [24, 32, 40, 80]) {
      const { code, stdout, stderr } = shell(`ulimit -n ${most}; $RMAP run one.ops --cpus 60`);
      expect({ code, stdout }, stderr).toEqual({ code: 3, stdout: "" });
      expect(stderr).toMatch(
        /^rmap: [^\n]+ (too many files are open in this process|EMFILE)\n(hint: [^\n]+\n)?$/,
      );
    }
  });

  it("addresses for a shared memory", () => {
    // Node 20 reserves 10 GB for each memory; later versions get along with what was asked for.
    const { code, stdout, stderr } = shell("ulimit -v 3000000; $RMAP run one.ops --metadata 3G");
    expect({ code, stdout }, stderr).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: a shared memory of [\d,]+ MiB is not available: [^\n]+\nhint: [^\n]*`ulimit -v`[^\n]*\n$/,
    );
  });

  it("stdin, or with a folder as stdin", () => {
    expect(shell("$RMAP run - <&-")).toMatchObject({ code: 0, stderr: "" });
    expect(shell("$RMAP run - < .")).toEqual({
      ...{ code: 5, stdout: "" },
      stderr: "rmap: cannot read (stdin): it is a folder\nhint: check the path and its permissions\n",
    });
    expect(shell("$RMAP replay - 0> out")).toMatchObject({ code: 5, stdout: "" });
  });

  it("a folder for temporary files", () => {
    const { code, stdout, stderr } = shell("$RMAP bench calibrate --cpus 1 --repeats 1", {
      TMPDIR: "/proc/nowhere",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/cannot be built or run in \/proc\/nowhere\/\S+: there is no such file/);
  });
});

/** Runs `rmap bench` in an environment of its own, and sends it a signal as soon as `ready` says so. */
async function interrupted(
  args: readonly string[],
  signal: NodeJS.Signals,
  compiler: string,
  ready: (scratch: string) => boolean,
) {
  const scratch = mkdtempSync(join(folder, "scratch-"));
  const child = spawn(process.execPath, [mainPath, "bench", ...args], {
    env: { ...process.env, CC: compiler, TMPDIR: scratch, SCRATCH: scratch },
    timeout: PATIENCE,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk) => {
      said[name] += chunk;
    });
  }
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  let ended = false;
  void closed.then(() => {
    ended = true;
  });
  await until(
    `rmap bench ${args.join(" ")} to be where it is interrupted`,
    () => ended || ready(scratch),
    () => JSON.stringify(said),
  );
  child.kill(signal);
  return { code: await closed, ...said, scratch };
}

/** Files below a folder. */
function filesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe.skipIf(process.platform !== "linux")("a bench that is interrupted", () => {
  // Leaves a temporary file, as compilers do, and has a process of its own.
  const compiler = join(folder, "cc");
  writeFileSync(
    compiler,
    `#!/bin/sh
[ "$1" = --version ] && { echo "a slow compiler"; exit 0; }
sleep 300 & echo $! > "$SCRATCH/pid"
touch "$TMPDIR/cc-temporary.s"
wait
`,
  );
  chmodSync(compiler, 0o755);

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s while it compiles leaves no compiler and no file", async (signal, exitCode) => {
    const { code, stdout, stderr, scratch } = await interrupted(["trace-parse"], signal, compiler, (place) =>
      filesIn(place).includes("cc-temporary.s"),
    );
    expect({ code, stdout, stderr }).toEqual({ code: exitCode, stdout: "", stderr: "rmap: interrupted\n" });
    expect(filesIn(scratch)).toEqual(["pid"]);
    const pid = readFileSync(join(scratch, "pid"), "utf8").trim();
    // A process that has ended may still wait for somebody to ask how.
    const state = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
    expect(state).toMatch(/^$|^State:\sZ/m);
  });
});

it("prints the rows so far when a bench is interrupted, in their published form", async () => {
  const context = new Context({ quiet: true, json: true });
  let interrupted: Promise<void> | undefined;
  context.progress.say = (step: string) => {
    if (step.startsWith("trace-parse, wasm")) interrupted ??= context.interrupt();
  };
  const args = { cpus: "1", repeats: "1", peers: false };
  const { stdout } = await captured(() => {
    const work = bench.run(["calibrate", "trace-parse"], args, context);
    return work.then(() => interrupted);
  });
  // What is printed first is what there was; the work itself went on here.
  const [first = ""] = stdout.split(/(?<=^\})\n/m);
  const soFar = JSON.parse(first);
  expect(schemaErrors("bench", soFar)).toBeUndefined();
  expect(soFar.rows.map(({ name }: { name: string }) => name)).toEqual(["calibrate"]);
  expect(context.done).toBe("2 rows measured");
});

it("tells what there is before it cleans up", async () => {
  const context = new Context({ quiet: true });
  const order: string[] = [];
  context.tellSoFar = async () => void order.push("told");
  const work = context.using(
    { dispose: async () => void order.push("disposed") },
    () => new Promise(() => {}),
  );
  void work;
  await context.interrupt();
  expect(order).toEqual(["told", "disposed"]);
});
