import { describe, expect, it } from "vitest";
import { generate, PROFILES } from "../../model/generate.js";
import { InputError } from "../../src/errors.js";
import { printScript } from "../../src/ops/print.js";
import { checkScript, parseScript } from "../../src/ops/script.js";
import { recordedCases, recordedScript } from "../support/recorded.js";

const EVERY = `# every form
0 mmap 0 16 rw private anon
0 mmap 16 4 r shared anon
0 mmap any 4 none private file 250
0 mmap 900 2 rw private anon stack
0 munmap 1 2
0 mprotect 3 4 none
0 mremap 4 2 3
0 mremap 4 2 2 40
0 mremap 4 2 2 40 keep
0 mremap 4 2 8 any
0 read 0x10
0 write 5 18446744073709551615
0 touch 5 3 w
0 madvise 0 8 pageout
0 mlock 0 1
0 munlock 0 1
0 migrate 0 1
0 heap 32
0 brk 40
0 fork 31   # a comment
31 exit
cpu 0 3
reclaim 12
writeback 4
0 hold 5 w
0 release
0 hold 5 r
0 release 18446744073709551615
ksm
swapoff
sync
check
dump
`;

describe("parseScript", () => {
  it("reads every form, and printing gives it back", () => {
    const ops = parseScript(EVERY);
    expect(ops).toHaveLength(33);
    const text = printScript(ops);
    expect(printScript(parseScript(text))).toBe(text);
    expect(text.split("\n")[10]).toBe("0 read 16");
    expect(ops[11]).toMatchObject({ kind: "write", value: 2n ** 64n - 1n, place: { line: 13, column: 1 } });
  });

  it.each(["cow", "vma", "file", "ksm", "all"])(
    "round trip of the recorded scripts, profile %s",
    (profile) => {
      for (const name of recordedCases(profile)) {
        const text = recordedScript(name);
        expect(printScript(parseScript(text))).toBe(text);
      }
    },
  );

  it.each(PROFILES)("round trip of generated scripts, profile %s", (profile) => {
    const ops = generate(3, profile);
    const read = parseScript(printScript(ops)).map((op) => ({ ...op, place: undefined }));
    expect(read).toEqual(ops.map((op) => ({ ...op, place: undefined })));
  });

  it("takes an empty script, CRLF and a missing last newline", () => {
    expect(parseScript("")).toEqual([]);
    expect(parseScript("# nothing\r\n\r\n0 read 1\r\n0 exit")).toHaveLength(2);
  });
});

describe("errors of parseScript", () => {
  it.each([
    ["0 mmpa 0 1 rw private anon", '1:3: unknown operation "mmpa"', "mmap"],
    ["dmup", '1:1: unknown operation "dmup"', "dump"],
    ["mmap 0 1 rw private anon", '1:1: "mmap" needs a process before it', "P mmap"],
    ["0 dump", '1:3: "dump" takes no process before it', "Form: dump"],
    ["1 read 0", "1:1: process 1 does not exist yet", "fork 1"],
    ["0 fork 1\n1 exit\n1 read 0", "3:1: process 1 exited in line 2", ""],
    ["0 fork 1\n1 exit\n0 fork 1", "3:8: process 1 was used before (it exited in line 2)", "2"],
    ["0 fork 0", "1:8: process 0 exists already", "1"],
    ["0 fork 32", "1:8: process 32 is one too many", "0 to 31"],
    ["99 read 0", "1:1: process 99 is one too many", "0 to 31"],
    ["-1 read 0", '1:1: expected a process (0 to 31), found "-1"', ""],
    ["0 read 4096", "1:8: page 4096 is outside the window of 4096 pages", "4095"],
    ["0 munmap 4000 97", "1:15: pages 4000 to 4097 are not all in the window", "96"],
    ["0 read -3", '1:8: expected a page, found "-3"', "not be negative"],
    ["0 read 010", '1:8: expected a page, found "010"', "octal"],
    ["0 read x", '1:8: expected a page, found "x"', "decimal"],
    ["0 write 0 18446744073709551616", "1:11: 18446744073709551616 is too large", "18446744073709551615"],
    ["0 write 0", "1:10: expected a value of at most 64 bits, found the end of the line", ""],
    ["0 read 0 1", '1:10: expected the end of the line, found "1"', "P read PAGE"],
    ["0 mmap 0 1 wr private anon", '1:12: expected access rights (rw, r or none), found "wr"', "rw"],
    ["0 mmap 0 1 rw private file", "1:27: expected a page offset into the file", ""],
    [
      "0 mmap 0 1 rw privat anon",
      '1:15: expected how it is shared (private or shared), found "privat"',
      "private",
    ],
    ["0 madvise 0 1 dontned", "1:15: expected an advice", "dontneed"],
    ["0 mremap 4000 1 1 4096", "1:19: page 4096 is outside", ""],
    ["0 mremap 4000 1 200", "1:17: pages 4000 to 4200 are not all in the window", ""],
    ["0 touch 0 1 x", "1:13: expected the kind of access (r or w)", ""],
    ["0 read 0\n  0 reed 0", '2:5: unknown operation "reed"', "read"],
    ["cpu 0 63", "1:7: 63 is too large for a CPU", "62"],
    ["0", "1:2: expected an operation, found the end of the line", ""],
  ])("%j: %s", (text, message, hint) => {
    const error = checkScript(text, "a.ops");
    expect(error).toBeInstanceOf(InputError);
    expect(error?.message).toContain(`a.ops:${message}`);
    expect(error?.hint).toContain(hint);
    expect(error?.exitCode).toBe(5);
  });
});
