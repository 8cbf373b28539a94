/** Help, version, and wrong usage. */

import { describe, expect, it } from "vitest";
import { boot } from "../../dist/cpu/boot.js";
import { rmapHere } from "../support/here.js";
import { rmap } from "../support/rmap.js";

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
    const command = await rmapHere(["replay", "--help"]);
    expect(command.code).toBe(0);
    expect(command.stdout).toContain("--memory <size>");
    expect((await rmapHere(["replay", "--version"])).stdout).toMatch(/^rmap-engine/);
  });

  it("takes help as a command, too", async () => {
    for (const [words, as] of [
      [["help"], ["--help"]],
      [["help", "help"], ["--help"]],
      [
        ["help", "replay"],
        ["replay", "--help"],
      ],
      [
        ["--quiet", "help", "stress"],
        ["stress", "--help"],
      ],
    ] as const)
      expect(await rmapHere(words)).toEqual(await rmapHere(as));
    expect(await rmapHere(["help", "replai"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no command "replai"[\s\S]*did you mean "replay"/),
    });
    expect(await rmapHere(["help", "replay", "x"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"help" takes the name of one command, not "x"/),
    });
  });

  it.each([
    [[], /no command/],
    [["replai", "x"], /no command "replai"[\s\S]*did you mean "replay"/],
    [["replay"], /needs an argument: <trace>/],
    [["replay", "a", "b"], /b/],
    [["replay", "x", "--cpu", "2"], /--cpu/],
    [["replay", "x", "--cpus"], /--cpus needs a value, <n>: found nothing/],
    [["replay", "x", "--cpus", "0"], /--cpus.*1 to 63/],
    [["replay", "x", "--cpus", "1", "--cpus", "2"], /more than once/],
    [["replay", "x", "--memory", "lots"], /--memory.*size/],
    [["replay", "x", "--memory", "1K"], /--memory must be from 4K to 4G, not 1K\n/],
    [["run", "x", "--memory", "9999G"], /--memory must be from 4K to 4G, not 9999G\n/],
    [["replay", "x", "--memory", "0"], /--memory must be from 4K to 4G, not 0\n/],
    [["run", "x", "--swap", "9999G"], /--swap must be 0, or from 4K to 960G, not 9999G\n/],
    [["replay", "x", "--swap", "1"], /--swap must be 0, or from 4K to 960G, not 1\n/],
    [["replay", "x", "--store", "1"], /--store must be 0, or from 4K to 256G, not 1\n/],
    [["run", "x", "--store", "9999G"], /--store must be 0, or from 4K to 256G, not 9999G\n/],
    [["run", "x", "--metadata", "0"], /--metadata must be from 64K to 3G, not 0\n/],
    [["replay", "x", "--metadata", "4G"], /--metadata must be from 64K to 3G, not 4G\n/],
    [["replay", "x", "--json", "--to-ops", "f"], /script, not JSON/],
    [["bench", "fault-unmop"], /did you mean "fault-unmap"/],
  ])("refuses %j with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await rmapHere(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^rmap: /);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hint: /m);
  });

  it("takes the smallest and the largest sizes that it names", async () => {
    const script = "0 mmap 0 1 rw private anon\n";
    const least = ["--memory", "4K", "--swap", "4K", "--store", "4K", "--metadata", "64K"];
    expect(await rmapHere(["run", "-", ...least], script)).toMatchObject({ code: 0 });
    for (const largest of [
      ["--store", "256G"],
      ["--metadata", "3G"],
      ["--swap", "960G"],
    ]) {
      expect(await rmapHere(["run", "-", ...largest], script)).toMatchObject({ code: 0 });
    }
    // What else takes room beside frames and swap, as large as a replay has it at most.
    const most = { cpus: 63, spaces: 4096, files: 4096, queueRecords: 16384 };
    const { layout, control } = await boot({ ...most, memory: 4 * 2 ** 30, swap: 960 * 2 ** 30 });
    expect(control.get("frames")).toBe(2 ** 20);
    const slots = layout.constant("SWAP") + layout.struct("Swap").offset("slots");
    expect(control.view.load(slots)).toBe(960 * 2 ** 18);
  });

  it("shows no default beside an option that says no", async () => {
    const { stdout } = await rmapHere(["bench", "--help"]);
    expect(stdout).toMatch(/--no-peers .*and model *$/m);
    expect(stdout).not.toContain("default: true");
  });
});
