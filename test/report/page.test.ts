/**
 * The page of a replay in a browser: its figures are those of the JSON and of the text, its curves and its map answer keys and
 * the mouse, on wide and narrow screens, light and dark. Skipped where there is no Chromium; CHROME_PATH names one.
 * RMAP_SCREENSHOTS=FOLDER also keeps pictures.
 */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplayPageData } from "../../dist/report/page/data.js";
import { extremeText } from "../../dist/report/recording.js";
import type { ReplayResult } from "../../dist/report/replay.js";
import { replayText } from "../../dist/report/replay-text.js";
import { bytes, count } from "../../dist/text/numbers.js";
import { rmapHere } from "../support/here.js";
import { BROWSER, listen, startBrowser } from "../support/page.js";
import { count as few, sample, WHOLE } from "../support/sample.js";

const TRACES = [
  ["redis.perf.txt.gz"],
  ["threads.perf.txt.gz"],
  ["redis.perf.txt.gz", "--memory", "8M"],
  ["bash.perf.txt.gz"],
  ["calls.perf.data.gz"],
];
const LOOKS = [
  { width: 400, dark: true },
  ...(WHOLE
    ? [
        { width: 1200, dark: false },
        { width: 1200, dark: true },
        { width: 400, dark: false },
      ]
    : []),
];

/** Keeps the texts of all canvases, and lets the console complain of one that its canvas cuts off. */
const WHOLE_LABELS = `(() => {
  window.labels = [];
  const fill = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right } = this.measureText(text);
    const { a, e } = this.getTransform();
    const [from, to] = [(x - left) * a + e, (x + right) * a + e];
    // A letter may reach a pixel beyond its place.
    if (from < -2 || to > this.canvas.width + 2) console.error("cut off: " + text);
    window.labels.push(text);
    return fill.call(this, text, x, y);
  };
})()`;

