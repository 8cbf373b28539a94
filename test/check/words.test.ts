/** What must be true of words when a race has ended: later stores of a CPU take the place of earlier ones. */

import { expect, it } from "vitest";
import { fatesOf } from "../../dist/check/alone.js";
import { finishOf, lookAt } from "../../dist/check/race-words.js";
import { Values } from "../../dist/check/values.js";
import type { Operation } from "../../dist/ops/operation.js";
import { parseScript } from "../../dist/ops/script.js";
import { parseRace } from "../../dist/scenario/race-file.js";

const DONE = { result: 0, value: 0n };

/** The words that page 0 may have in the end. The store of the word `refusedText` has no right to; all others are done. */
function words(texts: readonly string[], refusedText = ""): bigint[] {
  const values = new Values();
  for (const operation of parseScript("0 mmap 0 1 rw private anon\n0 write 0 1"))
    values.follow(operation, DONE);
  const cpus = texts.map((text) => parseScript(text));
  const isRefused = (one: Operation) => one.kind === "write" && `${one.value}` === refusedText;
  const all = cpus.flat();
  const fates = fatesOf([
    {
      ...{ values, done: new Set(all.filter((one) => !isRefused(one))) },
      refused: new Set(all.filter(isRefused)),
    },
  ]);
  const [look] = finishOf(values, cpus, fates);
  if (look?.kind !== "expect") return [];
  return [...new Set([look.value, look.other ?? look.value])].sort();
}

it("leave the last store of each CPU, and not what was there before", () => {
  expect(words(["0 write 0 2\n0 write 0 3", "scan 1"])).toEqual([3n]);
  expect(words(["0 write 0 2\n0 write 0 3", "0 write 0 4"])).toEqual([3n, 4n]);
  expect(words(["scan 1", "reclaim 1"])).toEqual([1n]);
});

it("leave nothing where a page was dropped, and both where it may be", () => {
  expect(words(["0 write 0 2\n0 madvise 0 1 dontneed", "scan 1"])).toEqual([0n]);
  expect(words(["0 madvise 0 1 free", "reclaim 1"])).toEqual([0n, 1n]);
  expect(words(["0 write 0 2\n0 madvise 0 1 free", "reclaim 1"])).toEqual([0n, 2n]);
});

it("do not change by a store that has no right to, unless another CPU changes rights", () => {
  const own = "0 write 0 2\n0 mprotect 0 1 r\n0 write 0 9";
  expect(words([own, "reclaim 2"], "9")).toEqual([2n]);
  expect(words([own, "0 mprotect 0 1 rw"], "9")).toEqual([]);
});

it("are no CPU's own at a page that it moved, where another one may have stored before the move", () => {
  const values = new Values();
  const own = parseScript("0 mremap 8 1 1 0");
  for (const operation of [...parseScript("0 mmap 8 1 rw private anon\n0 write 8 1"), ...own])
    values.follow(operation, DONE);
  const look = (others: string) => lookAt(0, 0, values, own, parseScript(others));
  expect(look("scan 1")).toMatchObject({ page: 0, value: 1n });
  expect(look("0 fork 1\n1 write 8 2")).toMatchObject({ page: 0, value: 1n });
  expect(look("0 write 8 2")).toBeUndefined();
  expect(look("0 madvise 8 1 dontneed")).toBeUndefined();
});

it("are not asked of a shared page whose mapping goes: a stack above it may grow there", () => {
  const values = new Values();
  for (const operation of parseScript("0 mmap 0 1 rw shared file 0\n0 write 0 1"))
    values.follow(operation, DONE);
  const asked = (text: string) => finishOf(values, [parseScript(text), parseScript("scan 1")]).length;
  expect(asked("reclaim 1")).toBe(1);
  expect(asked("0 munmap 0 1")).toBe(0);
});

it("of a file's page that processes share do not change by a device that stores to a private copy", () => {
  const looks = (pinned: number): number[] => {
    const text = `title A device
setup
  0 mmap 0 2 rw shared file 0
  0 mmap 8 2 rw private file 0
  0 write 0 1
cpu
  0 hold ${pinned} w
  0 device 9
  0 release
cpu
  0 madvise 8 1 dontneed
`;
    const { setup, cpus } = parseRace(text, { file: "device.race", name: "device" }).stress;
    const values = new Values();
    for (const operation of setup) values.follow(operation, DONE);
    return finishOf(values, cpus).flatMap((one) => (one.kind === "expect" ? [one.page] : []));
  };
  expect(looks(8)).toContain(0);
  expect(looks(0)).not.toContain(0);
});
