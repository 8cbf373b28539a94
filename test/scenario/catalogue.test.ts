/** The races of the package: each is whole, and small enough to be explored. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isOfPackage, loadScenarios, pickScenarios } from "../../dist/scenario/catalogue.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { printRace } from "../../dist/scenario/race-print.js";
import { filesBelow } from "../support/pages.js";

const races = await loadScenarios();
const files = fileURLToPath(new URL("../../races/", import.meta.url));

it("has a race for each file of the folder", () => {
  expect(races.length).toBeGreaterThan(30);
  expect(races.map(({ file }) => file)).toEqual(races.map(({ name }) => `${files}${name}.race`));
  expect(races.map(({ name }) => `races/${name}.race`)).toEqual(filesBelow("races", ".race").sort());
});

describe.each(races)("$name", (race) => {
  it("says what it is about, where it comes from, and what it watches", () => {
    expect(race.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(race.story.length).toBeGreaterThan(80);
    expect(race.source).toMatch(/\d{4}|Linux/);
    const kinds = [...race.stress.cpus, race.stress.finish].flat().map(({ kind }) => kind);
    expect(race.watch.length > 0 || kinds.includes("expect")).toBe(true);
    expect(isOfPackage(race)).toBe(true);
  });

  it("has a form to explore: two or three CPUs with one to four operations each", () => {
    const { explore } = race;
    if (explore === undefined) throw new Error("there is none");
    expect(explore.repeat).toBe(1);
    expect([2, 3]).toContain(explore.cpus.length);
    for (const { length } of explore.cpus) expect([1, 2, 3, 4]).toContain(length);
    const { memory = 192, swap = 0 } = explore.boot;
    expect(memory).toBeLessThanOrEqual(512);
    expect(swap).toBeLessThanOrEqual(256);
  });

  it("is the same again when it is printed and read", async () => {
    const unplaced = (value: unknown) =>
      JSON.stringify(value, (key, part: unknown) =>
        key === "place" ? undefined : typeof part === "bigint" ? `${part}n` : part,
      );
    expect(unplaced(parseRace(printRace(race), race))).toBe(unplaced(race));
    expect(await readFile(race.file, "utf8")).not.toMatch(/[ \t]$|\t|.{121}/m);
  });
});

it("finds a race by its name only", () => {
  expect(pickScenarios(races, ["first-fault"])).toHaveLength(1);
  expect(() => pickScenarios(races, ["first-fold"])).toThrow(/there is no scenario "first-fold"/);
});
