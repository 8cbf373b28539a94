/** Help, version, and wrong usage. */

import { describe, expect, it } from "vitest";
import { rmap } from "./rmap.js";

describe("rmap", () => {
  it("prints help and version on stdout", async () => {
    const help = await rmap(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const word of ["replay", "run", "bench", "--version", "--quiet"])
      expect(help.stdout).toContain(word);
    expect(await rmap(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^rmap-engine \d/),
    });
    const command = await rmap(["replay", "--help"]);
    expect(command.code).toBe(0);
    expect(command.stdout).toContain("--memory <size>");
    expect((await rmap(["replay", "--version"])).stdout).toMatch(/^rmap-engine/);
  });

  it.each([
    [[], /no command/],
    [["replai", "x"], /no command "replai"[\s\S]*did you mean "replay"/],
    [["replay"], /missing/],
    [["replay", "a", "b"], /b/],
    [["replay", "x", "--cpu", "2"], /--cpu/],
    [["replay", "x", "--cpus"], /cpus/],
    [["replay", "x", "--cpus", "0"], /--cpus.*1 to 63/],
    [["replay", "x", "--cpus", "1", "--cpus", "2"], /more than once/],
    [["replay", "x", "--memory", "lots"], /--memory.*size/],
    [["replay", "x", "--json", "--to-ops", "f"], /script, not JSON/],
    [["bench", "fault-unmop"], /did you mean "fault-unmap"/],
  ])("refuses %j with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await rmap(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^rmap: /);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hint: /m);
  });
});
