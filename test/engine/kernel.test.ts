/** The recorded answers of the Linux kernel: every outcome and every snapshot, each field, on both builds. */

import { describe, expect, it } from "vitest";
import { disagreement, extentOf, RECORDED, readCases, SharedEngine } from "../support/cases.js";

const PROFILES = ["all", "cow", "file", "ksm", "vma"];
const cases = readCases(RECORDED);

it("12 cases of each profile are there", () => {
  for (const profile of PROFILES) {
    expect(cases.filter(({ name }) => name.startsWith(`${profile}-`))).toHaveLength(12);
  }
  expect(cases).toHaveLength(60);
  for (const { script, answer } of cases) {
    const dumps = script.filter(({ kind }) => kind === "dump").length;
    expect(extentOf(answer)).toEqual({ outcomes: script.length - dumps, snapshots: dumps });
    expect(answer.by).toMatch(/^Linux 6\.18\./);
  }
});

describe.each([
  { cpus: 0, checked: false },
  { cpus: 1, checked: false },
  { cpus: 0, checked: true },
  { cpus: 1, checked: true },
])("on an engine with %j", (options) => {
  const engine = SharedEngine.forBlock(options);
  it.each(cases)("$name", async (recorded) => {
    expect(await disagreement(recorded, engine)).toBeNull();
  });
});
