/** Wrong command lines, and files that cannot be used: one sentence that names what is wrong, the documented exit code, no stack. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { ended } from "../support/patience.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-wrong-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of the folder with this content. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a command line and expects a refusal: this exit code, nothing on stdout, one short line and perhaps a hint. */
async function refusal(args: readonly string[], exitCode: number): Promise<string> {
  const { code, stdout, stderr } = await rmapHere(args);
  expect({ code, stdout }, stderr).toEqual({ code: exitCode, stdout: "" });
  expect(stderr).toMatch(/^rmap: [^\n]+\n(hint: [^\n]+\n)?$/);
  expect(stderr).not.toMatch(/unexpected failure|\n {4}at /);
  // A path of the longest name is part of its message.
  expect((stderr.split("\n")[0] as string).replaceAll("n".repeat(300), "").length).toBeLessThan(300);
  return stderr;
}

const GOOD = file("good.ops", "0 mmap 0 1 rw private anon\n0 write 0 1\ndump\n");

describe("a wrong command line", () => {
  it.each<[string[], RegExp]>([
    [[], /^rmap: there is no command\nhint: the commands are replay, record, run,/],
    [[""], /there is no command ""/],
    [["frobnicate"], /there is no command "frobnicate"\nhint: the commands are/],
    [["x"], /there is no command "x"\nhint: the commands are/],
    [["replai", "x"], /there is no command "replai"\nhint: did you mean "replay"\?/],
    [["--quiet", "1", "replay", "x"], /there is no command "1"/],
    [["--"], /there is no command/],
    [["--frob"], /there is no option "--frob"/],
    [["--cpus", "2"], /there is no command/],
    [["--cpus", "0", "run", "x"], /--cpus must be a whole number from 1 to 63, not "0"/],
    [["replay"], /"replay" needs an argument: <trace>/],
    [["replay", "--"], /"replay" needs an argument: <trace>/],
    [["replay", ""], /"replay" does not take an empty argument/],
    [["replay", "a", "b"], /"replay" takes <trace> and nothing more, not "b"/],
    [["run", "a", "-1"], /"run" takes <script> and nothing more, not "-1"/],
    [["run", "a", "--", "--cpus"], /"run" takes <script> and nothing more, not "--cpus"/],
    [["run", "a", "-x"], /"run" has no option "-x"\nhint: see `rmap run --help`/],
    [["run", "a", "--cpu", "2"], /"run" has no option "--cpu"\nhint: did you mean --cpus\?/],
    [["run", "a", "--cpu=2"], /"run" has no option "--cpu"\nhint: did you mean --cpus\?/],
    [["run", "a", "--frobnicate"], /"run" has no option "--frobnicate"\nhint: see/],
    [["run", "a", "--json=1"], /--json takes no value, not "1"/],
    [["run", "a", "--json", "--json"], /--json is given more than once/],
    [["run", "a", "--cpus", "1", "--cpus=1"], /--cpus is given more than once/],
    [["run", "a", "--cpus"], /--cpus needs a value, <n>: found nothing/],
    [["run", "a", "--cpus="], /--cpus needs a value, <n>: found an empty one/],
    [["run", "a", "--cpus", ""], /--cpus needs a value, <n>: found an empty one/],
    [["run", "a", "--cpus", "--json"], /--cpus needs a value, <n>: found the option --json/],
    [
      ["replay", "a", "--to-ops", "--store=1M"],
      /--to-ops needs a value, <file>: found the option --store\n?/,
    ],
    [["bench", "--html", ""], /--html needs a value, <file>: found an empty one/],
    [["bench", "--html", "--json"], /--html needs a value, <file>: found the option --json/],
    [["bench", "--html", "-"], /--html takes the name of a file, not "-"/],
    [["bench", "frobnicate"], /there is no benchmark "frobnicate"\nhint: the benchmarks are/],
    [["bench", "fault-unmop"], /hint: did you mean "fault-unmap"\?/],
    [["bench", "--cpus", "1,,2"], /--cpus must be a whole number from 1 to 63, not ""/],
    [["bench", "--cpus", "1-4"], /not "1-4"\nhint: write numbers with commas between them: 1,2,4/],
    [["stress", "first-fault", "--seconds", "-1"], /--seconds must be a time in seconds, .*, not "-1"/],
    [
      ["stress", "first-fault", "--variant", "./nowhere"],
      /overlay folder .\/nowhere cannot be read: it does not exist\n/,
    ],
    [["run", "-", "--against", "-"], /only one of the script and the answer can be stdin/],
    [["replay", GOOD, "--to-ops", GOOD], /--to-ops names the input file/],
  ])("%j", async (args, message) => {
    expect(await refusal(args, 2)).toMatch(message);
  });

  const numbers = ["1.5", "0x2", "1e1", "+1", "-1", "01", "NaN", "64", "9".repeat(400), "2 3", "٣"];
  it.each([
    ["--cpus", numbers, / must be a whole number from 1 to 63, not "/],
    ["--memory", [...numbers.filter((text) => text !== "64"), "K", "1T", "1.5.K", "4G4"], /--memory/],
    ["--swap", ["-1", "0x1000", "1e9", "NaN", "9".repeat(400)], /--swap/],
  ])("a number that %s does not take", async (option, values, message) => {
    for (const value of values) expect(await refusal(["run", GOOD, option, value], 2)).toMatch(message);
  });

  it("is refused for a time that is none", async () => {
    for (const value of ["0", "x", "1e1", "0x1", "Infinity", "NaN", "86401", "1,5", " "])
      expect(await refusal(["stress", "first-fault", "--seconds", value], 2)).toMatch(
        /--seconds must be a time/,
      );
  });
});

it("takes options in front of the command, and what stands behind -- as it is", async () => {
  expect(await rmapHere(["--cpus", "1", "--json", "run", GOOD])).toMatchObject({ code: 0, stderr: "" });
  expect(await rmapHere(["run", "--cpus=1", "--", GOOD])).toMatchObject({ code: 0, stderr: "" });
  expect((await rmapHere(["bench", "--bogus", "--help"])).stdout).toMatch(/^Usage: rmap bench/);
});

it("gives the same message in every command, if a file does not exist", async () => {
  const path = join(folder, "nofile");
  const said = `rmap: cannot read ${path}: there is no such file\nhint: check the path and its permissions\n`;
  for (const command of ["run", "replay"]) expect(await refusal([command, path], 5)).toBe(said);
});

describe("a file that cannot be read", () => {
  const loop = join(folder, "loop");
  symlinkSync(loop, loop);
  mkdirSync(join(folder, "folder"));
  const packed = gzipSync("0 mmap 0 1 rw private anon\n");
  // On other systems there may be no such devices.
  const devices =
    process.platform === "linux"
      ? [
          ["/dev/zero", /the limit is 16M|a line of more than 65536 bytes/],
          ["/proc/self/mem", /the device reports an error/],
        ]
      : [];

  it.each<[string, RegExp]>([
    [join(GOOD, "x"), /a part of its path is not a folder/],
    [loop, /its symbolic links form a circle/],
    [join(folder, "n".repeat(300)), /its name is too long/],
    [join(folder, "folder"), /it is a folder/],
    [join(folder, "nowhere"), /there is no such file/],
    [
      file("utf16", Buffer.from("\ufeff0 mmap 0 1 rw private anon\n", "utf16le")),
      /:1:1: .*UTF-16; expected .*UTF-8/,
    ],
    [file("nul.ops", "0 mmap\0 0 1\n"), /:1:\d: (unknown operation "mmap\\u\{0\}"|expected)/],
    [file("latin.ops", Uint8Array.of(0x30, 0x20, 0xe9, 0xe9, 10)), /:1:\d: /],
    [file("cut.gz", packed.subarray(0, 15)), /the gzip stream ends too early/],
    [file("sum.gz", Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)])), /gzip stream is damaged/],
    [file("more.gz", Buffer.concat([packed, Buffer.from("more")])), /gzip stream is damaged/],
    ...(devices as [string, RegExp][]),
  ])("%s", async (path, message) => {
    expect(await refusal(["run", path], 5), "run").toMatch(message);
    expect(await refusal(["replay", path], 5), "replay").toMatch(message);
  });

  it("is an answer that is too large once unpacked, nested too deep, or has numbers and keys that no answer has", async () => {
    const head = '{"results":[0,0],"dumps":[{"at":2,"procs":';
    for (const [text, message] of [
      [gzipSync("[0,".repeat(10_000_000)), /too large: the limit is 16M/],
      ["[".repeat(200_000), /:1:201: values are nested too deep: more than 200 levels/],
      [`{"results":[${"9".repeat(1_000_000)}]}`, /:1:13: expected a number of at most 400 digits/],
      [`{"results":[1e400]}`, /:1:13: expected a number of at most 1\.8e308/],
      [`{"results":["${"x".repeat(100_000)}`, /:1:13: expected a string/],
      [`{"kernel":"a\nb"}`, /:1:11: expected a string without line breaks/],
      [`${head}{"32":{}}}]}`, /expected processes 0 to 31 as keys, found "32"/],
      [`${head}{"__proto__":{}}}]}`, /found "__proto__"/],
      [
        `${head}{"0":{"vmas":[],"pages":[[0,0,1,"A",${2n ** 64n}]]}}}]}`,
        /a value of 64 bits, found 18446744073709551616/,
      ],
      [
        `${head}{"0":{"vmas":[],"pages":[[${2n ** 53n},0,1,"A",0]]}}}]}`,
        /expected a page, found 9007199254740992/,
      ],
      [`${head}{"0":{"vmas":[],"pages":[[-1,0,1,"A",0]]}}}]}`, /expected a page, found -1/],
      [`${head}{"0":{"vmas":[[0,01,"rw-p",null]],"pages":[]}}}]}`, /:1:\d+: /],
    ] as const) {
      const answer = file("answer.json", text);
      expect(await refusal(["run", GOOD, "--against", answer], 5)).toMatch(message);
    }
  });

  it("is a script with a number that no field takes, at its column", async () => {
    const numbers = [
      "9".repeat(400),
      `0x${"f".repeat(400)}`,
      "-1",
      "007",
      "1.5",
      "1e3",
      "NaN",
      "0b1",
      String(2n ** 64n),
    ];
    const forms = [
      "N mmap 0 1 rw private anon",
      "0 read N",
      "0 touch 0 N r",
      "cpu 0 N",
      "reclaim N",
      "scan N",
      "0 fork N",
    ];
    for (const form of forms) {
      for (const number of numbers) {
        const said = await refusal(["run", file("number.ops", form.replace("N", number))], 5);
        // A word that is no number in front of an operation may be taken for the operation.
        expect(said).toMatch(new RegExp(`number\\.ops:1:${form.indexOf("N") + 1}: `));
      }
    }
    expect(
      (await rmapHere(["run", file("zeros.ops", `0 mmap 0x${"0".repeat(300)}1 1 rw private anon\n`)])).code,
    ).toBe(0);
  });
});

it.skipIf(process.platform !== "linux")(
  "ends at Ctrl-C while it waits for a pipe that nobody writes to",
  async () => {
    const pipe = join(folder, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    const main = new URL("../../dist/bin/main.js", import.meta.url).pathname;
    // Says when the command listens for Ctrl-C: it has begun its work then.
    const tell = `data:text/javascript,process.on("newListener", (name) => name === "SIGINT" %26%26 console.error("listens"))`;
    const child = spawn(process.execPath, ["--import", tell, main, "run", pipe]);
    child.stderr.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await ended(child, `rmap run ${pipe}`);
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^(listens\n)+rmap: interrupted\n(listens\n)*$/);
  },
);
