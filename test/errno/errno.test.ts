/**
 * Errors, signals and what is easily got wrong, one small script each, with the kernel's recorded answer.
 * After a change of the scripts `npm run test:kernel -- --record test/errno/cases` records them anew.
 */
import { describe, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { disagreement, readCases } from "../support/cases.js";

const cases = readCases(new URL("cases/", import.meta.url));

const engine = await Engine.create();
const operations = new Set(engine.layout.constantsWith("OP_").map(([name]) => name));
await engine.dispose();

it("covers every error and signal that a script can get, from the answers of one kernel", () => {
  const outcomes = new Set(cases.flatMap(({ answer }) => answer.results));
  expect([...outcomes].map(String).sort()).toEqual(["0", "BUS", "EFAULT", "EINVAL", "ENOMEM", "SEGV"]);
  for (const { answer } of cases) expect(answer.by).toMatch(/^Linux 6\.18\.\d+$/);
});

describe.each([
  { cpus: 0, checked: false },
  { cpus: 0, checked: true },
])("on an engine with %j", (options) => {
  for (const recorded of cases) {
    // An engine that lacks an operation of a script says so when it meets it.
    const lacking = recorded.script.filter(
      ({ kind }) => /^m(un)?lock$/.test(kind) && !operations.has(kind.toUpperCase()),
    );
    it.skipIf(lacking.length > 0)(recorded.name, async () => {
      expect(await disagreement(recorded, options)).toBeNull();
    });
  }
});
