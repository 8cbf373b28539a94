/**
 * The package in a page of a browser, with isolation and without: what the kernel recorded, a replay, an exploration, calls
 * of the page's own thread, misuse. Skipped where there is no Chromium; CHROME_PATH names one.
 */
import { readdirSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type AddressSpace, Engine } from "../../dist/index.js";
import { replay } from "../../dist/replay.js";
import { traceFile } from "../../dist/trace.js";
import { ISOLATED } from "../../scripts/serve.mjs";
import { BROWSER, startBrowser, TestPage } from "../support/page.js";
import { blocks } from "../support/pages.js";
import { until } from "../support/patience.js";
import { count, sample, WHOLE } from "../support/sample.js";

const NAMES = readdirSync(new URL("../../answers/", import.meta.url))
  .filter((name) => name.endsWith(".ops"))
  .map((name) => name.slice(0, -".ops".length))
  .sort();
const TRACE = "bash.perf.txt.gz";

const TYPES: Readonly<Record<string, string>> = {
  "engine.wasm": "application/wasm",
  "worker.js": "text/javascript",
};

let browser: Browser;
beforeAll(async () => {
  if (BROWSER !== undefined) browser = await startBrowser();
});
afterAll(() => browser?.close());

describe.skipIf(BROWSER === undefined).each([
  { isolated: true, cpus: 2 },
  { isolated: false, cpus: 0 },
])(`in ${BROWSER ?? "a browser, of which there is none"}, %j`, ({ isolated, cpus }) => {
  let page: TestPage;
  beforeAll(async () => {
    page = await TestPage.open(browser, isolated);
  });
  afterAll(() => page.close());
  afterEach(async () => {
    // Nothing went wrong that nobody saw, and nothing is left behind.
    expect(page.errors).toEqual([]);
    const left = () => page.page.workers().map((worker) => worker.url());
    await until("the page's workers to end", () => left().length === 0, left);
  });

  it("is what the test says", async () => {
    expect(await page.page.evaluate(() => crossOriginIsolated)).toBe(isolated);
  });

  it("agrees with the kernel", async () => {
    const names = sample(NAMES, 8, "test/browser");
    const { differences, outcomes } = (await page.call("kernel", { names, cpus })) as {
      differences: object;
      outcomes: number;
    };
    expect(differences).toEqual({});
    expect(outcomes).toBeGreaterThan(names.length * 50);
  });

  it("replays a recording as Node does", async () => {
    const here = await replay(traceFile(`traces/${TRACE}`), { cpus: 1 });
    const there = await page.call("replay", { trace: TRACE, cpus });
    expect(there).toEqual({
      samples: here.fidelity.samples,
      exact: here.fidelity.samples,
      hash: String(here.contents.hash),
      leaks: { pages: 0, tables: 0, vmas: 0, anonVmas: 0, anonVmaChains: 0 },
      ops: here.ops,
    });
  });

  it("takes a snapshot of Node, and Node takes its own", async () => {
    const engine = await Engine.create({ cpus: 2, content: "full", memory: 2 ** 20 });
    const parent = engine.spawn();
    const at = parent.mmap(8 * 4096);
    parent.writeBytes(
      at,
      Uint8Array.from({ length: 8 * 4096 }, (_, i) => i * 3),
    );
    const child = parent.fork();
    child.write8(at, 200);
    parent.pin(at + 0);
    const saved = Buffer.from(engine.save());
    const seen = {
      ...{ cpus, checks: true, hashes: engine.spaces.map((space) => String(space.contentHash())) },
      users: [0, 1].map((page) => parent.whoMaps(at + page * 4096).length),
      bytes: [...child.readBytes(at + 4096, 4)],
      ...(cpus > 0 && { results: [0, 0] }),
    };
    await engine.dispose();
    const { image, ...there } = (await page.call("snapshot", {
      image: saved.toString("base64"),
      workers: cpus > 0,
    })) as Record<string, unknown>;
    expect(there).toEqual(seen);
    const back = await Engine.load(Buffer.from(image as string, "base64"));
    const [first, second] = back.spaces as [AddressSpace, AddressSpace];
    back.check();
    expect([first.read32(at + 4098), second.read32(at + 4098)]).toEqual([0x0f0c_0906, 0xfeed]);
    const batch = back.batch();
    batch.on(0).read(first, at + 8192);
    batch.on(1).read(second, at + 8192);
    const values = (await batch.run()).map(({ value }) => value & 0xffn);
    expect(values).toEqual(cpus > 0 ? [7n, 8n] : [0n, 0n]);
    await back.dispose();
  });

  it("supplies missing pages, also to CPUs that wait for a fetch", async () => {
    expect(await page.call("missing", { cpus })).toEqual({
      ...{ bytes: [1, 1, 2, 2], ahead: [true, false, 0], promise: "UsageError" },
      ...(cpus > 0 && { batch: true, text: "page 15" }),
    });
  });

  it("keeps two engines apart", async () => {
    const [alone, beside] = (await page.call("two-engines", { cpus })) as [string, string];
    expect(beside).toBe(alone);
  });

  it("tells which pages changed, and what the CPUs did", async () => {
    expect(await page.call("changes", { cpus })).toEqual({
      ...{ pages: [0, 3, 6, 9, 12, 15], kinds: Array(16).fill("anon"), faultAnon: 16, lost: 0 },
    });
  });

  it("turns misuse into typed errors", async () => {
    const found = (await page.call("misuse", { cpus })) as Record<string, string>;
    const expected = Object.fromEntries(Object.keys(found).map((name) => [name, "UsageError EUSAGE"]));
    const others = {
      "mprotect over a hole": "SystemCallError ENOMEM",
      "a read of nothing": "SegmentationFault SEGV",
      "madvise without room": "OutOfMemory EAGAIN",
      // The language's own: nothing has run.
      "a handle behind a proxy": "TypeError undefined without a hint",
      "a number for a word": "nothing",
      "an address within a word": "nothing",
      "the last bytes of a page": "nothing",
      ...(isolated
        ? { "threads that never start": "WatchdogError EWATCHDOG" }
        : { "worker CPUs without isolation": "EnvironmentError EENVIRONMENT" }),
    };
    expect(Object.keys(found).length).toBeGreaterThan(23);
    expect(found).toMatchObject(others);
    expect(
      Object.fromEntries(
        Object.entries(found).map(([name, text]) => [
          name,
          text.replace(/^(UsageError .*) without a hint$/, "$1"),
        ]),
      ),
    ).toEqual({
      ...expected,
      ...others,
    });
  });

  it("says at once that a module is no engine", async () => {
    const found = (await page.call("wrong-engine")) as Record<string, string>;
    // The browser itself says that a scheme is unknown.
    const said = page.errors.splice(0).filter((text) => !/scheme|Failed to load/.test(text));
    expect(said).toEqual([]);
    expect(found).toEqual({
      "an empty module": expect.stringMatching(/^EnvironmentError EENVIRONMENT: .*rmap\.layout/),
      "no module": expect.stringMatching(/^EnvironmentError EENVIRONMENT: cannot compile/),
      "half an engine": expect.stringMatching(/^EnvironmentError EENVIRONMENT: cannot compile/),
      "another module": expect.stringMatching(/^EnvironmentError EENVIRONMENT: .*/),
      "a page": expect.stringMatching(/^EnvironmentError EENVIRONMENT: cannot compile/),
      "an unknown scheme": expect.stringMatching(/^EnvironmentError EENVIRONMENT: cannot read/),
      "its own bytes, too large": expect.stringMatching(/^UsageError EUSAGE: memory must be at most/),
      "its own bytes, and no size": expect.stringMatching(/^UsageError EUSAGE: memory must be a whole/),
      "its own bytes": "nothing",
      "a response": "nothing",
    });
  });

  it.runIf(isolated).each(WHOLE ? [false, true] : [false])(
    "ends with its page, or its worker (%s), during a run",
    async (inWorker) => {
      const other = await TestPage.open(browser, isolated);
      await other.call("endless", { inWorker });
      const workers = () => other.page.workers().length;
      expect(workers()).toBe(inWorker ? 4 : 3);
      if (inWorker) await other.page.evaluate("outer.terminate()");
      else await other.page.goto("about:blank");
      await until("the workers to end", () => workers() === 0);
      expect(other.errors).toEqual([]);
      await other.close();
    },
  );

  it.runIf(isolated)("ends the workers of engines that the page has forgotten", async () => {
    await page.call("forgotten", { engines: 2, options: { cpus: 1 } });
    await page.call("forgotten", { engines: 1, options: { cpus: 1, kswapd: true } });
    const devtools = await page.page.context().newCDPSession(page.page);
    // Finalisation runs some turns after a collection, and a thread ends some time later.
    for (let turn = 0; turn < 1000 && page.page.workers().length > 0; turn++) {
      await devtools.send("HeapProfiler.collectGarbage");
      await page.page.waitForTimeout(10);
    }
    expect(page.page.workers()).toEqual([]);
  });

  it.runIf(WHOLE)("gives back the memory of engines that the page has forgotten", async () => {
    // At once a page holds about 120: each reserves 10 GB of addresses.
    expect(await page.call("forgotten", { engines: 300, options: { cpus: 0 } })).toBe(300);
  });

  it.runIf(isolated)("never blocks the page's thread, whoever holds the locks", async () => {
    const pages = 512;
    const found = (await page.call("main-thread", { pages, rounds: count(3, 30) })) as Record<string, number>;
    expect(found["blocks"]).toBe(false);
    expect(found["calls"]).toBeGreaterThan(500);
    expect(found["reclaimed"]).toBeGreaterThan(0);
  });

  it.runIf(isolated)("finds its files elsewhere, as the guide shows", async () => {
    const [code = ""] = blocks("docs/embedding.md", "mjs").filter((block) => block.includes("threads"));
    const asked: string[] = [];
    await page.page.route("**/assets/*", (route) => {
      const file = new URL(route.request().url()).pathname.split("/").at(-1) ?? "";
      asked.push(file);
      return route.fulfill({
        path: `dist/${file}`,
        headers: { ...ISOLATED, "Content-Type": TYPES[file] ?? "" },
      });
    });
    const text = `(async () => {
      const { Engine } = await import("/dist/index.js");
      ${code}
      const space = engine.spawn();
      const page = space.mmap(4096);
      const batch = engine.batch();
      batch.on(1).write(space, page, 5);
      await batch.run();
      const value = String(space.read(page));
      await engine.dispose();
      return value;
    })()`;
    expect(await page.page.evaluate(text)).toBe("5");
    // The module is tried in a worker first: it is not known to be the package's own.
    expect(asked.sort()).toEqual(["engine.wasm", "worker.js", "worker.js", "worker.js"]);
    await page.page.unroute("**/assets/*");
  });

  // About 12 s of spinning: the bound itself.
  it.runIf(WHOLE)("gives up on a lock that never comes", async () => {
    const found = (await page.call("never", { cpus })) as string[];
    expect(found).toHaveLength(3);
    for (const text of found) expect(text).toMatch(/^EngineCrashError ECRASH: .*its thread may not block/);
  });

  it("explores in a worker, and a signal stops it", async () => {
    expect(await page.call("explore")).toEqual({
      races: expect.any(Number),
      clean: { complete: true, found: null, executions: expect.any(Number) },
      found: { invariant: "CONTENT", events: expect.any(Number), message: expect.any(String) },
      again: expect.any(String),
      stopped: "AbortError",
    });
  });
});
