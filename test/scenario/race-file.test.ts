/** The `.race` file: what it means, and where it is wrong. */
import { expect, it } from "vitest";
import { InputError } from "../../dist/errors.js";
import { printOperation } from "../../dist/ops/print.js";
import { parseRace } from "../../dist/scenario/race-file.js";

const parse = (text: string) => parseRace(text, { file: "x.race", name: "x" });
const lines = (operations: readonly Parameters<typeof printOperation>[0][]) => operations.map(printOperation);

/** A whole race around some lines of one CPU, which begin at line 3. */
const cpu = (...body: string[]) => ["title t", "cpu", ...body].join("\n");

function errorOf(text: string): InputError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("this was read without an error");
}

const WHOLE = `# a comment
title   Two CPUs drop the same memory   # another one
story   Each must see zeros
        when its own call has returned.

        # This is text too.
source  where it was argued
watch   I5 I12
boot    memory 512 swap 64 content word
repeat  2
setup
  0 mmap 0 4096 rw private anon   # of process 0
  for p in 0..4 step 2
    0 write $p 5
  end
cpu
  0 madvise 0 4096 dontneed
cpu
  for p in 0..1
    0 read $p
    for q in $p..$p+1
      $p write $q-0 $q+10
    end
  end
others
  scan 2
finish
  0 expect 0 0
explore
setup
  0 mmap 0 2 rw private anon
boot memory 64
cpu
  0 read 0
`;

it("reads texts, sizes, sections and loops", () => {
  const race = parse(WHOLE);
  expect(race).toMatchObject({
    ...{ name: "x", file: "x.race", title: "Two CPUs drop the same memory", source: "where it was argued" },
    story: "Each must see zeros when its own call has returned. # This is text too.",
    watch: ["I5", "I12"],
    stress: { boot: { memory: 512, swap: 64, content: "word" }, repeat: 2 },
  });
  expect(race.notOnMainline).toBeUndefined();
  expect(lines(race.stress.setup)).toEqual([
    "0 mmap 0 4096 rw private anon",
    ...["0 write 0 5", "0 write 2 5", "0 write 4 5"],
  ]);
  expect(race.stress.cpus.map(lines)).toEqual([
    ["0 madvise 0 4096 dontneed"],
    ["0 read 0", "0 write 0 10", "0 write 1 11", "0 read 1", "1 write 1 11", "1 write 2 12"],
  ]);
  expect(lines(race.stress.others ?? [])).toEqual(["scan 2"]);
  expect(lines(race.stress.finish)).toEqual(["0 expect 0 0"]);
});

it("replaces whole kinds of section for exploration, and runs its CPUs once", () => {
  const { stress, explore } = parse(WHOLE);
  expect(explore).toMatchObject({ boot: { memory: 64 }, repeat: 1, finish: stress.finish });
  expect(lines(explore?.setup ?? [])).toEqual(["0 mmap 0 2 rw private anon"]);
  expect(explore?.cpus.map(lines)).toEqual([["0 read 0"]]);
  const inherited = parse("title t\nrepeat 7\ncpu\n  scan 1\nexplore\nfinish\n");
  expect(inherited.explore).toEqual(inherited.stress);
  expect(parse("title t\ncpu\n  scan 1\nfinish\n  0 read 0\nexplore\nfinish\n").explore?.finish).toEqual([]);
});

it("is plain data with the place of each operation", () => {
  const race = parse(WHOLE);
  expect(structuredClone(race)).toEqual(race);
  expect(race.stress.cpus[1]?.[5]).toMatchObject({ kind: "write", place: { line: 22, column: 7 } });
});

it("reads every line end and a byte order mark", () => {
  expect(parse(`\ufeff${WHOLE.replaceAll("\n", "\r\n")}`)).toEqual(parse(WHOLE));
});

it("says why mainline does not run a race", () => {
  expect(parse(`mainline no it is\n  wrong there\n${cpu("  scan 1")}`).notOnMainline).toBe(
    "it is wrong there",
  );
});