const folder = mkdtempSync(join(tmpdir(), "rmap-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A replay's page and its JSON, of one run. */
async function replayed(
  args: readonly string[],
  input?: string,
): Promise<{ file: string; result: ReplayResult }> {
  const file = join(folder, `${args.join("").replace(/\W/g, "-")}.html`);
  const { code, stdout, stderr } = await rmapHere(["replay", ...args, "--html", file, "--json"], input);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return { file, result: JSON.parse(stdout) };
}

const recording = ([name = "", ...rest]: readonly string[]) => [
  new URL(`../../traces/${name}`, import.meta.url).pathname,
  ...rest,
];

/** The value at a path such as `faults.total`. */
function at(result: unknown, path: string): unknown {
  return path.split(".").reduce((value, key) => (value as Record<string, unknown>)[key], result);
}

describe("the text of a replay", () => {
  it.each(sample(TRACES, 1, "test/report/page.test.ts"))(
    "has the figures of its JSON: %s",
    async (...args) => {
      const { result } = await replayed(recording(args));
      const text = replayText(result, args[0] as string, (_style, words) => words);
      const { faults, fidelity, sharing, processes, forks, execs } = result;
      expect(text).toContain(`${count(faults.total)} faults at`);
      expect(text).toContain(`anonymous ${count(faults.anon)}, copy-on-write ${count(faults.cow)}`);
      expect(text).toContain(`of ${count(fidelity.samples)} page counts`);
      expect(text).toMatch(new RegExp(`; ${count(forks)} forks?, .*${count(execs)} execs?`));
      if (sharing.peak) {
        const exact = sharing.mostSavedPages === sharing.peak.savedPages;
        const saved = bytes(sharing.peak.savedPages * 4096);
        expect(text).toContain(`at ${exact ? "most" : "least"} ${saved} saved`);
        expect(sharing.mostSavedPages).toBeGreaterThanOrEqual(sharing.peak.savedPages);
      }
      const { best, number } = result.looks;
      expect(best.map(({ kind }) => kind)).toContain("most frames");
      for (const extreme of best) {
        expect(extreme.neverMore).toBeGreaterThanOrEqual(extreme.found);
        if (extreme.kind !== "most shared") expect(text).toContain(extremeText(extreme));
      }
      expect(text).toContain(`best of ${number}:`);
      // A moment's figure is within a sixteenth of the best look's, and that of sharing is the best look's itself.
      for (const { kinds, anonPages, anonFrames, fileFrames, longestWalk } of result.moments)
        for (const { kind, found } of best.filter(({ kind }) => kinds.includes(kind))) {
          const figures = {
            "most shared": anonPages - anonFrames,
            "most frames": anonFrames + fileFrames,
            "longest walk": longestWalk,
          };
          expect(figures[kind]).toBeLessThanOrEqual(found);
          expect(figures[kind] + Math.floor(figures[kind] / 16)).toBeGreaterThanOrEqual(found);
        }
      const shared = best.find(({ kind }) => kind === "most shared");
      expect(shared?.found ?? null).toBe(sharing.peak?.savedPages ?? null);
      const most = [...processes].sort((a, b) => sum(b) - sum(a))[0] as (typeof processes)[number];
      expect(text).toMatch(
        new RegExp(`processes +${most.comm}/${most.pid} +${count(sum(most))} faults? \\(`),
      );
      expect(processes.reduce((all, process) => all + sum(process), 0)).toBe(
        faults.anon + faults.cow + faults.file + faults.zero,
      );
    },
  );
});

function sum({ faults: { anon, cow, file, zero } }: ReplayResult["processes"][number]): number {
  return anon + cow + file + zero;
}

describe.skipIf(BROWSER === undefined)(
  `the page of a replay in ${BROWSER ?? "a browser, of which there is none"}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(() => browser?.close());

    /** Opens a page from disk; `errors` hears of the console. */
    async function open(file: string, width: number, dark: boolean) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: dark ? "dark" : "light",
      });
      const page = await context.newPage();
      const errors: string[] = [];
      listen(page, errors);
      await page.addInitScript(WHOLE_LABELS);
      page.on("request", (request) => {
        if (!request.url().startsWith("file:") && !request.url().startsWith("data:"))
          errors.push(request.url());
      });
      await page.goto(`file://${file}`);
      await page.waitForSelector("html[data-ready]");
      const shots = process.env["RMAP_SCREENSHOTS"];
      if (shots) {
        const name = `${file.split("/").at(-1)}-${width}-${dark ? "dark" : "light"}.png`;
        await page.screenshot({ path: join(shots, name), fullPage: true });
      }
      return { page, errors, close: () => context.close() };
    }

    it.each(sample(TRACES, 1, "test/report/page.test.ts"))(
      "has the figures of its JSON, and fits: %s",
      async (...args) => {
        const { file, result } = await replayed(recording(args));
        expect(statSync(file).size).toBeLessThan(3 * 2 ** 20);
        for (const { width, dark } of LOOKS) {
          const { page, errors, close } = await open(file, width, dark);
          await compareFigures(page, result);
          await holdsAllPoints(page, result);
          const words = await page.evaluate("document.body.textContent");
          for (const extreme of result.looks.best) expect(words).toContain(extremeText(extreme));
          expect(
            await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
          ).toBeLessThanOrEqual(0);
          for (const { what, ratio } of await contrasts(page)) expect(ratio, what).toBeGreaterThan(4.5);
          for (const { what, ratio } of await swatches(page)) expect(ratio, what).toBeGreaterThan(3);
          expect(errors).toEqual([]);
          await close();
        }
      },
    );

    it("shows a recording of one instant, and looks at one moment, on the axis of the whole recording", async () => {
      const mapped =
        "  prog 1/1 [000] 0.000000000: PERF_RECORD_MMAP2 1/1: [0x100000000(0x1000) @ 0 00:00 0 0]: rw-p //anon\n";
      const fault = (pid: number, time: string) =>
        `  prog ${pid}/${pid} [000] ${time}: exceptions:page_fault_user: address=0x100000000 ip=0x1 error_code=0x6\n`;
      const forked = `${fault(1, "5.010000000")}  prog 1/1 [000] 5.020000000: PERF_RECORD_FORK(2:2):(1:1)\n`;
      for (const [more, label, most] of [
        ["", /^[\d.]+ µs$/, 1],
        [forked + fault(2, "5.030000000"), /^[\d.]+ ms$/, 30],
      ] as const) {
        const { file } = await replayed(["-", "--cpus", "1"], mapped + fault(1, "5.000000000") + more);
        const { page, errors, close } = await open(file, 1200, false);
        const texts = (await page.evaluate("window.labels")) as string[];
        const times = texts.filter((text) => / (µs|ms|s)$/.test(text));
        expect(times.length).toBeGreaterThan(3);
        for (const text of times) {
          expect(text).toMatch(label);
          expect(Number.parseFloat(text)).toBeLessThanOrEqual(most);
        }
        // Labels stand at even distances, so they must be even themselves: 2.5, 5, 7.5.
        const values = [...new Set(times.map((text) => Number.parseFloat(text)))].sort((a, b) => a - b);
        const [first = 0, second = 0] = values;
        for (const [at, value] of values.entries())
          expect(value).toBeCloseTo(first + at * (second - first), 6);
        expect(await page.locator("#sharing").count()).toBe(more === "" ? 0 : 1);
        expect(errors).toEqual([]);
        await close();
      }
    });

    it("answers keys and the mouse in its curves, its legend and its table", async () => {
      const { file, result } = await replayed(recording(["redis.perf.txt.gz"]));
      const { page, errors, close } = await open(file, 1200, false);
      const read = () => page.locator("#memory-read").textContent();
      expect(await read()).toContain("Point at the chart");
      // The server is the largest: at its peak the curve shows its peak, and the kernel's count.
      await page.focus("#memory");
      await page.keyboard.press("End");
      await page.keyboard.press("Home");
      for (let step = 0; step < 5; step++) await page.keyboard.press("Shift+ArrowRight");
      expect(await read()).toMatch(/^\d+.* ms: redis-server\/32248 \d+\.\d MiB/);
      await page.hover("#memory", { position: { x: 900, y: 80 } });
      const server = result.processes.find(({ comm, pid }) => comm === "redis-server" && pid === 32248);
      expect(await read()).toContain(
        `redis-server/32248 ${bytes((server?.peakAnonPages ?? 0) * 4096)}`.slice(0, 24),
      );
      // All charts share the cursor.
      expect(await page.locator("#faults-read").textContent()).toMatch(/^\d/);
      const key = page.locator('#memory-legend button[data-process="3"]');
      expect(await key.getAttribute("aria-pressed")).toBe("true");
      await key.focus();
      await page.keyboard.press("Space");
      expect(await key.getAttribute("aria-pressed")).toBe("false");
      await page.hover("#memory", { position: { x: 905, y: 80 } });
      expect(await read()).not.toContain("redis-server/32248");
      await page.locator('#processes button[data-process="3"]').click();
      expect(await key.getAttribute("aria-pressed")).toBe("true");
      await page.selectOption("#faults-of", "3");
      await page.focus("#faults");
      await page.keyboard.press("Home");
      for (let step = 0; step < 5; step++) await page.keyboard.press("ArrowRight");
      expect(await page.locator("#faults-read").textContent()).toMatch(/: (nothing|\w)/);
      expect(errors).toEqual([]);
      await close();
    });

    it("says of each page who else maps it, by keys and by mouse, at each moment", async () => {
      const { file, result } = await replayed(recording(["redis.perf.txt.gz"]));
      const { page, errors, close } = await open(file, 1200, false);
      const told = page.locator("#map-told");
      expect(await page.locator("#moments button").count()).toBe(result.moments.length);
      for (const [at, moment] of result.moments.entries()) {
        await page.locator("#moments button").nth(at).click();
        expect(await page.locator("#map-space option").count()).toBe(moment.processes);
        const options = await page.locator("#map-space option").allTextContents();
        const pages = options.map((text) => Number(text.replace(/^.*: |,| pages$/g, "")));
        const { anonPages, filePages, zeroPages, swappedPages } = moment;
        expect(pages.reduce((all, number) => all + number, 0)).toBe(
          anonPages + filePages + zeroPages + swappedPages,
        );
        // The last page of all is the last one that End reaches.
        await page.focus("#map");
        await page.keyboard.press("End");
        expect(await told.getAttribute("data-page")).toBe(
          String(anonPages + filePages + zeroPages + swappedPages - 1),
        );
        const goTo = page.locator("#map-space");
        const last = options.findLastIndex((text) => !text.endsWith(": 0 pages"));
        expect(await goTo.inputValue()).toBe(String(last));
        await page.keyboard.press("Home");
        expect(await told.getAttribute("data-page")).toBe("0");
        expect(await goTo.inputValue()).toBe("0");
      }
      // Enter goes round all places of a page and comes back.
      const shared = result.moments.findIndex(({ kinds }) => kinds.includes("most shared"));
      await page.locator("#moments button").nth(shared).click();
      await page.focus("#map");
      await page.keyboard.press("Home");
      let mapped = 1;
      for (let step = 0; step < 400 && mapped < 2; step++) {
        await page.keyboard.press("ArrowRight");
        mapped = Number(await told.getAttribute("data-mapped"));
      }
      expect(mapped).toBeGreaterThan(1);
      expect(await told.textContent()).toContain(`${mapped - 1} more entr`);
      const first = await told.getAttribute("data-page");
      const seen = new Set<string | null>();
      for (let step = 0; step < mapped; step++) {
        await page.keyboard.press("Enter");
        seen.add(await told.getAttribute("data-page"));
        expect(await told.getAttribute("data-mapped")).toBe(String(mapped));
      }
      expect(seen.size).toBe(mapped);
      expect(seen.has(first)).toBe(true);
      // The mouse: the square under it, at once.
      await page.locator("#map").scrollIntoViewIfNeeded();
      await page.evaluate("document.getElementById('map').scrollTop = 0");
      await page.hover("#map", { position: { x: 325, y: 38 } });
      expect(await told.getAttribute("data-page")).toBe("0");
      expect(errors).toEqual([]);
      await close();
    });

    it("shows many pages (RMAP_TESTS=all: 100,000) in less than 3 MB, and draws only those that are seen", async () => {
      const pages = few(20_000, 50_000);
      const lines = [
        `PERF_RECORD_MMAP2 1/1: [0x100000000(0x${(pages * 4096).toString(16)}) @ 0 00:00 0 0]: rw-p //anon`,
      ].map((line) => `  prog 1/1 [000] 0.000000000: ${line}\n`);
      for (let page = 0; page < pages; page++) {
        const time = `${1 + Math.floor(page / 1e5)}.${String(page * 9000 + 1).padStart(9, "0")}`;
        const address = (0x100000000 + page * 4096).toString(16);
        lines.push(
          `  prog 1/1 [000] ${time}: exceptions:page_fault_user: address=0x${address} ip=0x1 error_code=0x6\n`,
        );
      }
      lines.push("  prog 1/1 [000] 3.000000000: PERF_RECORD_FORK(2:2):(1:1)\n");
      const { file, result } = await replayed(["-", "--cpus", "1"], lines.join(""));
      expect(result.moments.at(-1)).toMatchObject({
        anonPages: 2 * pages,
        anonFrames: pages,
        longestWalk: 2,
      });
      expect(statSync(file).size).toBeLessThan(3 * 2 ** 20);
      const { page, errors, close } = await open(file, 1200, false);
      await page.evaluate(`(() => {
      const draw = CanvasRenderingContext2D.prototype.fillRect;
      window.drawn = 0;
      CanvasRenderingContext2D.prototype.fillRect = function (...box) { window.drawn++; return draw.apply(this, box); };
    })()`);
      await page.focus("#map");
      await page.keyboard.press("End");
      const told = page.locator("#map-told");
      expect(await told.getAttribute("data-page")).toBe(String(2 * pages - 1));
      expect(await told.getAttribute("data-mapped")).toBe("2");
      expect(await told.textContent()).toContain("1 more entry maps it: prog/1 ");
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
      // As many squares as the window has room for, at most twice: once for each of two frames.
      const room = ((1200 / 7) * 800) / 7;
      expect(await page.evaluate("window.drawn")).toBeGreaterThan(1000);
      expect(await page.evaluate("window.drawn")).toBeLessThan(2 * room);
      expect(errors).toEqual([]);
      await close();
    });
  },
);

