/** `rmap replay`. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultCpus } from "../../dist/cli/commands/replay.js";
import { rmapHere } from "../support/here.js";
import { ended } from "../support/patience.js";
import { interrupted, mainPath, rmap, schemaErrors } from "../support/rmap.js";

const trace = (name: string) => new URL(`../../traces/${name}.perf.txt.gz`, import.meta.url).pathname;

describe("rmap replay", () => {
  it.each([
    ["bash", 1, 870],
    ["redis", 2, 6015],
    ["threads", 2, 8249],
  ])("replays %s on %i CPUs exactly", async (name, cpus, samples) => {
    const { code, stdout, stderr } = await rmapHere([
      "replay",
      trace(name),
      "--cpus",
      String(cpus),
      "--json",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout);
    expect(schemaErrors("replay", result)).toBeUndefined();
    expect(result).toMatchObject({
      schema: "rmap.replay/1",
      cpus,
      fidelity: { samples, exact: samples, within1: samples, maxDiffPages: 0 },
      leaks: { pages: 0, tables: 0, vmas: 0, anonVmas: 0, anonVmaChains: 0 },
      invariants: { checks: 0, violations: 0 },
    });
    expect(result.memory.peakFrameBytes).toBeGreaterThan(0);
  });

  it("runs a small recording on one CPU, and a larger one on as many as it has", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rmap-small-"));
    const text = gunzipSync(readFileSync(trace("bash")));
    const comment = `# ${"x".repeat(1000)}\n`.repeat(200);
    const [small, large] = [join(folder, "small.txt"), join(folder, "large.txt")];
    writeFileSync(small, text);
    writeFileSync(large, Buffer.concat([Buffer.from(comment), text]));
    try {
      const cpus = await Promise.all(
        [trace("bash"), small, large, trace("redis")].map(async (path) => defaultCpus(path)),
      );
      const many = Math.min(2, availableParallelism());
      expect(cpus).toEqual([1, 1, many, many]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("runs 5,000 processes that live at once", async () => {
    const lines = ["PERF_RECORD_MMAP2 1/1: [0x100000(0x4000) @ 0 00:00 0 0]: rw-p //anon"];
    for (let p = 2; p <= 5000; p++) lines.push(`PERF_RECORD_FORK(${p}:${p}):(1:1)`);
    const text = lines.map((line) => `  prog 1/1 [000] 0.000000000: ${line}\n`);
    for (let p = 1; p <= 5000; p++) {
      text.push(
        `  prog ${p}/${p} [001] 1.000000000: exceptions:page_fault_user: address=0x100000 ip=0x1 error_code=0x6\n`,
      );
    }
    const { code, stdout, stderr } = await rmapHere(["replay", "-", "--cpus", "2", "--json"], text.join(""));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { failed, forks, contents, faults } = JSON.parse(stdout);
    expect({ failed, forks, spaces: contents.spaces }).toEqual({ failed: {}, forks: 4999, spaces: 5000 });
    expect(faults.anon).toBe(5000);
  });

  it("shows the most frequent of many unknown events", async () => {
    const event = (name: string) => `  prog 1/1 [000] 1.000000000: ${name}: x=1\n`;
    const names = Array.from({ length: 5000 }, (_, i) => `made:up_${i}`);
    const often = ["made:up_70", "made:up_4999"];
    const text = [...names, ...often, ...often, `made:${"x".repeat(5000)}`].map(event).join("");
    const json = await rmapHere(["replay", "-", "--json"], text);
    const result = JSON.parse(json.stdout);
    expect(schemaErrors("replay", result)).toBeUndefined();
    expect(result.skipped).toMatchObject({ "made:up_70": 3, "made:up_4999": 3 });
    expect(Object.keys(result.skipped)).toHaveLength(20);
    expect(result.skippedMore).toEqual({ names: 4981, events: 4981 });
    const report = await rmapHere(["replay", "-"], text);
    expect(report.stdout).toMatch(/and 4,981 more names \(4,981 events\)/);
    expect(Math.max(json.stdout.length, report.stdout.length)).toBeLessThan(5000);
  });

  it("checks invariants with the checked build", async () => {
    const { code, stdout } = await rmapHere(["replay", trace("bash"), "--cpus", "2", "--checked", "--json"]);
    expect(code).toBe(0);
    const { invariants, fidelity } = JSON.parse(stdout);
    expect(invariants.checks).toBeGreaterThan(1000);
    expect(fidelity.exact).toBe(870);
  });

  it("prints a report, without colour in a pipe, and reads plain text from stdin", async () => {
    const { code, stdout, stderr } = await rmap(["replay", "-"], gunzipSync(readFileSync(trace("bash"))));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^fidelity +100 % of 870 page counts/m);
    expect(stdout).toMatch(/^leaks +none/m);
    expect(stdout).not.toContain("\x1b");
  });

  it("writes a script", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rmap-"));
    const file = join(folder, "bash.ops");
    const { code, stdout, stderr } = await rmapHere(["replay", trace("bash"), "--to-ops", file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/operations of \d+ processes/);
    expect(readFileSync(file, "utf8")).toMatch(/^\d+ mmap /m);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["a binary recording", Buffer.from("PERFILE2\0\0\0\0\0\0\0\0"), /perf\.data/],
    ["nothing", "", /empty/],
    ["something else", "hello world\n", /:1:1: expected/],
  ])("refuses %s with exit code 5", async (_, input, message) => {
    const { code, stderr, stdout } = await rmapHere(["replay", "-", "--cpus", "1"], input);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it.each([
    ["--html", "x.html", "--to-ops", "x.ops"],
    ["--chrome-trace", "x.json", "--to-ops", "x.ops"],
    ["--html", "x", "--chrome-trace", "./x"],
    ["--html", "-"],
  ])("refuses %s %s %s %s with exit code 2, and writes nothing", async (...options) => {
    const { code, stdout, stderr } = await rmapHere(["replay", trace("bash"), ...options.filter(Boolean)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/hint: |takes the name of a file/);
  });

  it("says that a file is not there", async () => {
    expect((await rmapHere(["replay", "/nowhere"])).code).toBe(5);
  });

  it("ends quietly when its reader goes away", async () => {
    const command = `"${process.execPath}" "${mainPath}" replay - --to-ops - | head -1`;
    const child = spawn("sh", ["-c", command]);
    const end = ended(child, command);
    // It may end before it has read all.
    child.stdin.on("error", () => {});
    child.stdin.end(readFileSync(trace("redis")));
    const { code, stderr } = await end;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|rmap:/);
  });

  it("ends at Ctrl-C with 130", async () => {
    // The trace never comes to its end: the command waits for more.
    const { code } = await interrupted(["replay", "-"], gunzipSync(readFileSync(trace("bash"))), false);
    expect(code).toBe(130);
  });
});