it("has a loop with no turn where names of loops make its range", () => {
  const { stress } = parse(
    cpu("  for p in 0..2", "    for q in $p+1..2", "      0 write $p $q", "    end", "  end"),
  );
  expect(lines(stress.cpus[0] ?? [])).toEqual(["0 write 0 1", "0 write 0 2", "0 write 1 2"]);
});

it.each<[what: string, text: string, line: number, column: number, message: RegExp]>([
  ["nothing", "", 1, 1, /"title" is missing/],
  ["only comments", "# a\n\n#b", 1, 1, /"title" is missing/],
  ["no cpu", "title t\nsetup\n  0 read 0", 3, 11, /at least one section "cpu"/],
  ["an unknown key", cpu("  scan 1", "setpu"), 4, 1, /no key "setpu"/],
  ["a line without a key", "  0 read 0", 1, 3, /expected a key in column 1/],
  ["an operation in column 1", cpu("0 read 0"), 3, 1, /no key "0"/],
  ["a key twice", "title t\ntitle u", 2, 1, /"title" is there already/],
  ["a section twice", "title t\nsetup\nsetup", 3, 1, /"setup" is there already/],
  ["a text of nothing", "title # t\ncpu", 1, 6, /expected a text after "title"/],
  ["words after a section", "title t\nsetup now", 2, 7, /expected the end of the line, found "now"/],
  ["lines below a size", "title t\nrepeat 1\n  0 read 0", 3, 3, /"repeat" is neither/],
  ["mainline yes", "title t\nmainline yes", 2, 10, /expected "no" and the reason/],
  ["mainline without a reason", "title t\nmainline no", 2, 10, /expected "no" and the reason/],
  ["a strange invariant", "watch I5 i6", 1, 10, /expected an invariant, such as I5, found "i6"/],
  ["no invariant", "watch", 1, 6, /expected an invariant, such as I5, found the end/],
  ["repeat 0", "repeat 0", 1, 8, /at least once/],
  ["repeat too often", "repeat 1000000000", 1, 8, /too large/],
  ["too many in a round", "title t\nrepeat 60000\ncpu\n  scan 1\n  scan 1", 2, 8, /120,000 operations/],
  ["an unknown size", "boot memroy 5", 1, 6, /expected a size .*found "memroy"/],
  [
    "a size twice",
    "boot memory 5 memory 6",
    1,
    15,
    /expected a size \(swap, content, slab, unmade or daemons\)/,
  ],
  ["a size of 4 EiB", "boot memory 1152921504606846976", 1, 13, /too large/],
  ["a wrong content", "boot content half", 1, 14, /expected a content/],
  [
    "wrong bits of free memory",
    "boot unmade twos",
    1,
    13,
    /expected what free memory holds \(zeros or ones\)/,
  ],
  ["explore with more", cpu("  scan 1", "explore now"), 4, 9, /expected the end of the line/],
  ["a text below explore", cpu("  scan 1", "explore", "title u"), 5, 1, /"title" does not stand below/],
  ["explore twice", cpu("  scan 1", "explore", "explore"), 5, 1, /"explore" does not stand below/],
  ["a misspelt operation", cpu("  0 red 0"), 3, 5, /unknown operation "red"/],
  ["a missing word", cpu("  0 write 0   # a value"), 3, 12, /expected a value .*found the end/],
  ["an operation of the host", cpu("  0 read 0", "  sync"), 4, 3, /"sync" has no meaning in a race/],
  ["a check in a race", cpu("  check"), 3, 3, /"check" looks at memory at rest/],
  ["a name without a loop", cpu("  0 read $p"), 3, 10, /no loop around this place is called p/],
  ["a name of an ended loop", cpu("  for p in 0..1", "  end", "  0 read $p"), 5, 10, /no loop around/],
  ["a name that is none", cpu("  for p in 0..1", "  0 read $p*2", "  end"), 4, 10, /expected \$NAME/],
  ["a page outside", cpu("  for p in 4095..4096", "    0 read $p", "  end"), 4, 12, /page 4096 is outside/],
  ["a process too many", cpu("  for p in 31..32", "    $p read 0", "  end"), 4, 5, /process 32 is one/],
  ["below zero", cpu("  for p in 0..1", "    0 read $p-1", "  end"), 4, 12, /\$p-1 is -1: numbers must not/],
  [
    "no number after a sign",
    cpu("  for p in 0..1", "    0 read $p+q", "  end"),
    4,
    15,
    /expected a number aft/,
  ],
  ["a range backwards", cpu("  for p in 5..0", "  end"), 3, 12, /no number from 5 to 0/],
  ["no range", cpu("  for p in 5", "  end"), 3, 12, /expected a range A..B, found "5"/],
  ["half a range", cpu("  for p in 5..", "  end"), 3, 12, /expected a range A..B/],
  ["a negative range", cpu("  for p in -1..5", "  end"), 3, 12, /expected a number, found "-1"/],
  ["a wrong end of a range", cpu("  for p in 1..x", "  end"), 3, 15, /expected a number, found "x"/],
  ["a number of a gigabyte", cpu(`  for p in 0..${"9".repeat(2 ** 20)}`, "  end"), 3, 15, /too large/],
  ["a negative step", cpu("  for p in 0..5 step -1", "  end"), 3, 22, /found "-1"/],
  ["step 0", cpu("  for p in 0..5 step 0", "  end"), 3, 22, /a step must be at least 1/],
  ["a wrong word in a loop", cpu("  for p from 0..5", "  end"), 3, 9, /expected the word in/],
  ["a number as a name", cpu("  for 5 in 0..5", "  end"), 3, 7, /expected a name/],
  ["a name twice", cpu("  for p in 0..1", "  for p in 0..1", "  end", "  end"), 4, 7, /called p too/],
  ["no end", cpu("  for p in 0..1", "    0 read $p"), 3, 3, /this loop has no end/],
  ["an end of nothing", cpu("  end"), 3, 3, /no loop to end/],
  ["a NUL", cpu("  0 read 0\0"), 3, 11, /character \\u\{0\} does not print/],
  ["an escape in a text", "title a\u001b[31m", 1, 8, /character \\u\{1b\} does not print/],
])("%s is an error at its place", (_what, text, line, column, message) => {
  const error = errorOf(text);
  expect(error.message).toMatch(message);
  expect(error.position).toEqual({ file: "x.race", line, column });
  expect(error.exitCode).toBe(5);
});

