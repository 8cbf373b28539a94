/** `rmap run`. */

import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { rmap, schemaErrors } from "../support/rmap.js";

const SCRIPT = new URL("../../examples/fork.ops", import.meta.url).pathname;

describe("rmap run", () => {
  it("prints the answer in the recorded form", async () => {
    const { code, stdout, stderr } = await rmap(["run", SCRIPT]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answer = JSON.parse(stdout);
    expect(schemaErrors("run", answer)).toBeUndefined();
    expect(answer.dumps.map((dump: { at: number }) => dump.at)).toEqual([3, 4, 5]);
    expect(answer.dumps[0].procs["1"].pages).toEqual([[0, 0, 2, "A", 42]]);
    expect(answer.dumps[1].procs["1"].pages).toEqual([[0, 1, 1, "AX", 7]]);
  });

  it("reads stdin, and says the same on several CPUs", async () => {
    const text = readFileSync(SCRIPT, "utf8").replace("0 fork 1", "0 fork 1\ncpu 1 1");
    const one = await rmap(["run", "-"], text);
    const two = await rmapHere(["run", "-", "--cpus", "2", "--checked"], text);
    expect(two.stdout).toBe(one.stdout);
  });

  it("keeps 64-bit values exact", async () => {
    const script = "0 mmap 0 1 rw private anon\n0 write 0 18446744073709551615\ndump\n";
    expect((await rmapHere(["run", "-"], script)).stdout).toContain('[0,0,1,"AX",18446744073709551615]');
  });

  it("gets along with less memory, and swaps", async () => {
    const lines = ["0 mmap 0 100 rw private anon"];
    for (let page = 0; page < 100; page++) lines.push(`0 write ${page} ${page + 1}`);
    // All of it again, in parts that fit.
    for (let page = 0; page < 100; page += 10) {
      for (let of = page; of < page + 10; of++) lines.push(`0 read ${of}`);
      lines.push("dump");
    }
    const { code, stdout, stderr } = await rmapHere(
      ["run", "-", "--memory", "128K", "--checked"],
      lines.join("\n"),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answer = JSON.parse(stdout);
    expect(answer.results.filter((result: unknown) => result !== 0)).toEqual([]);
    for (const [index, dump] of answer.dumps.entries()) {
      const pages: [number, number, number, string, number][] = dump.procs["0"].pages;
      expect(pages.length).toBeLessThanOrEqual(32);
      for (const [page, , , , value] of pages) expect(value).toBe(page + 1);
      expect(pages.some(([page]) => page === index * 10 + 9)).toBe(true);
    }
  });

  it("swaps on request with --swap alone, and brings everything back", async () => {
    const script = `0 mmap 0 8 rw private anon\n0 touch 0 8 w\n0 write 3 5\n${"reclaim 100\n".repeat(4)}dump\nswapoff\ndump\n`;
    const { code, stdout } = await rmapHere(["run", "-", "--swap", "1M"], script);
    expect(code).toBe(0);
    const [out, back] = JSON.parse(stdout).dumps.map(
      (dump: { procs: { 0: { pages: [] } } }) => dump.procs[0].pages,
    );
    expect(out).toEqual([]);
    expect(back).toHaveLength(8);
    expect(back[3]).toEqual([3, 3, 1, "AX", 5]);
  });

  it("names a pin that is left, and ends with 1", async () => {
    const { code, stdout, stderr } = await rmapHere(
      ["run", "-"],
      "0 mmap 0 4 rw private anon\n0 pin 3 1 w\n",
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout).results).toEqual([0, 0]);
    expect(stderr).toMatch(
      /a page is still pinned at the end: page 3 of process 0 \(`0 pin 3 1 w` in line 2\)/,
    );
    expect(stderr).toMatch(/hint: .*unpin/);
  });

  it("says where a script cannot be read", async () => {
    const { code, stderr, stdout } = await rmapHere(
      ["run", "-"],
      "0 mmap 0 1 rw private anon\n0 wriite 0 1\n",
    );
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    expect(stderr).toMatch(/^rmap: \(stdin\):2:3: /);
  });

  it("says when there is no such file", async () => {
    const { code, stderr } = await rmapHere(["run", "/nowhere/x.ops"]);
    expect(code).toBe(5);
    expect(stderr).toMatch(/cannot read \/nowhere\/x\.ops: there is no such file/);
  });

  it.each([
    ["a binary file", Uint8Array.of(0x1b, 0x5b, 0x32, 0x4a, 0, 7, 0xff, 0xc3, 0x28)],
    ["a binary file behind a word", Uint8Array.of(0x30, 0x20, 0x1b, 0x5d, 0x30, 0x3b, 7)],
    ["a very long word", "x".repeat(100_000)],
    ["a very long number", `0 read ${"9".repeat(100_000)}`],
  ])("shows %s in a readable way", async (_, script) => {
    const { code, stdout, stderr } = await rmapHere(["run", "-"], script);
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
    const [said = ""] = stderr.split("\n");
    expect(said).toMatch(/^rmap: \(stdin\):1:\d+: /);
    expect(said.length).toBeLessThan(200);
    expect(stderr).toMatch(/^[\x20-\x7e…\n]*$/);
  });

  it("says which command takes the file", async () => {
    const trace = await rmapHere(["run", "traces/bash.perf.txt.gz"]);
    expect(trace.code).toBe(5);
    expect(trace.stderr).toMatch(
      /: this is a recording, not a script\nhint: use `rmap replay` for recordings\n$/,
    );
    const script = await rmapHere(["replay", "examples/fork.ops"]);
    expect(script.code).toBe(5);
    expect(script.stderr).toMatch(/\nhint: this is not a recording; use `rmap run` for scripts\n$/);
    const answer = await rmapHere(["run", "examples/fork.ops", "--against", "examples/fork.ops"]);
    expect(answer.code).toBe(5);
    expect(answer.stderr).toMatch(/\nhint: an answer is what `rmap run SCRIPT` prints\n$/);
  });

  it("says of a folder what a replay says", async () => {
    for (const command of ["run", "replay"]) {
      const { code, stderr } = await rmapHere([command, tmpdir()]);
      expect(code).toBe(5);
      expect(stderr, command).toMatch(/^rmap: .*: it is a folder\n/);
      expect(stderr, command).not.toContain("EISDIR");
    }
  });
});