/** Each figure of the page is the JSON's, as a number and as it is read; each row of the table is a process's. */
async function compareFigures(page: Page, result: ReplayResult): Promise<void> {
  const figures = (await page.evaluate(`[...document.querySelectorAll("[data-figure]")].map((one) => ({
    path: one.dataset.figure, value: Number(one.dataset.value), text: one.textContent }))`)) as {
    readonly path: string;
    readonly value: number;
    readonly text: string;
  }[];
  expect(figures.length).toBeGreaterThan(9);
  for (const { path, value, text } of figures) {
    expect(value, path).toBe(at(result, path));
    const inBytes = path.endsWith("Bytes") ? bytes(value) : bytes(value * 4096);
    expect([count(value), inBytes], path).toContain(text);
  }
  const rows = (await page.evaluate(`[...document.querySelectorAll("[data-row]")].map((row) => [
    Number(row.dataset.row), ...[...row.cells].map((cell) => cell.textContent)])`)) as [
    number,
    ...string[],
  ][];
  expect(rows.map(([id]) => id).sort((a, b) => a - b)).toEqual(result.processes.map(({ id }) => id));
  for (const [id, name, began, , ...cells] of rows) {
    const process = result.processes.find((one) => one.id === id) as ReplayResult["processes"][number];
    const { comm, pid, faults, copies, forks, vforks } = process;
    expect([name, began]).toEqual([`${comm}/${pid}`, process.began]);
    const numbers = [sum(process), faults.anon, faults.cow, copies, faults.file, faults.zero].map(count);
    expect(cells.slice(0, 6)).toEqual(numbers);
    expect(cells.slice(7)).toEqual([forks, vforks].map((made) => (made === 0 ? "" : count(made))));
  }
}