it("says what a name stands for where an operation is wrong inside a loop", () => {
  const { hint } = errorOf(cpu("  for p in 3..4", "    0 red $p", "  end"));
  expect(hint).toContain("$p is 3 here.");
});

it.each([
  [
    "many operations",
    cpu("  for p in 0..99999999999", "    scan 1", "  end"),
    /more than 100,000 operations/,
  ],
  [
    "many operations in three loops",
    cpu(..."abc".split("").map((n) => `  for ${n} in 0..99`), "    scan 1", "  end", "  end", "  end"),
    /more than 100,000 operations/,
  ],
  ["many lines", cpu(...Array<string>(100_001).fill("  scan 1")), /more than 100,000 operations/],
  ["many turns of nothing", cpu("  for p in 0..18446744073709551615", "  end"), /more than 1,000,000 turns/],
  [
    "deep loops",
    cpu(...Array.from({ length: 10_000 }, (_, i) => `  for p${i} in 0..1`)),
    /more than 16 loops are inside/,
  ],
  ["many CPUs", `title t\n${"cpu\n".repeat(64)}`, /more than 63 CPUs/],
])("%s are an error before they take time or memory", (_what, text, message) => {
  expect(errorOf(text).message).toMatch(message);
});

it("takes as many operations as it says", () => {
  const { stress } = parse(cpu("  for p in 1..100000", "    0 write 0 $p", "  end"));
  expect(stress.cpus[0]).toHaveLength(100_000);
});
