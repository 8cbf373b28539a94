/** A page of the built package in a headless Chromium, and what went wrong in it. */
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { serve } from "../../scripts/serve.mjs";
import { browserPath } from "./chromium.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The browser; undefined where there is none. */
export const BROWSER = browserPath();

/** Starts the browser. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: BROWSER ?? "", args: ["--no-sandbox"] });
}

/** What the console of a page says as an error or a warning, and errors that nothing catches, go to `errors`. */
export function listen(page: Page, errors: string[]): void {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
}

/** A page, with the modules of the repository behind it. */
export class TestPage {
  readonly page: Page;
  /** What the console said as an error, and errors that nothing caught. */
  readonly errors: string[] = [];
  readonly #close: () => Promise<void>;

  private constructor(page: Page, close: () => Promise<void>) {
    this.page = page;
    this.#close = close;
    page.setDefaultTimeout(ANSWER);
    listen(page, this.errors);
  }

  /** Opens an empty page. `isolated`: with the headers that let workers share memory. `folder`: what is served. */
  static async open(browser: Browser, isolated: boolean, folder = ROOT): Promise<TestPage> {
    const server = await serve(folder, { isolated });
    const context = await browser.newContext();
    const page = new TestPage(await context.newPage(), async () => {
      await context.close();
      await server.close();
    });
    await page.page.route("**/empty.html", (route) =>
      route.fulfill({
        body: "<!doctype html><title>empty</title><link rel=icon href=data:,>",
        contentType: "text/html",
        headers: isolated
          ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
          : {},
      }),
    );
    await page.page.goto(`${server.url}/empty.html`);
    return page;
  }

  /** Calls the default export of a module of `test/browser/page/`. What it takes and gives is plain data. */
  call(module: string, argument: unknown = {}): Promise<unknown> {
    // As text: vitest would turn an import in a function into one of its own.
    const path = JSON.stringify(`/test/browser/page/${module}.mjs`);
    const code = `import(${path}).then(({ default: run }) => run(${JSON.stringify(argument)}))`;
    return inTime(this.page.evaluate(code), `${module} in the page`);
  }

  /** Closes it and its server. */
  close(): Promise<void> {
    return this.#close();
  }
}

/** Milliseconds that a page has for one answer: many times what it takes. */
const ANSWER = 5 * 60_000;

/** Rejects when the answer does not come. */
async function inTime<T>(answer: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ANSWER / 1000} s for ${what}`)), ANSWER);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
