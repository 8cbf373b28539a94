/** A `variant.json` with a mistake in it is refused, with the place of the mistake and what was probably meant. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../dist/errors.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { rmapHere } from "../support/here.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rmap-variant-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** A file without a mistake: one member a line. */
const RIGHT = `{
  "title": "An idea",
  "story": "What it is about.",
  "source": "Somebody, somewhere",
  "base": "2008-merged",
  "verdicts": {
    "first-fault": {
      "expected": "bug",
      "by": ["I1", "LOCKUP"],
      "why": "Because."
    }
  }
}`;

/** What the variant's file is, or the error's message behind the file's name, and its hint. */
async function load(text: string) {
  await writeFile(join(folder, "variant.json"), text);
  try {
    return await loadVariant(folder);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message.startsWith(join(folder, "variant.json:"))).toBe(true);
    return error.message.slice(join(folder, "variant.json:").length);
  }
}

describe("variant.json", () => {
  it("is read when nothing is wrong with it", async () => {
    expect(await load(RIGHT)).toMatchObject({
      title: "An idea",
      layers: [expect.stringMatching(/2008-merged$/), folder],
      verdicts: { "first-fault": { expected: "bug", by: ["I1", "LOCKUP"], why: "Because." } },
    });
  });

  it("may name a panic of the folder's own layout.ts", async () => {
    const own = RIGHT.replace("LOCKUP", "MY_OWN");
    expect(await load(own)).toMatch(/^9:20: there is no finding "MY_OWN"/);
    await writeFile(join(folder, "layout.ts"), "export const PANIC_MY_OWN: u32 = 99;\n");
    expect(await load(own)).toHaveProperty("verdicts");
    await rm(join(folder, "layout.ts"));
  });

  it.each([
    ["first-fault", "first-fold", /^7:19: there is no scenario "first-fold"; nearest: "first-fault",/],
    ['"I1"', '"I99"', /^9:14: there is no finding "I99"; nearest: "I9", /],
    ["LOCKUP", "LOOKUP", /^9:20: there is no finding "LOOKUP"; nearest: "LOCKUP", /],
    [
      "2008-merged",
      "2008-merge",
      /^5:11: there is no variant of this package "2008-merge"; nearest: "2008-merged", /,
    ],
    ['"base"', '"bas"', /^5:10: there is no key of a variant.json "bas"; nearest: "base", /],
    ['"by"', '"bye"', /^9:14: there is no key of the verdict of "first-fault" "bye"; nearest: "by", /],
    ['"bug"', '"bugs"', /^8:19: verdict of "first-fault": "expected" must be .* or none, not "bugs"$/],
    ['"bug"', '"clean"', /^9:13: verdict of "first-fault": "by" says how a bug shows$/],
    ['["I1", "LOCKUP"]', '"I1"', /^9:13: verdict of "first-fault": "by" must list findings/],
    ['["I1", "LOCKUP"]', "[]", /^9:13: verdict of "first-fault": "by" must list findings/],
    ['"Because."', "7", /^10:14: "why" must be a text$/],
    ['"An idea"', '" "', /^2:12: "title" must be a text$/],
    ['"story": "What it is about.",', "", /^1:1: "story" is missing$/],
    ['"Because."', '"Because.",', /^11:5: expected a string, found "}"$/],
  ])("is refused with %j replaced by %j", async (right, wrong, message) => {
    expect(RIGHT).toContain(right);
    expect(await load(RIGHT.replace(right, wrong))).toMatch(message);
  });

  it("is refused by the command line with its hint", async () => {
    await writeFile(join(folder, "variant.json"), RIGHT.replace("first-fault", "first-fold"));
    const { code, stdout, stderr } = await rmapHere(["stress", "--variant", folder]);
    expect(stderr).toContain('variant.json:7:19: there is no scenario "first-fold"');
    expect(stderr).toContain("docs/stress.md describes variant.json");
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  });
});
