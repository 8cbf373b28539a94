/**
 * The page of a finding in a browser: keys, clicks, a narrow screen, dark mode, paper. Skipped where there is no Chromium;
 * CHROME_PATH names one. RMAP_SCREENSHOTS=FOLDER also keeps pictures.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath } from "../../support/chromium.js";
import { type Look, Page } from "./browser.js";
import { longStory, pageOf } from "./pages.js";

const path = browserPath();
const STEPS = 30;
const WIDE: Look = { width: 1280, height: 720 };
const NARROW: Look = { width: 375, height: 700 };

describe.skipIf(path === undefined)(
  `the page of a finding in ${path ?? "a browser, of which there is none"}`,
  () => {
    let page: Page;
    let html: string;

    beforeAll(async () => {
      html = await pageOf([longStory(STEPS), longStory(5)]);
      page = await Page.open(path ?? "");
    });
    afterAll(() => page?.dispose());

    /** Where the stories stand: what each says, and the numbers of the steps that are marked and in view. */
    const state = () =>
      page.value(
        `[...document.querySelectorAll(".story")].map((story) => story.querySelector("output").textContent)`,
      );
    const now = () =>
      page.value(`(() => {
      const step = document.querySelector(".now");
      const { top, bottom } = step.getBoundingClientRect();
      const heads = step.closest(".story").querySelector(".heads").getBoundingClientRect();
      const covered = getComputedStyle(step.closest(".story").querySelector(".heads")).display === "none" ? 0 : heads.bottom;
      return {
        step: Number(step.dataset.step),
        inView: top >= covered && bottom <= innerHeight,
        source: getComputedStyle(step.querySelector("pre")).display !== "none",
      };
    })()`);
    async function keep(name: string): Promise<void> {
      const folder = process.env["RMAP_SCREENSHOTS"];
      if (folder === undefined) return;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${name}.png`), await page.screenshot());
    }

    it("goes through a story by keys, with the step in view and its source open", async () => {
      await page.show(html, WIDE);
      expect(await state()).toEqual([`${STEPS} steps`, "5 steps"]);
      const moves: [key: string, step: number][] = [
        ["ArrowDown", 0],
        ["ArrowDown", 1],
        ["j", 2],
        ["ArrowRight", 3],
        ["k", 2],
        ["ArrowUp", 1],
        ["ArrowLeft", 0],
        ["ArrowLeft", 0],
        ["End", STEPS - 1],
        ["j", STEPS - 1],
        ["Home", 0],
      ];
      for (const [key, step] of moves) {
        await page.press(key);
        expect({ key, ...((await now()) as object) }).toEqual({ key, step, inView: true, source: true });
      }
      expect(await state()).toEqual([`step 1 of ${STEPS}`, "5 steps"]);
    });

    it("goes on with the story that is in view or was clicked", async () => {
      await page.show(html, WIDE);
      await page.value(`document.querySelector("#story-2").scrollIntoView()`);
      await page.press("j");
      expect(await state()).toEqual([`${STEPS} steps`, "step 1 of 5"]);
      await page.click("#story-2 li:nth-child(4)");
      await page.press("j");
      expect(await state()).toEqual([`${STEPS} steps`, "step 5 of 5"]);
      await page.click(`#story-2 [data-go="back"]`);
      expect(await state()).toEqual([`${STEPS} steps`, "step 4 of 5"]);
    });

    it.each([
      ["wide", WIDE],
      ["narrow", NARROW],
      ["dark", { ...WIDE, dark: true }],
    ] as const)("fits a screen that is %s, and is read there", async (name, look) => {
      await page.show(html, look);
      await page.press("End");
      await keep(name);
      expect(await page.value("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      // The least difference of brightness that people with weak eyes read: 4.5 to 1.
      const contrast = `(() => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
          .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = light(getComputedStyle(document.body).backgroundColor);
      return [...document.querySelectorAll("body, .finds em")].map((element) => {
        const [low, high] = [paper, light(getComputedStyle(element).color)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
      });
    })()`;
      for (const ratio of (await page.value(contrast)) as number[]) expect(ratio).toBeGreaterThan(4.5);
    });

    it("stands in columns where there is room, and names each step's CPU where there is none", async () => {
      const places = `[...document.querySelectorAll("#story-1 li")].slice(0, 3).map((step) =>
      ({ left: step.getBoundingClientRect().left, named: getComputedStyle(step.querySelector(".who")).display !== "none" }))`;
      await page.show(html, WIDE);
      const wide = (await page.value(places)) as { left: number; named: boolean }[];
      expect(wide.map(({ named }) => named)).toEqual([false, false, false]);
      expect((wide[1]?.left ?? 0) - (wide[0]?.left ?? 0)).toBeGreaterThan(300);
      await page.show(html, NARROW);
      const narrow = (await page.value(places)) as { left: number; named: boolean }[];
      expect(narrow.map(({ named }) => named)).toEqual([true, true, true]);
      expect((narrow[1]?.left ?? 0) - (narrow[0]?.left ?? 0)).toBeLessThan(40);
    });
  },
);
