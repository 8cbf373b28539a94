/** Mutants: what each operator changes, their names, and the text that many of them share. */

import { describe, expect, it } from "vitest";
import { isOf, mutantsOf } from "../../dist/check/mutants/find.js";
import { linesOf, type Mutant, mutate } from "../../dist/check/mutants/mutant.js";
import { OPERATORS } from "../../dist/check/mutants/operators/index.js";
import { dealOut, schemaOf } from "../../dist/check/mutants/schema.js";

const SOURCE = `import { readOnce32, storeRelease32 } from "../arch/access";

/** Does a bit of everything. */
export function work(page: Page, mm: Mm, at: usize): bool {
  const seen = readOnce32(page.flagsAt);
  spinLock(mm.lockAt, LOCK_PTE);
  if (readOnce32(page.flagsAt) != seen) {
    spinUnlock(mm.lockAt);
    return false;
  }
  if (page.count > 1 && mm.users == 0) page.first = 0; // both
  else refInc(page.refcountAt);
  storeRelease32(page.mappingAt, 1);
  setPteLocked(at, 0);
  flushTlbMm(mm);
  atomicOr32(page.flagsAt, PG_DIRTY);
  thisCpu().statWork++;
  spinUnlock(mm.lockAt);
  if (CHECKED) bugUnless(page.count != 0, PANIC_I5);
  putPage(page);
  return true;
}
`;

/** What an operator makes of the source: by mutant, the lines before and after. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "no-lock": [
    `6: spinLock(mm.lockAt, LOCK_PTE); -> 8: spinUnlock(mm.lockAt); -> 18: spinUnlock(mm.lockAt); ->`,
  ],
  "no-recheck": ["7: if (readOnce32(page.flagsAt) != seen) { -> if (false) {"],
  "no-flush": ["15: flushTlbMm(mm); ->"],
  "no-get": ["12: else refInc(page.refcountAt); -> else ;"],
  "no-put": ["20: putPage(page); ->"],
  exchange: [
    "15: flushTlbMm(mm); atomicOr32(page.flagsAt, PG_DIRTY); -> atomicOr32(page.flagsAt, PG_DIRTY); flushTlbMm(mm);",
    "14: setPteLocked(at, 0); flushTlbMm(mm); -> flushTlbMm(mm); setPteLocked(at, 0);",
    "13: storeRelease32(page.mappingAt, 1); setPteLocked(at, 0); -> setPteLocked(at, 0); storeRelease32(page.mappingAt, 1);",
  ],
  "no-store": [
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (page.count > 1 && mm.users == 0) ; // both",
    "13: storeRelease32(page.mappingAt, 1); ->",
    "14: setPteLocked(at, 0); ->",
    "16: atomicOr32(page.flagsAt, PG_DIRTY); ->",
  ],
  relaxed: ["13: storeRelease32(page.mappingAt, 1); -> writeOnce32(page.mappingAt, 1);"],
  "no-atomic": [
    "16: atomicOr32(page.flagsAt, PG_DIRTY); -> writeOnce32(page.flagsAt, readOnce32(page.flagsAt) | (PG_DIRTY));",
  ],
  plain: [
    "5: const seen = readOnce32(page.flagsAt); -> const seen = load<u32>(page.flagsAt);",
    "7: if (readOnce32(page.flagsAt) != seen) { -> if (load<u32>(page.flagsAt) != seen) {",
    "13: storeRelease32(page.mappingAt, 1); -> store<u32>(page.mappingAt, 1);",
  ],
  negate: [
    "7: if (readOnce32(page.flagsAt) != seen) { -> if (!(readOnce32(page.flagsAt) != seen)) {",
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (!(page.count > 1 && mm.users == 0)) page.first = 0; // both",
  ],
  "no-then": [
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (false) page.first = 0; // both",
  ],
  "no-else": [
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (true) page.first = 0; // both",
  ],
  "no-operand": [
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (page.count > 1) page.first = 0; // both",
    "11: if (page.count > 1 && mm.users == 0) page.first = 0; // both -> if (mm.users == 0) page.first = 0; // both",
  ],
};

const trimmed = (lines: readonly string[]) => lines.map((line) => line.trim()).join(" ");

/** A mutant's lines, before and after. */
function told(mutant: Mutant): string {
  return linesOf(SOURCE, mutant)
    .map(({ line, was, now }) => `${line}: ${trimmed(was)} -> ${trimmed(now)}`.trim())
    .join(" ");
}

describe("operators", async () => {
  const mutants = await mutantsOf("mm/work.ts", SOURCE);

  it.each(OPERATORS.map(({ name }) => name))("%s", (name) => {
    const made = mutants.filter(({ operator }) => operator === name).map(told);
    expect([...made].sort()).toEqual([...(EXPECTED[name] ?? [])].sort());
  });

  it("import what they use", () => {
    const relaxed = mutants.find(({ operator }) => operator === "relaxed");
    expect(relaxed && mutate(SOURCE, relaxed)).toMatch(
      /^import { writeOnce32 } from "\.\.\/arch\/access"; import/,
    );
    const torn = mutants.find(({ operator }) => operator === "no-atomic");
    expect(torn && mutate(SOURCE, torn)).not.toMatch(/import { readOnce32, writeOnce32 }/);
  });
});

describe("names", () => {
  it("stay when other declarations come and go", async () => {
    const names = (await mutantsOf("mm/work.ts", SOURCE)).map(({ name }) => name);
    const more = SOURCE.replace(
      "/** Does",
      "function other(x: u32): u32 {\n  if (x > 1) return 2;\n  return x;\n}\n\n/** Does",
    );
    const others = (await mutantsOf("mm/work.ts", more)).map(({ name }) => name);
    expect(others.filter((name) => name.includes(":work/"))).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("mm/work.ts:work/no-lock/1");
  });

  it("are found by part", async () => {
    const [first] = await mutantsOf("mm/work.ts", SOURCE);
    const found = [
      "mm/work.ts:work/no-lock/1",
      "work",
      "mm",
      "mm/",
      "mm/work.ts",
      "mm/work.ts:work",
      "wor",
      "m",
    ].map((part) => first && isOf(first, part));
    expect(found).toEqual([true, true, true, true, true, true, false, false]);
  });
});

describe("one text for many", async () => {
  const mutants = await mutantsOf("mm/work.ts", SOURCE);
  const numbered = mutants.map((mutant, at) => ({ number: at + 1, mutant }));

  it("puts those apart that overlap", () => {
    const texts = dealOut(numbered);
    expect(texts.flat().length).toBe(mutants.length);
    // Stores a, b, c: a and b change places, or b and c.
    expect(texts.length).toBe(2);
  });

  it("asks which one is switched on", () => {
    const some = numbered.filter(({ mutant }) => /negate\/2|no-operand\/1|no-flush|no-get/.test(mutant.name));
    const [flush, get, negate, operand] = some.map(({ number }) => number);
    const { text } = schemaOf(SOURCE, some);
    const lines = text.split("\n");
    expect(lines.length).toBe(SOURCE.split("\n").length);
    expect(lines[10]?.trim()).toBe(
      `if ((__mutant == ${negate} ? !(page.count > 1 && mm.users == 0) : ((__mutant == ${operand} ? page.count > 1 : (page.count > 1 && mm.users == 0))))) page.first = 0; // both`,
    );
    expect(lines[11]?.trim()).toBe(`else { if (__mutant == ${get}) {  } else { refInc(page.refcountAt); } }`);
    expect(lines[14]?.trim()).toBe(`{ if (__mutant == ${flush}) {  } else { flushTlbMm(mm); } }`);
  });
});
