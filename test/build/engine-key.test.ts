/** The key of an engine, by which shards and saved runs know that they run the same one. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { EngineKeys } from "../../dist/build/engine-key.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-key-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("changes with the target, the overlays, and any file of theirs", async () => {
  const file = join(folder, "rmap", "reusable.ts");
  mkdirSync(join(folder, "rmap"));
  const key = (target: string, layers: readonly string[]) => new EngineKeys().keyOf(target, layers);
  const write = (text: string) => writeFileSync(file, text);
  write("export const A = 1;");
  const first = await key("model", [folder]);
  expect(await key("model", [folder])).toBe(first);
  // Tools leave such things beside the sources.
  writeFileSync(join(folder, "notes.txt"), "no source");
  expect(await key("model", [folder])).toBe(first);
  const others = [await key("stress", [folder]), await key("model", [])];
  write("export const A = 2;");
  others.push(await key("model", [folder]));
  writeFileSync(join(folder, "other.ts"), "");
  others.push(await key("model", [folder]));
  expect(new Set([first, ...others]).size).toBe(5);
});
