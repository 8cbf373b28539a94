/** A short run of the fuzzer with a fixed seed: nothing that must not be, and inputs that are worth running. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";
import { count, sample } from "../support/sample.js";
import type { CampaignResult } from "./campaign.js";
import { FAULTS } from "./faults.js";
import { makeInput } from "./generators.js";
import { KINDS, type Kind } from "./input.js";
import { faultyFiles } from "./planted.js";
import { Seeds } from "./seeds.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SEED = 20;
/** Inputs of each kind: what runs on workers, or compiles, takes fifty times as long as what does not. */
const COUNTS: Readonly<Partial<Record<Kind, number>>> = {
  script: count(26, 100),
  trace: count(20, 80),
  answer: count(10, 40),
  library: count(12, 50),
  options: count(8, 30),
};
/** Of all inputs of a kind this share must get past its reader and run. */
const LEAST_SHARE = 0.3;

/** Runs `npm run fuzz` with some options. */
function fuzz(...args: string[]): {
  readonly code: number | null;
  readonly said: string;
  readonly result: CampaignResult;
} {
  const script = fileURLToPath(new URL("../../scripts/fuzz.mjs", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args, "--json"], {
    encoding: "utf8",
    timeout: PATIENCE,
  });
  return { code: status, said: stderr, result: JSON.parse(stdout || "{}") };
}

describe("the fuzzer, with a fixed seed", () => {
  it.each(Object.entries(COUNTS))(
    "finds nothing in its inputs of the kind %s, and runs enough of them (%i)",
    (kind, count) => {
      const { code, said, result } = fuzz("--kind", kind, "--count", String(count), "--seed", String(SEED));
      expect(said, "what it found").toBe("");
      expect(code).toBe(0);
      const { inputs = 0, ran = 0 } = result.kinds[kind as Kind] ?? {};
      expect(inputs).toBe(count);
      expect(ran / inputs).toBeGreaterThan(LEAST_SHARE);
    },
  );

  it("makes the same input again from kind, seed and number, whatever was made before", () => {
    const [one, other] = [new Seeds(ROOT), new Seeds(ROOT)];
    for (const kind of KINDS) {
      for (const number of [0, 1, 17]) makeInput(kind, SEED, number, one);
      const found = makeInput(kind, SEED, 17, one);
      expect(found).toEqual(makeInput(kind, SEED, 17, other));
      expect(found).not.toEqual(makeInput(kind, SEED + 1, 17, other));
    }
  });
});

describe("the faults that can be planted", () => {
  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    "%s: its texts stand in the sources",
    (_name, fault) => {
      for (const [file, text] of faultyFiles(fault, ROOT)) {
        expect(existsSync(`${ROOT}/${file}`)).toBe(true);
        expect(text.length).toBeGreaterThan(0);
      }
    },
  );

  it.each(sample(FAULTS, 1, "test/fuzz/fuzz"))("is found where it is planted: $name", ({ name }) => {
    const script = fileURLToPath(new URL("../../scripts/fuzz.mjs", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, "--planted", "--only-fault", name], {
      encoding: "utf8",
      timeout: PATIENCE,
    });
    expect(stderr).toContain("1 faults planted, each found");
    expect(status).toBe(0);
  });
});
