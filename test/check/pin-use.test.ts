/** What a pin must show: a race says so only where nobody can make it otherwise. */

import { expect, it } from "vitest";
import { Page } from "../../dist/check/page.js";
import { withoutDoubt } from "../../dist/check/pin-use.js";
import { Values } from "../../dist/check/values.js";
import type { Operation } from "../../dist/ops/operation.js";

const at = { process: 0, page: 0 } as const;
const hold: Operation = { kind: "hold", ...at, write: true };
const device: Operation = { kind: "device", process: 0, value: 7n };
const look: Operation = { kind: "expect", ...at, value: 7n, other: 7n };
const store: Operation = { kind: "write", ...at, value: 7n };
const release: Operation = { kind: "release", process: 0, value: 7n };
const bare: Operation = { kind: "release", process: 0 };
const read: Operation = { kind: "read", ...at };

/** The operations of the first CPU, beside those of another one. */
function first(
  own: readonly Operation[],
  other: Operation,
  done: readonly Operation[],
): readonly Operation[] {
  const values = new Values();
  values.processes.set(0, new Map([[0, new Page(0, true, undefined, 0)]]));
  return withoutDoubt([own, [other]], values, new Set(done))[0] ?? [];
}

it("keeps the word where the pin and the stores have their rights, and nobody takes the page", () => {
  const fork: Operation = { kind: "fork", process: 0, child: 1 };
  for (const use of [
    [device, look],
    [store, read],
  ]) {
    const own = [hold, ...use, release];
    expect(first(own, fork, [hold, store])).toEqual(own);
  }
});

it("says nothing where the pin or the store is refused, or somebody else stores, drops or protects the page", () => {
  const fork: Operation = { kind: "fork", process: 0, child: 1 };
  expect(first([hold, device, look, release], fork, [])).toEqual([hold, device, read, bare]);
  expect(first([hold, store, release], fork, [hold])).toEqual([hold, store, bare]);
  for (const other of [
    { kind: "madvise", ...at, pages: 1, advice: "dontneed" },
    { kind: "mprotect", ...at, pages: 1, prot: "r" },
    { kind: "write", ...at, value: 9n },
  ] satisfies Operation[])
    expect(first([hold, store, release], other, [hold, store])).toEqual([hold, store, bare]);
  // What a device stores, its pin shows even where the page has left the process.
  const drop: Operation = { kind: "madvise", ...at, pages: 1, advice: "dontneed" };
  expect(first([hold, device, release], drop, [])).toEqual([hold, device, release]);
});
