/** `rmap replay`. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { mainPath, rmap, schemaErrors } from "./rmap.js";

const trace = (name: string) => new URL(`../../traces/${name}.perf.txt.gz`, import.meta.url).pathname;

describe("rmap replay", () => {
  it.each([
    ["bash", 1, 870],
    ["redis", 2, 6015],
    ["threads", 2, 8249],
  ])("replays %s on %i CPUs exactly", async (name, cpus, samples) => {
    const { code, stdout, stderr } = await rmap(["replay", trace(name), "--cpus", String(cpus), "--json"]);
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

  it("checks invariants with the checked build", async () => {
    const { code, stdout } = await rmap(["replay", trace("bash"), "--cpus", "2", "--checked", "--json"]);
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
    const { code, stdout, stderr } = await rmap(["replay", trace("bash"), "--to-ops", file]);
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
    const { code, stderr, stdout } = await rmap(["replay", "-", "--cpus", "1"], input);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("says that a file is not there", async () => {
    expect((await rmap(["replay", "/nowhere"])).code).toBe(5);
  });

  it("ends quietly when its reader goes away", async () => {
    const child = spawn("sh", ["-c", `"${process.execPath}" "${mainPath}" replay - --to-ops - | head -1`], {
      timeout: 30_000,
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    // It may end before it has read all.
    child.stdin.on("error", () => {});
    child.stdin.end(readFileSync(trace("redis")));
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|rmap:/);
  });

  it("ends at Ctrl-C with 130", async () => {
    const child = spawn(process.execPath, [mainPath, "replay", "-"], { timeout: 30_000 });
    child.stdin.on("error", () => {});
    // The trace never comes to its end: the command waits for more.
    child.stdin.write(gunzipSync(readFileSync(trace("bash"))));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
  });
});
