/**
 * Missing pages, in every order of few steps: two CPUs wait while a third one supplies, unmaps, protects, forks, copies or
 * reclaims. And mistakes that must be found.
 */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compileInThread } from "../../dist/build/index.js";
import { exploreRow } from "../../dist/explore/row.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { sample, WHOLE } from "../support/sample.js";
import { CACHE, modelEngine, monitorModule } from "./modules.js";

const SETUP = "0 mmap 0 3 rw private anon; 0 write 2 1; 0 register 0 2";

/** What each CPU does, and what holds in the end; and the preemptions up to which it is explored whole. */
const PROGRAMS = {
  unmapped: {
    cpus: ["0 read 0", "0 write 1 5", "0 munmap 0 1; 0 unregister 0 2"],
    finish: "0 expect 1 5",
    most: 2,
  },
  forked: {
    cpus: ["0 read 0", "0 write 1 5", "0 fork 1; 0 mprotect 0 1 r; 0 unregister 0 2"],
    ...{ finish: "0 expect 1 5; 1 expect 1 0", most: 2 },
  },
  copied: {
    cpus: ["0 expect 0 7 8", "0 expect 0 7 8", "0 supply 0 7; 0 fork 1; 0 write 0 8"],
    ...{ finish: "0 expect 0 8; 1 expect 0 7", most: 2 },
  },
  reclaimed: {
    cpus: ["0 expect 0 7", "0 write 1 5", "0 supply 0 7; 0 madvise 0 1 pageout; 0 supply 1 6"],
    ...{ finish: "0 expect 0 7; 0 expect 1 5", most: 1 },
  },
  twice: { cpus: ["0 write 0 5", "0 supply 0 7", "0 supply 0 8"], finish: "0 expect 0 5", most: 2 },
} as const;

function exploreProgram(name: keyof typeof PROGRAMS, module: WebAssembly.Module, preemptions: number) {
  const { cpus, finish } = PROGRAMS[name];
  const section = (key: string, text: string) =>
    [key, ...text.split("; ").map((line) => `  ${line}`)].join("\n");
  const sections = [
    section("setup", SETUP),
    ...cpus.map((text) => section("cpu", text)),
    section("finish", finish),
  ];
  const text = `title ${name}\nboot swap 8\n${sections.join("\n")}\nexplore\n${sections.join("\n")}\n`;
  const scenario = parseRace(text, { file: `${name}.race`, name });
  const settings = { strategy: "bounded", preemptions, seed: 1 } as const;
  return exploreRow({ scenario, module, monitor: monitorModule(), settings });
}

describe("two CPUs wait for missing pages", () => {
  it.each(sample(Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[], 2, "test/explore/missing.test.ts"))(
    "%s: nobody sleeps for ever, no word is lost",
    (name) => {
      const preemptions = WHOLE ? PROGRAMS[name].most : 1;
      const { found, complete, races } = exploreProgram(name, modelEngine(), preemptions);
      expect(found).toBe(undefined);
      expect({ complete, races }).toEqual({ complete: true, races: [] });
    },
  );
});

// Each compiles an engine, which takes 15 s of processor time the first time.
describe.runIf(WHOLE)("a mistake is found", () => {
  it.each([
    ["supply-without-look", "twice", /^(MAPCOUNT|CONTENT|LRU|I\d+)$/],
    ["wait-with-mmap-lock", "unmapped", /^I4$/],
  ] as const)("%s", async (fixture, name, kind) => {
    const folder = fileURLToPath(new URL(`mutants/fixtures/${fixture}`, import.meta.url));
    const { wasm } = await compileInThread({ target: "model", overlays: [folder] }, { cache: CACHE });
    const module = await WebAssembly.compile(new Uint8Array(wasm));
    const { found } = exploreProgram(name, module, 2);
    expect(found?.invariant).toMatch(kind);
  });
});
