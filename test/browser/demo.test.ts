/** The page of `npm run demo`. Skipped without a Chromium. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, startBrowser, TestPage } from "../support/page.js";
import { until } from "../support/patience.js";

let browser: Browser;
beforeAll(async () => {
  if (BROWSER !== undefined) browser = await startBrowser();
});
afterAll(() => browser?.close());

describe.skipIf(BROWSER === undefined)("the demo", () => {
  it("forks, and writes on two CPUs", async () => {
    const { page, errors, close } = await opened(true);
    await page.click("#run");
    await page.waitForFunction(() => document.querySelector("#out")?.textContent?.includes("checks hold"));
    const text = (await page.textContent("#out")) ?? "";
    expect(text).toContain("An engine with 2 CPUs has started.");
    expect(text).toContain("After the fork the first page is mapped 2 times.");
    expect(text).toMatch(
      /Both wrote to 256 pages: (25[6-9]|[34]\d\d|51[0-2]) faults, and now it is mapped 1 time\./,
    );
    expect(text).toContain("The parent reads 1, the child reads 2.");
    expect(errors).toEqual([]);
    await close();
  });

  it("says what it needs in a page that is not isolated", async () => {
    const { page, errors, close } = await opened(false);
    await page.waitForFunction(() => document.querySelector("#out")?.textContent !== "");
    expect(await page.textContent("#out")).toMatch(
      /not cross-origin isolated.*\n.*Cross-Origin-Opener-Policy/,
    );
    expect(errors).toEqual([]);
    await close();
  });
});

async function opened(isolated: boolean) {
  const opened = await TestPage.open(browser, isolated);
  const { page, errors } = opened;
  await page.goto(new URL("/examples/browser/", page.url()).href);
  const close = async () => {
    await page.goto("about:blank");
    await until("the page's workers to end", () => page.workers().length === 0);
    await opened.close();
  };
  return { page, errors, close };
}
