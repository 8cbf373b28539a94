/** Scripts answer the same on any number of CPUs: those of this repository, and random ones. */

import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Engine } from "../../dist/index.js";
import { runScript } from "../../dist/script/script.js";
import { generate, type Profile } from "../../model/generate.js";
import { printAnswer } from "../../src/ops/outcome.js";
import { printScript } from "../../src/ops/print.js";
import { parseScript } from "../../src/ops/script.js";
import { dice } from "../support/dice.js";

const CPUS = [1, 2, 3];
const SEED = Number(process.env["RMAP_SEED"] ?? Math.floor(Math.random() * 2 ** 24));
const folder = (name: string) => new URL(`../../${name}/`, import.meta.url);

let engines: Engine[];
beforeAll(async () => {
  engines = await Promise.all(
    CPUS.map((cpus) => Engine.create({ cpus, spaces: 4096, memory: 2 ** 24, swap: 2 ** 24 })),
  );
});
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** Answers of all engines: every process ends, so that the next script finds nothing. */
async function answers(text: string): Promise<string[]> {
  const script = parseScript(text, "script.ops");
  const living = new Set([0]);
  for (const op of script) {
    if (op.kind === "fork") living.add(op.child);
    if (op.kind === "exit") living.delete(op.process);
  }
  const ends = [...living].map((process) => ({ kind: "exit", process }) as const);
  return Promise.all(
    engines.map(async (engine) => printAnswer(await runScript(engine, [...script, ...ends]))),
  );
}

async function expectSame(text: string): Promise<void> {
  const [one, ...others] = await answers(text);
  for (const [at, other] of others.entries()) expect(other, `on ${CPUS[at + 1]} CPUs:\n${text}`).toBe(one);
}

/** Puts processes on CPUs here and there, and lets them hold pages and release them. */
function scattered(text: string, seed: number): string {
  const random = dice(seed);
  const living = [0];
  const out: string[] = [];
  for (const line of text.split("\n")) {
    out.push(line);
    const [, parent, child] = /^(\d+) fork (\d+)/.exec(line) ?? [];
    if (parent !== undefined) living.push(Number(child));
    const [, ended] = /^(\d+) exit/.exec(line) ?? [];
    if (ended !== undefined) living.splice(living.indexOf(Number(ended)), 1);
    if (living.length === 0) continue;
    const process = living[random(living.length)];
    const chance = random(12);
    if (chance < 2) out.push(`cpu ${process} ${random(3)}`);
    if (chance === 2) out.push(`${process} hold ${random(40)} ${random(2) === 0 ? "r" : "w"}`);
    if (chance === 3) out.push(`${process} release`);
  }
  return out.join("\n");
}

it("what one process holds, no other one releases", async () => {
  const script = (who: string) =>
    `0 mmap 0 2 rw private anon\n0 write 0 1\n0 fork 1\ncpu 1 1\n0 hold 1 w\n${who} release\n${who} release\ndump`;
  for (const [who, results] of [
    ["1", [0, 0, 0, 0, 0, "EINVAL", "EINVAL"]],
    ["0", [0, 0, 0, 0, 0, 0, "EINVAL"]],
  ] as const) {
    for (const answer of await answers(script(who))) {
      expect(JSON.parse(answer).results.slice(0, 7)).toEqual(results);
    }
  }
});

it("what a process holds can be released when it has moved to another CPU, or exited", async () => {
  const script =
    "0 mmap 0 2 rw private anon\n0 write 0 7\n0 fork 1\n1 write 0 8\n1 hold 0 w\ncpu 1 2\n1 read 0\n1 release\n1 hold 0 r\n1 exit\n1 release\n1 release";
  for (const answer of await answers(script)) {
    expect(JSON.parse(answer).results.slice(0, 12)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "EINVAL"]);
  }
});

it("reclaim takes other pages on another number of CPUs, and changes nothing else", async () => {
  const script = `0 mmap 0 40 rw private anon
0 mmap 40 8 rw shared file 9
${Array.from({ length: 48 }, (_, page) => `0 write ${page} ${page + 5}`).join("\n")}
0 fork 1
cpu 1 1
0 fork 2
cpu 2 2
${Array.from({ length: 48 }, (_, page) => `${page % 3} touch ${page} 1 w`).join("\n")}
reclaim 9
dump
${[0, 1, 2].flatMap((process) => Array.from({ length: 48 }, (_, page) => `${process} read ${page}`)).join("\n")}
dump`;
  const [one, ...others] = (await answers(script)).map((answer) => JSON.parse(answer));
  expect(one.results.every((result: unknown) => result === 0)).toBe(true);
  const mappings = (answer: typeof one) =>
    answer.dumps.map(({ procs }: { procs: Record<string, { vmas: unknown }> }) =>
      Object.entries(procs).map(([process, { vmas }]) => [process, vmas]),
    );
  // Once everything was read all pages are there again, with what they held.
  const words = (answer: typeof one) =>
    Object.entries(answer.dumps[1].procs as Record<string, { pages: unknown[][] }>).map(
      ([process, { pages }]) => pages.map(([page, , , , word]) => [process, page, word]),
    );
  for (const other of others) {
    expect(other.results).toEqual(one.results);
    expect(mappings(other)).toEqual(mappings(one));
    expect(words(other)).toEqual(words(one));
  }
});

const bundled = ["examples", "answers", "test/errno/cases"].flatMap((name) =>
  readdirSync(folder(name))
    .filter((file) => file.endsWith(".ops"))
    .map((file) => new URL(file, folder(name))),
);
it(`bundled scripts, with processes on any CPU, seed ${SEED}`, async () => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/ops/cpus`);
  expect(bundled.length).toBeGreaterThan(50);
  for (const [at, file] of bundled.entries()) {
    const text = readFileSync(file, "utf8");
    // Each as it is; every fourth scattered as well.
    await expectSame(text);
    if (at % 4 === 0) await expectSame(scattered(text, SEED + at));
  }
});

it(`random scripts, seed ${SEED}`, async () => {
  const profiles: Profile[] = ["cow", "vma", "file", "ksm", "all", "stack", "heap", "lock", "pin"];
  for (let n = 0; n < 36; n++) {
    const script = generate(SEED + n, profiles[n % profiles.length] as Profile, { operations: 120 });
    await expectSame(scattered(printScript(script), SEED + n));
  }
});
