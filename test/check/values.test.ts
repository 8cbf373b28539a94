/** What a page may hold: the last word, 0 where it may be dropped, and its own where it is pinned. */

import { expect, it } from "vitest";
import { Values } from "../../dist/check/values.js";
import type { Operation } from "../../dist/ops/operation.js";
import { parseScript } from "../../dist/ops/script.js";

/** Follows a script whose operations all succeed; then asks about one read. */
function read(script: string, page: number, word: bigint, process = 0): string | undefined {
  const values = new Values();
  for (const operation of parseScript(script)) values.follow(operation, { result: 0, value: 0n });
  const last: Operation = { kind: "read", process, page };
  return values.follow(last, { result: 0, value: word })?.message;
}

it.each([
  ["0 mmap 0 2 rw private anon\n0 write 0 5", 0, 5n],
  ["0 mmap 0 2 rw private anon\n0 write 0 5\n0 madvise 0 1 dontneed", 0, 0n],
  ["0 mmap 0 2 rw private anon\n0 write 0 5\n0 madvise 0 1 free", 0, 5n],
  ["0 mmap 0 2 rw private anon\n0 write 0 5\n0 madvise 0 1 free", 0, 0n],
  ["0 mmap 0 2 rw private anon\n0 write 0 5\n0 mremap 0 1 1 7", 7, 5n],
  ["0 mmap 0 1 rw private anon\n0 hold 0 w\n0 device 9", 0, 9n],
  ["0 mmap 0 1 rw shared anon\n0 fork 1\n1 write 0 4", 0, 4n],
])("%j: page %i may hold %i", (script, page, word) => {
  expect(read(script, page, word)).toBeUndefined();
});

it.each([
  ["0 mmap 0 2 rw private anon\n0 write 0 5", 0, 0n, "reads 0 from page 0, which holds 5"],
  [
    "0 mmap 0 2 rw private anon\n0 write 0 5\n0 madvise 0 1 dontneed",
    0,
    5n,
    "reads 5 from page 0, which holds 0",
  ],
  ["0 mmap 0 2 rw private anon\n0 write 0 5\n0 madvise 0 1 free", 0, 4n, "which holds 5 or 0"],
  ["0 mmap 0 1 rw private anon\n0 write 0 5\n0 hold 0 w\n0 madvise 0 1 free", 0, 0n, "which holds 5"],
  ["0 mmap 0 1 rw private anon\n0 write 0 5\n0 fork 1\n1 write 0 6", 0, 6n, "which holds 5"],
])("%j: page %i may not hold %i", (script, page, word, message) => {
  expect(read(script, page, word)).toContain(message);
});

it("says nothing of a page whose operation failed half-way", () => {
  const values = new Values();
  const [map, write, move] = parseScript("0 mmap 0 1 rw private anon\n0 write 0 5\n0 mremap 0 1 1 7") as [
    Operation,
    Operation,
    Operation,
  ];
  values.follow(map, { result: 0, value: 0n });
  values.follow(write, { result: 0, value: 0n });
  values.follow(move, { result: -12, value: 0n });
  expect(values.follow({ kind: "read", process: 0, page: 0 }, { result: 0, value: 3n })).toBeUndefined();
});

it("says nothing of a file's page that a refused pin may have copied", () => {
  const values = new Values();
  const follow = (script: string, result: number) => {
    for (const operation of parseScript(script)) values.follow(operation, { result, value: 0n });
  };
  follow("0 mmap 1 1 rw private file 6", 0);
  follow("0 pin 1 2 w", -14);
  follow("0 mmap 4 1 rw shared file 6\n0 write 4 1", 0);
  expect(values.follow({ kind: "read", process: 0, page: 1 }, { result: 0, value: 0n })).toBeUndefined();
});

it.each([
  // The page of shared memory moved, the next mapping did not.
  [
    "0 mmap 0 2 rw private anon\n0 mmap 0 1 rw shared anon",
    "0 mremap 0 2 2 2",
    "0 fork 1\n1 write 2 1",
    1,
    2,
  ],
  ["0 mmap 0 1 rw shared anon\n0 fork 1\n1 write 0 1", "0 mremap 0 1 1 2", "0 write 2 2", 1, 0],
])(
  "says nothing of shared memory that may have moved: %j, %s fails, %j",
  (before, move, after, process, page) => {
    const values = new Values();
    const follow = (script: string, result: number) => {
      for (const operation of parseScript(script)) values.follow(operation, { result, value: 0n });
    };
    follow(before, 0);
    follow(move, -12);
    follow(after, 0);
    expect(values.follow({ kind: "read", process, page }, { result: 0, value: 9n })).toBeUndefined();
  },
);
