/** The programs and the race find what is planted, so their silence says something. */
import { describe, expect, it } from "vitest";
import { WHOLE } from "../support/sample.js";
import { FAULTS, faulty } from "./faults.js";
import { Program } from "./program.js";
import { raceOnce } from "./race.js";

/** Programs at most for a fault. */
const PROGRAMS = 150;

describe.runIf(WHOLE)("a planted fault", () => {
  it.each(FAULTS)("$name: is found by the $by", async (fault) => {
    const module = await faulty(fault);
    const options = { module, trusted: true };
    if (fault.by === "race") {
      expect((await raceOnce(3, options)).lost).toBeGreaterThan(0);
      return;
    }
    const found = async () => {
      for (let seed = 1; seed <= PROGRAMS; seed++) await Program.run(seed, 200, options);
    };
    await expect(found()).rejects.toThrow("changed and is not reported");
  });
});
