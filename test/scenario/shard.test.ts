/** Rows dealt out to shards: each row to one shard, each large row to all, and a variant's rows together. */

import { describe, expect, it } from "vitest";
import type { Scenario } from "../../dist/scenario/race.js";
import { deal, planOf } from "../../dist/scenario/shard.js";
import type { Variant } from "../../dist/scenario/variant.js";

const form = { boot: {}, repeat: 1, setup: [], cpus: [[], []], finish: [] };
const race = (name: string): Scenario => ({
  ...{ name, file: `${name}.race`, title: "", story: "", source: "", watch: [] },
  stress: form,
});
const variant = (name: string): Variant => ({
  ...{ name, folder: name, title: "", story: "", source: "", verdicts: {}, races: [], foreign: false },
  layers: name === "mainline" ? [] : [name],
});

/** 12 rows of mainline, the third of them large, and 7 variants of 1 to 7 rows. */
const ROWS = [
  ...Array.from({ length: 12 }, (_, i) => ({
    scenario: race(`m${i}`),
    variant: variant("mainline"),
    large: i === 2,
  })),
  ...Array.from({ length: 7 }, (_, v) =>
    Array.from({ length: v + 1 }, (__, i) => ({ scenario: race(`v${i}`), variant: variant(`old-${v}`) })),
  ).flat(),
];

describe.each([1, 2, 3, 8, 60])("%i shards", (of) => {
  const shards = Array.from({ length: of }, (_, i) => deal(ROWS, { index: i + 1, of }));

  it("have each row once, and a part of each large one", () => {
    const whole = shards.flatMap((rows) => rows.filter(({ isPart }) => !isPart).map(({ row }) => row));
    const expected = ROWS.map((_, at) => at + 1).filter((row) => row !== 3);
    expect(whole.sort((a, b) => a - b)).toEqual(expected);
    for (const rows of shards)
      expect(rows.filter(({ isPart }) => isPart)).toEqual([{ row: 3, isPart: true }]);
  });

  it("keep the rows of a variant together, and share the rest", () => {
    for (let v = 0; v < 7; v++) {
      const together = shards.filter((rows) =>
        rows.some(({ row }) => ROWS[row - 1]?.variant.name === `old-${v}`),
      );
      expect(together).toHaveLength(1);
    }
    const loads = shards.map((rows) => rows.length);
    // The largest variant has 7 rows.
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(of < 8 ? 1 : 7);
  });
});

it("a plan changes with rows, verdicts, engines and settings", () => {
  const engines = ROWS.map(() => "e");
  const plan = planOf(ROWS, engines, { preemptions: 2 });
  expect(planOf([...ROWS], engines, { preemptions: 2 })).toBe(plan);
  const [first, ...rest] = ROWS as [(typeof ROWS)[number], ...typeof ROWS];
  const setup = [{ kind: "exit", process: 0 }] as unknown as Scenario["stress"]["setup"];
  const changed = [
    planOf(ROWS.slice(1), engines, { preemptions: 2 }),
    planOf(ROWS, engines, { preemptions: 3 }),
    planOf(ROWS, ["f", ...engines.slice(1)], { preemptions: 2 }),
    planOf([{ ...first, scenario: { ...first.scenario, stress: { ...form, setup } } }, ...rest], engines, {
      preemptions: 2,
    }),
    planOf(
      [{ ...first, variant: { ...first.variant, verdicts: { m0: { expected: "bug", why: "" } } } }, ...rest],
      engines,
      { preemptions: 2 },
    ),
  ];
  expect(new Set([plan, ...changed]).size).toBe(6);
});
