/** A collection of tests with documented results, which is not part of this project: `RMAP_LITMUS` names it. */
import { expect, it } from "vitest";
import { rmapHere } from "../support/here.js";

const collection = process.env["RMAP_LITMUS"];

it.skipIf(collection === undefined)(
  `agrees with the documented results of ${collection ?? "a collection: set RMAP_LITMUS to its path"}`,
  async () => {
    const { stdout } = await rmapHere(["litmus", collection ?? "", "--json"]);
    const { falseAlarms, missed, undecided, unsupported, agree, tests } = JSON.parse(stdout);
    const of = tests.filter(({ agreement }: { agreement: string | null }) => agreement !== null).length;
    expect({ falseAlarms, missed, undecided, unsupported }).toEqual({
      falseAlarms: 0,
      missed: 0,
      undecided: 0,
      unsupported: 0,
    });
    expect(agree).toBe(of);
    expect(of).toBeGreaterThan(0);
  },
);
