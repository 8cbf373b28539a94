/** Tests run the Node that runs them, and CI the one that it names: otherwise another one would be tested unseen. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ended } from "../support/patience.js";
import { mainPath } from "../support/rmap.js";

const tests = fileURLToPath(new URL("..", import.meta.url));

it("is the one that CI asks for", () => {
  const { RMAP_NODE = process.version } = process.env;
  expect(process.version).toBe(RMAP_NODE);
});

it("is the one that runs the command", async () => {
  // Loaded in the command's own process, before it.
  const tell = `data:text/javascript,console.error("under " + process.version)`;
  const end = await ended(
    spawn(process.execPath, ["--import", tell, mainPath, "--version"]),
    "rmap --version",
  );
  expect(end).toMatchObject({ code: 0, stderr: `under ${process.version}\n` });
});

it("is never one that is found by its name", () => {
  const named = /\b(?:spawn|spawnSync|execFile|execFileSync|fork|run)\(\s*["'`](?:node|npx|vitest)["'`]/;
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => named.test(readFileSync(join(tests, file), "utf8")))).toEqual([]);
});
