/**
 * What the pages of all commands share: one file that needs nothing from outside, no word that leaves the page, colours that
 * are read in light and dark, and in a browser no error and no line that is too long. Skipped there without a Chromium.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BenchResult } from "../../dist/bench/result.js";
import type { CheckResult } from "../../dist/check/check.js";
import { benchHtml } from "../../dist/report/page/bench.js";
import { checkPage } from "../../dist/report/page/check.js";
import { storyPage } from "../../dist/report/page/story.js";
import { stressPage } from "../../dist/report/page/stress.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { MAINLINE } from "../../dist/scenario/variant.js";
import type { StressResult } from "../../dist/stress/suite.js";
import { rmapHere } from "../support/here.js";
import { BROWSER, listen, startBrowser } from "../support/page.js";
import { sample } from "../support/sample.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What an input may hold: nothing of it may become a part of the page. */
const HOSTILE = "</script><img src=x onerror=alert(1)><!-- & \"quoted\" 'too' ".repeat(2);
const folder = mkdtempSync(join(tmpdir(), "rmap-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stress: StressResult = {
  ...{
    scenario: "first-fault",
    variant: "2008-original",
    cpus: 3,
    seconds: 0.43,
    rounds: 12_345,
    operations: 99_999,
  },
  ...{ seed: 7, expected: "bug", asExpected: true },
  found: {
    ...{
      invariant: "I1",
      message: HOSTILE,
      replay: "rmap stress first-fault",
      explore: "rmap explore first-fault",
    },
    story: {
      events: [
        { cpu: 1, order: 3, what: `allocates anon_vma A ${HOSTILE}` },
        { cpu: 0, order: 7, what: "sets the mapping of frame 12" },
        { cpu: 1, order: 9, what: "changes the tree of anon_vma A" },
      ],
      cpus: [{ cpu: 0, position: "in WRITE on address space 0", held: ["lock of anon_vma A"] }],
      objects: ["anon_vma A at 0x1000"],
    },
  },
} as unknown as StressResult;

const check: CheckResult = {
  ...{ folder: "./my-idea", seed: 1, executions: 1000, seconds: 2, verdict: "no finding", notExercised: [] },
  changed: [
    {
      ...{ file: "rmap/reusable.ts", declaration: "findMergeableAnonVma", runs: 1234, overlaps: 0 },
      branches: [{ line: 12, kind: "if", text: HOSTILE, runs: 0 }],
    },
  ],
  answers: { cases: 10, agree: 10, differences: [], mainline: { programs: 0, differ: 0, differences: [] } },
  ...{ catalogue: null, programs: { generated: 5, complete: 1, races: 2 }, mainline: [], found: null },
} as unknown as CheckResult;

/** Each kind of page, by the command that writes it. */
async function pages(): Promise<Record<string, string>> {
  const results = readdirSync(join(ROOT, "bench/results"));
  const bench = JSON.parse(
    readFileSync(join(ROOT, "bench/results", results[0] as string), "utf8"),
  ) as BenchResult;
  const scenario = (await loadScenarios()).find(({ name }) => name === "first-fault");
  const row = { scenario, variant: MAINLINE } as Parameters<typeof storyPage>[0][number];
  const result = {
    ...{ scenario: "first-fault", variant: "mainline", model: "sc", executions: 9, complete: true },
    found: {
      ...{ invariant: "I1", conclusion: HOSTILE, command: "rmap explore first-fault" },
      events: [{ cpu: 0, operation: "1 write 0 1", file: "", line: 0, function: "", text: HOSTILE }],
    },
  } as unknown as Parameters<typeof storyPage>[1][number];
  const litmus = join(folder, "litmus.html");
  const replay = join(folder, "replay.html");
  const test = join(ROOT, "docs/history-2008/two-cpus.litmus");
  await rmapHere(["litmus", test, "--html", litmus]);
  await rmapHere(["replay", join(ROOT, "traces/bash.perf.txt.gz"), "--html", replay]);
  return {
    bench: benchHtml(bench),
    check: checkPage(check),
    explore: await storyPage([row], [result]),
    litmus: readFileSync(litmus, "utf8"),
    replay: readFileSync(replay, "utf8"),
    stress: stressPage([stress, { ...stress, found: null, asExpected: false }]),
  };
}

const KINDS = ["bench", "check", "explore", "litmus", "replay", "stress"];

describe("the pages of all commands", () => {
  let all: Record<string, string> = {};
  let browser: Browser;
  beforeAll(async () => {
    all = await pages();
    if (BROWSER !== undefined) browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  it.each(KINDS)("%s: is one file that needs nothing from outside, and lets no word out", (kind) => {
    const html = all[kind] as string;
    // Links to the licence are in comments of scripts, at most; nothing is loaded.
    expect(html).not.toMatch(/<(?:link|iframe|script[^>]*\ssrc|img)/);
    expect(html).not.toMatch(/@import|url\((?!#)/);
    expect(html).not.toContain("<img");
    expect(html.match(/<\/script>/g)?.length ?? 0).toBe(html.match(/<script/g)?.length ?? 0);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain("prefers-color-scheme: dark");
  });

  describe.skipIf(BROWSER === undefined)(`in ${BROWSER ?? "a browser, of which there is none"}`, () => {
    it.each(sample(KINDS, 2, "test/report/pages.test.ts"))(
      "%s: fits narrow and wide, is read in light and dark, and says no error",
      async (kind) => {
        const file = join(folder, `${kind}-shown.html`);
        writeFileSync(file, all[kind] as string);
        for (const [width, dark] of [
          [400, true],
          [1200, false],
        ] as const) {
          const context = await browser.newContext({
            viewport: { width, height: 900 },
            colorScheme: dark ? "dark" : "light",
          });
          const page = await context.newPage();
          const errors: string[] = [];
          listen(page, errors);
          page.on("dialog", (dialog) => errors.push(dialog.message()));
          await page.goto(`file://${file}`);
          const shots = process.env["RMAP_SCREENSHOTS"];
          if (shots) await page.screenshot({ path: join(shots, `${kind}-${width}.png`), fullPage: true });
          expect(
            await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
          ).toBeLessThanOrEqual(0);
          expect(await page.evaluate(LEAST_CONTRAST)).toBeGreaterThan(4.5);
          expect(errors).toEqual([]);
          await context.close();
        }
      },
    );

    it("goes through the events of a stress run by keys", async () => {
      const page = await browser.newPage();
      await page.setContent(stressPage([stress]));
      for (let step = 0; step < 3; step++) await page.keyboard.press("j");
      expect(await page.locator("output").textContent()).toBe("step 3 of 3");
      await page.keyboard.press("ArrowUp");
      expect(await page.locator("li.now").textContent()).toContain("sets the mapping of frame 12");
      await page.close();
    });
  });
});

/** The least contrast of a colour of the text with the paper. */
const LEAST_CONTRAST = `(() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll("h1, h2, p, td, th, li, .what, .dim, .alarm, b, dt")];
  return Math.min(...texts.map((element) => {
    const [low, high] = [paper, light(getComputedStyle(element).color)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()`;
