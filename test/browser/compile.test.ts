/** The compiler in a worker of a page: the same module as in Node, and mistakes with their places. Skipped without a Chromium. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileEngine } from "../../dist/build/index.js";
import { BROWSER, startBrowser, TestPage } from "../support/page.js";
import { FILES, makeProject, removeProject } from "../support/project.js";
import { WHOLE } from "../support/sample.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where the page finds the bundled worker. */
const SCRIPT = "/compile-worker.js";
const CONFIG = JSON.parse(readFileSync(new URL("../../asconfig.json", import.meta.url), "utf8"));
const MISTAKE = "export function findMergeableAnonVma(vma: Vma): u32 {\n  return nothing;\n}\n";
const OVERLAY = "export function findMergeableAnonVma(vma: Vma): u32 {\n  return 0;\n}\n";

/** The texts of FILES below a folder. */
const below = (folder: string) =>
  Object.fromEntries(
    Object.entries(FILES)
      .filter(([path]) => path.startsWith(`${folder}/`))
      .map(([path, text]) => [path.slice(folder.length + 1), text]),
  );

describe.skipIf(BROWSER === undefined)(`in ${BROWSER ?? "a browser, of which there is none"}`, () => {
  let browser: Browser;
  let page: TestPage;
  beforeAll(async () => {
    browser = await startBrowser();
    page = await TestPage.open(browser, false);
    const { outputFiles } = await build({
      ...{ absWorkingDir: ROOT, bundle: true, format: "esm", target: "es2022", write: false },
      entryPoints: ["test/browser/page/compile-worker.mjs"],
      alias: { "rmap-engine/build/core": "./dist/build-core.js" },
      // The compiler asks for these in Node only.
      external: ["fs", "module", "path", "url", "node:module"],
    });
    const body = outputFiles[0]?.text ?? "";
    await page.page.route(`**${SCRIPT}`, (route) => route.fulfill({ body, contentType: "text/javascript" }));
  });
  afterAll(async () => {
    expect(page.errors).toEqual([]);
    await page.close();
    await browser.close();
  });

  it("compiles a small project to the module that Node compiles it to", async () => {
    const root = await makeProject();
    const { wasm, info } = await compileEngine({ root });
    await removeProject(root);
    const sources = { version: "1.2.3", config: CONFIG, assembly: below("assembly"), overlays: {} };
    const digest = [...createHash("sha256").update(wasm).digest()];
    expect(await page.call("compile", { script: SCRIPT, source: { sources } })).toEqual({ digest, info });
  });

  it("says where a mistake in an overlay is", async () => {
    const overlays = [
      {
        name: "mine",
        files: { "rmap/prepare.ts": "export function prepare(at: usize): u32 {\n  return nothing;\n}\n" },
      },
    ];
    const sources = { version: "1.2.3", config: CONFIG, assembly: below("assembly"), overlays: {} };
    const { error } = (await page.call("compile", { script: SCRIPT, source: { sources, overlays } })) as {
      error: { name: string; code: string; diagnostics: readonly object[] };
    };
    expect(error).toMatchObject({ name: "BuildError", code: "EBUILD" });
    expect(error.diagnostics[0]).toMatchObject({ file: "mine/rmap/prepare.ts", line: 2, column: 10 });
    const stray = [{ name: "mine", files: { "rmap/nothing.ts": "export const A = 1;" } }];
    expect(
      await page.call("compile", { script: SCRIPT, source: { sources, overlays: stray } }),
    ).toMatchObject({
      error: { name: "OverlayError", code: "EOVERLAY" },
    });
  });

  // About 12 s of processor time.
  it.runIf(WHOLE)("compiles the engine with an overlay, and runs it", async () => {
    const files = { "rmap/reusable.ts": OVERLAY };
    const overlays = [{ name: "mine", files }];
    const found = (await page.call("compile", { script: SCRIPT, source: { overlays }, boots: true })) as {
      mappings: number;
      info: { overlays: readonly string[] };
    };
    expect(found.mappings).toBe(2);
    expect(found.info.overlays).toEqual(["mine"]);
    const wrong = [{ name: "mine", files: { "rmap/reusable.ts": MISTAKE } }];
    expect(await page.call("compile", { script: SCRIPT, source: { overlays: wrong } })).toMatchObject({
      error: { diagnostics: [{ file: "mine/rmap/reusable.ts", line: 2, column: 10 }] },
    });
  });
});