/** The curves end where the recording does, with the figures of the end: no point lies behind it, where no chart shows it. */
async function holdsAllPoints(page: Page, { reclaim }: ReplayResult): Promise<void> {
  const data = (await page.evaluate(
    'JSON.parse(document.getElementById("replay-data").textContent)',
  )) as ReplayPageData;
  const points = [...data.sharing, ...data.pressure];
  for (const [seconds] of points) expect(seconds).toBeLessThanOrEqual(data.seconds);
  for (const { seconds } of data.moments) expect(seconds).toBeLessThanOrEqual(data.seconds);
  if (data.pressure.length < 2) return;
  // kswapd may go on behind the recording's end.
  const [, , scanned = 0, freed = 0] = data.pressure.at(-1) ?? [];
  expect(scanned).toBeGreaterThan(0);
  expect(scanned).toBeLessThanOrEqual(reclaim.scanned);
  await page.focus("#pressure");
  await page.keyboard.press("End");
  const told = await page.locator("#pressure-read").textContent();
  expect(told).toContain(`scanned ${count(scanned)}, freed ${count(freed)}`);
}

/** The contrast of texts with the paper: 4.5 to 1 is the least that people with weak eyes read. */
function contrasts(page: Page): Promise<Contrast[]> {
  const texts = JSON.stringify(["body", ".about", ".label", ".read", "th", "dt", "#map-told"]);
  return againstPaper(
    page,
    `${texts}.map((what) => ({ what, colour: getComputedStyle(document.querySelector(what)).color }))`,
  );
}

/** The contrast of colours that stand for something: 3 to 1 is the least for what is no text. */
function swatches(page: Page): Promise<Contrast[]> {
  return againstPaper(
    page,
    `[...document.querySelectorAll(".swatch, .key")].map((one) => {
      one.style.outlineColor = "var(--key)";
      return { what: one.textContent, colour: getComputedStyle(one).outlineColor };
    })`,
  );
}

interface Contrast {
  readonly what: string;
  readonly ratio: number;
}

/** The contrast of colours, which a script in the page lists, with the paper. */
async function againstPaper(page: Page, colours: string): Promise<Contrast[]> {
  const found = (await page.evaluate(`(() => {
    const light = (colour) => {
      const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = light(getComputedStyle(document.body).backgroundColor);
    return ${colours}.map(({ what, colour }) => {
      const [low, high] = [paper, light(colour)].sort((a, b) => a - b);
      return { what, ratio: (high + 0.05) / (low + 0.05) };
    });
  })()`)) as Contrast[];
  expect(found.length).toBeGreaterThan(5);
  return found;
}
