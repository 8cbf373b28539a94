/** What a page's policy or its server refuses: each is an EnvironmentError that says what to do. Skipped without a Chromium. */
import type { Browser, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BROWSER, startBrowser, TestPage } from "../support/page.js";
import { until } from "../support/patience.js";
import { sample } from "../support/sample.js";

const FILE = "test/browser/refused.test.ts";

let browser: Browser;
beforeAll(async () => {
  if (BROWSER !== undefined) browser = await startBrowser();
});
afterAll(() => browser?.close());

/** A page that is asked for engines. */
interface Asked {
  /** Its content security policy. */
  readonly policy?: string;
  /** A file that its server does not have, or has without the page's headers. */
  readonly file?: string;
  readonly answer?: (route: Route) => Promise<void>;
}

/** What a call throws in such a page. The console says what the browser refused: nobody else does. */
async function thrown(code: string, { policy, file, answer = missing }: Asked): Promise<object> {
  const page = await TestPage.open(browser, true);
  if (policy !== undefined) {
    await page.page.route("**/policy.html", (route) =>
      route.fulfill({
        body: "<!doctype html><title>policy</title><link rel=icon href=data:,>",
        contentType: "text/html",
        headers: {
          "Content-Security-Policy": policy,
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        },
      }),
    );
    await page.page.goto(new URL("/policy.html", page.page.url()).href);
  }
  if (file !== undefined) await page.page.route(`**/dist/${file}`, answer);
  const text = `(async () => {
    try {
      const engine = await (async () => { ${code} })();
      await engine?.dispose?.();
      return {};
    } catch ({ name, code, message, hint }) {
      return { name, code, message, hint };
    }
  })()`;
  const error = (await page.page.evaluate(text)) as object;
  await until("the page's workers to end", () => page.page.workers().length === 0);
  expect(page.errors.filter((error) => !/Failed to load|security policy|violates/i.test(error))).toEqual([]);
  await page.close();
  return error;
}

const missing = (route: Route) => route.fulfill({ status: 404, body: "no" });
const MAIN = 'const { Engine } = await import("/dist/index.js");';
const INLINE = 'const { Engine } = await import("/dist/inline.js");';
const EXPLORE = `const { explore } = await import("/dist/explore.js");
  const { bundledScenarios } = await import("/dist/scenarios.js");
  return void (await explore((await bundledScenarios()).find(({ name }) => name === "drop-drop")));`;
const WASM = "script-src 'self' 'wasm-unsafe-eval'";

const POLICIES = [
  ["whose policy forbids WebAssembly", MAIN, {}, "script-src 'self'", /wasm-unsafe-eval/],
  ["whose policy forbids WebAssembly, inline", INLINE, {}, "script-src 'self'", /wasm-unsafe-eval/],
  ["whose policy forbids workers", MAIN, { cpus: 1 }, `${WASM}; worker-src 'none'`, /worker-src/],
  ["whose policy forbids workers of blobs", INLINE, { cpus: 1 }, WASM, /worker-src/],
  ["whose policy forbids to fetch", MAIN, {}, `${WASM}; connect-src 'none'`, /copy dist\/engine\.wasm/],
] as const;

const create = (options: object) => `${MAIN} return Engine.create(${JSON.stringify(options)});`;
const bare = (route: Route) =>
  route.fulfill({ body: "self.onmessage = () => {};", contentType: "text/javascript", headers: {} });
const SERVERS = [
  ["without the worker", create({ cpus: 2 }), "worker.js", missing, /worker\.js/],
  ["with a worker without headers", create({ kswapd: true }), "worker.js", bare, /headers of the page/],
  ["without the engine", create({}), "engine.wasm", missing, /engine\.wasm/],
  ["without the checked engine", create({ checked: true }), "engine.checked.wasm", missing, /checked\.wasm/],
  ["without the model", EXPLORE, "engine.model.wasm", missing, /engine\.model\.wasm/],
  ["without the monitor", EXPLORE, "monitor.wasm", missing, /monitor\.wasm/],
  ["without the exploring worker", EXPLORE, "explore-worker.js", missing, /explore-worker\.js/],
] as const;

describe.skipIf(BROWSER === undefined)("a page", () => {
  it.each(sample(POLICIES, 1, FILE))("%s", async (_, library, options, policy, hint) => {
    const code = `${library} return Engine.create(${JSON.stringify(options)});`;
    expect(await thrown(code, { policy })).toMatchObject({
      ...{ name: "EnvironmentError", code: "EENVIRONMENT", hint: expect.stringMatching(hint) },
    });
  });

  it.each([
    [MAIN, {}, `${WASM}`],
    [INLINE, { cpus: 1 }, `${WASM}; worker-src blob:`],
  ])("whose policy is as the guide says has its engine (%s)", async (library, options, policy) => {
    expect(await thrown(`${library} return Engine.create(${JSON.stringify(options)});`, { policy })).toEqual(
      {},
    );
  });

  it.each(sample(SERVERS, 2, FILE))("whose server is %s", async (_, code, file, answer, hint) => {
    expect(await thrown(code, { file, answer })).toMatchObject({
      ...{ name: "EnvironmentError", code: "EENVIRONMENT", hint: expect.stringMatching(hint) },
    });
  });
});
