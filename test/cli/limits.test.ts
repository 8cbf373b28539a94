/** Too little memory, and Ctrl-C: one sentence that says what and where, the documented exit code, nothing on stdout, no hang. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseSize } from "../../dist/cli/size.js";
import { OutOfFrames } from "../../dist/engine/exhausted.js";
import { interrupted, rmap } from "./rmap.js";

const TRACE = new URL("../../traces/threads.perf.txt.gz", import.meta.url).pathname;

/** The sizes that a hint suggests, by option. */
function suggestions(stderr: string): [string, number][] {
  return [...stderr.matchAll(/(--memory|--swap) (\d+[KMG])/g)].map(([, option, size]) => [
    option as string,
    parseSize(option as string, size),
  ]);
}

describe("too little memory", () => {
  it.each([
    [
      "without swap",
      ["--memory", "400K", "--swap", "0"],
      /; shortly afterwards, \d+ of 100 frames \(400\.0 KiB\) were in use, and there is no swap\n/,
    ],
    [
      "with swap that is full",
      ["--memory", "1M", "--swap", "1M"],
      /frames \(1\.0 MiB\) and 25\d of 256 swap slots \(1\.0 MiB\) were in use/,
    ],
    [
      "with pages given back by the time that one looks",
      ["--memory", "8M", "--swap", "64K"],
      /of 2,048 frames \(8\.0 MiB\) and \d+ of 16 swap slots \(64\.0 KiB\) were in use\n/,
    ],
    ["for one process to get on", ["--memory", "4K"], /of 1 frames \(4\.0 KiB\)/],
  ])("ends a replay, %s", async (_, options, figures) => {
    const { code, stdout, stderr } = await rmap(["replay", TRACE, "--cpus", "2", "--json", ...options]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: \S+threads\.perf\.txt\.gz:\d+: a (write|read|touch): no frame is free and none can be freed/,
    );
    expect(stderr).toMatch(figures);
    expect(stderr).toMatch(/^hint: .*--memory/m);
    for (const [option, suggested] of suggestions(stderr)) {
      const at = options.indexOf(option);
      if (at >= 0) expect(suggested, stderr).toBeGreaterThan(parseSize(option, options[at + 1]));
    }
    expect(stderr.trim().split("\n")).toHaveLength(2);
  });

  it("names the line of the trace", async () => {
    const { code, stderr } = await rmap(["replay", TRACE, "--cpus", "1", "--memory", "2M", "--swap", "0"]);
    expect(code).toBe(3);
    const line = Number(/\.gz:(\d+): a write/.exec(stderr)?.[1]);
    const lines = gunzipSync(readFileSync(TRACE)).toString().split("\n");
    // A fault takes effect at its thread's next event: the line is that of an event soon after about 512 faults.
    const faults = lines.slice(0, line).filter((text) => text.includes("page_fault")).length;
    expect(faults).toBeGreaterThan(400);
    expect(faults).toBeLessThan(2000);
  });

  it("ends a script at the access that lacks it", async () => {
    const script = "0 mmap 0 100 rw private anon\n0 touch 0 10 w\n0 touch 10 90 w\n0 write 99 1\n";
    const { code, stdout, stderr } = await rmap(["run", "-", "--memory", "128K", "--swap", "0"], script);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: \(stdin\):3: `0 touch 10 90 w`: no frame is free [^;]*; at the end of the script, \d+ of 32 frames \(128\.0 KiB\) were in use, and there is no swap/,
    );
    expect(stderr).toMatch(/^hint: .*--swap 512M/m);
    expect((await rmap(["run", "-", "--memory", "128K"], script)).code).toBe(0);
  });
});

describe("what to try", () => {
  const hintOf = (frames: number, framesUsed: number, slots: number, slotsUsed: number): string =>
    new OutOfFrames("here", { frames, framesUsed, slots, slotsUsed }, 4096, "then").hint;
  const limits: Readonly<Record<string, number>> = { "--memory": 2 ** 20, "--swap": 960 * 2 ** 18 };

  it.each([
    [256, 256, 0, 0],
    [2048, 0, 16, 16],
    [2048, 100, 16, 3],
    [1, 0, 131_072, 1031],
    [2 ** 20, 2 ** 20, 0, 0],
    [2 ** 20, 10, 1000, 1000],
    [2 ** 19 + 1, 10, limits["--swap"] as number, 1000],
    [300, 300, 960 * 2 ** 18, 960 * 2 ** 18],
  ])(
    "with %i frames (%i in use) and %i slots (%i) is more than that, and no more than there can be",
    (...room) => {
      const given: Readonly<Record<string, number>> = { "--memory": room[0], "--swap": room[2] };
      const found = suggestions(hintOf(...room));
      expect(found.length).toBeGreaterThan(0);
      for (const [option, size] of found) {
        expect(size / 4096, option).toBeGreaterThan(given[option] as number);
        expect(size / 4096, option).toBeLessThanOrEqual(limits[option] as number);
      }
    },
  );

  it("says what is known: less may be in use by the time that one looks", () => {
    expect(hintOf(2048, 1242, 16, 16)).toBe(
      "8.1 MiB of memory and swap together are too little: try --swap 512M, or --memory 16M",
    );
    expect(hintOf(1024, 750, 1024, 490)).toBe(
      "try --memory 8M; --swap 512M helps only if swap was full before",
    );
    expect(hintOf(256, 256, 0, 0)).toBe("try --swap 512M, or --memory 2M");
  });

  it("is nothing where there is all that there can be", () => {
    expect(hintOf(2 ** 20, 9, 960 * 2 ** 18, 9)).toBe(
      "the engine takes no more --memory and --swap than this",
    );
  });
});

describe("Ctrl-C", () => {
  it.each([[[]], [["--memory", "4M"]]])("ends a replay that waits for input, %j", async (options) => {
    const trace = gunzipSync(readFileSync(TRACE));
    const { code, stdout, stderr } = await interrupted(
      ["replay", "-", "--cpus", "2", ...options],
      trace,
      false,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(
      /^rmap: interrupted: [\d,]+ lines of the trace read, [\d,]+ operations replayed\n$/,
    );
  });

  it("ends a script in the middle", async () => {
    const script = `0 mmap 0 4096 rw private anon\n${"0 touch 0 4096 w\n0 madvise 0 4096 dontneed\n".repeat(100_000)}`;
    const { code, stdout, stderr } = await interrupted(
      ["run", "-", "--cpus", "2"],
      Buffer.from(script),
      true,
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^rmap: interrupted/);
  });
});
