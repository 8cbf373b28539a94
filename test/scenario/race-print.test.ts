/** A race that is written as text and read again is the same. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { InputError } from "../../dist/errors.js";
import type { RaceForm, Scenario } from "../../dist/scenario/race.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { printRace } from "../../dist/scenario/race-print.js";

const NAME = { file: "x.race", name: "x" };

/** A race without the places of its operations, which a text moves. */
function unplaced(race: Scenario): unknown {
  return JSON.parse(
    JSON.stringify(race, (key, value: unknown) =>
      key === "place" ? undefined : typeof value === "bigint" ? `${value}n` : value,
    ),
  );
}

const page = fc.nat(4000);
const process = fc.nat(31);
const value = fc.bigInt(0n, 2n ** 64n - 1n);
const rights = fc.constantFrom("r", "rw", "none");

/** Lines of every kind that has arguments. */
const line = fc.oneof(
  fc.tuple(process, page, rights).map(([p, at, prot]) => `${p} mmap ${at} 3 ${prot} private anon`),
  fc.tuple(process, page).map(([p, at]) => `${p} mmap any 3 r shared file ${at}`),
  fc.tuple(process, page, page).map(([p, at, to]) => `${p} mremap ${at} 2 3 ${to} keep`),
  fc.tuple(process, page, value).map(([p, at, word]) => `${p} write ${at} ${word}`),
  fc.tuple(process, page, value, value).map(([p, at, a, b]) => `${p} expect ${at} ${a} ${b}`),
  fc.tuple(process, process).map(([p, child]) => `${p} fork ${child}`),
  fc.tuple(process, page).map(([p, at]) => `${p} hold ${at} w`),
  fc.tuple(process, value).map(([p, word]) => `${p} release ${word}`),
  fc.constantFrom("ksm", "swapoff", "scan 3 unlocked", "reclaim 5", "writeback 2", "0 exit"),
);
const operations = fc
  .array(line, { maxLength: 6 })
  .map(
    (lines) =>
      parseRace(["title t", "cpu", ...lines.map((text) => `  ${text}`)].join("\n"), NAME).stress.cpus[0] ??
      [],
  );
const boot = fc.record(
  { memory: fc.nat(2 ** 20), swap: fc.nat(2 ** 20), content: fc.constantFrom("none", "word", "full") },
  { requiredKeys: [] },
);
const cpus = fc.array(operations, { minLength: 1, maxLength: 4 });
const form: fc.Arbitrary<RaceForm> = fc
  .record(
    {
      boot,
      repeat: fc.integer({ min: 1, max: 9 }),
      setup: operations,
      cpus,
      others: operations,
      finish: operations,
    },
    { requiredKeys: ["boot", "repeat", "setup", "cpus", "finish"] },
  )
  .map((made) => made as RaceForm);
/** Words of a text: any that print, also such as begin a comment elsewhere. */
const words = fc
  .array(fc.stringMatching(/^[!-~ä€]{1,30}$/), { minLength: 1, maxLength: 40 })
  .map((all) => all.join(" "));

const race: fc.Arbitrary<Scenario> = fc
  .record({
    ...{ title: words, story: fc.oneof(words, fc.constant("")), source: fc.oneof(words, fc.constant("")) },
    watch: fc.uniqueArray(fc.integer({ min: 1, max: 99 }).map((n) => `I${n}`)),
    notOnMainline: fc.option(words, { nil: undefined }),
    stress: form,
    explore: fc.option(fc.tuple(form, fc.subarray(["setup", "cpus", "others", "finish"] as const)), {
      nil: undefined,
    }),
  })
  .map(({ explore, notOnMainline, ...rest }) => ({
    ...{ ...NAME, ...rest },
    ...(notOnMainline !== undefined && { notOnMainline }),
    ...(explore && { explore: explored(rest.stress, ...explore) }),
  }));

/** An exploration that has some kinds of section from stress, as a text would give it. */
function explored(stress: RaceForm, own: RaceForm, shared: readonly (keyof RaceForm)[]): RaceForm {
  const taken = Object.fromEntries(shared.map((key) => [key, stress[key]]));
  const { others = stress.others, boot: size, ...rest } = { ...own, ...taken } as RaceForm;
  return {
    ...rest,
    boot: Object.keys(size).length > 0 ? size : stress.boot,
    ...(others !== undefined && { others }),
  };
}

it("comes back from its text as it was", () => {
  fc.assert(
    fc.property(race, (made) => {
      expect(unplaced(parseRace(printRace(made), NAME))).toEqual(unplaced(made));
    }),
    { numRuns: 300 },
  );
});

it("has only what differs below explore", () => {
  const made = parseRace("title t\nboot swap 4\ncpu\n  scan 1\nfinish\n  ksm\nexplore\nfinish\n", NAME);
  expect(printRace(made)).toBe(
    "title    t\nboot     swap 4\ncpu\n  scan 1\nfinish\n  ksm\nexplore\nfinish\n",
  );
});

it("is read or refused with a place, whatever the text is", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "title t\n",
      "cpu\n",
      "setup\n",
      "explore\n",
      "  0 read $p\n",
      "  end\n",
      "\r\n",
      "#",
      "\0",
    ),
    fc.constantFrom(
      "  for p in 0..9\n",
      "  for q in $p..$p+4\n",
      "boot memory 4\n",
      "repeat 3\n",
      "watch I1\n",
    ),
    line.map((text) => `  ${text}\n`),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join("");
      try {
        parseRace(text, NAME);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const { line: at, column } = error.position;
        const body = text.split("\n")[at - 1];
        expect(body, error.message).toBeDefined();
        expect(column).toBeLessThanOrEqual((body ?? "").length + 1);
      }
    }),
    { numRuns: 2000 },
  );
});
