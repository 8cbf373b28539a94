/** When two findings are one. */

import { expect, it } from "vitest";
import { isSameFinding } from "../../dist/check/same.js";

const race = (field: string, one: string, other: string) => ({
  invariant: "RACE",
  message: `data race on ${field} of anon_vma A: ${one} and ${other}: nothing orders them`,
});
const WRITE = "plain write by CPU 0 in listAddTail (2008-merged/rmap/chain.ts:44)";
const READ = "marked read by CPU 1 in walkList (assembly/rmap/walk.ts:39)";

it("a race at other places is another finding, whichever CPU comes first and on whichever line", () => {
  const one = race("AnonVma.first", WRITE, READ);
  const turned = race(
    "AnonVma.first",
    "marked read by CPU 2 in walkList (mine/rmap/walk.ts:41)",
    "plain write by CPU 1 in listAddTail (assembly/rmap/chain.ts:46)",
  );
  expect(isSameFinding(one, turned)).toBe(true);
  expect(isSameFinding(one, race("AnonVma.last", WRITE, READ))).toBe(false);
  expect(isSameFinding(one, race("AnonVma.first", WRITE, READ.replace("walkList", "pageMapped")))).toBe(
    false,
  );
  expect(isSameFinding(one, race("AnonVma.first", WRITE.replace("plain", "marked"), READ))).toBe(false);
});

it("a broken rule is one by its sentence, without CPUs, addresses and the operation under way", () => {
  const told = (message: string) => ({ invariant: "I5", message });
  const one = told("CPU 1: I5: a page's anon_vma is dead (0x77680); while executing READ on address space 0");
  expect(isSameFinding(one, told("CPU host: I5: a page's anon_vma is dead (0x10)"))).toBe(true);
  expect(isSameFinding(one, told("CPU 1: I5: a page is linked twice"))).toBe(false);
  expect(isSameFinding(one, { ...one, invariant: "I6" })).toBe(false);
});

it("a wrong word is one, whatever the word and the page", () => {
  const told = (message: string) => ({ invariant: "CONTENT", message });
  expect(
    isSameFinding(told("process 0 reads 5 from page 1, which holds 2"), told("CPU 0: a read returned 0x2")),
  ).toBe(true);
});
