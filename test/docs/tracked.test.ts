/** A folder of one's own in the checkout, as README suggests, is none of the project's. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { trackedFiles } from "../support/tracked.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-tracked-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function git(...words: string[]): void {
  execFileSync("git", ["-C", folder, ...words], { stdio: "ignore" });
}

it("lists what git tracks and is there", () => {
  for (const name of ["src", "my-idea"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.ts"), "");
  }
  writeFileSync(join(folder, "gone.md"), "");
  expect(trackedFiles(folder)).toBeUndefined();
  git("init");
  expect(trackedFiles(folder)).toBeUndefined();
  git("add", "src", "gone.md");
  rmSync(join(folder, "gone.md"));
  expect(trackedFiles(folder)).toEqual(new Set(["src/a.ts"]));
});

it("lists nothing in a tree that is no checkout, though one lies around it", () => {
  mkdirSync(join(folder, "unpacked"), { recursive: true });
  expect(trackedFiles(join(folder, "unpacked"))).toBeUndefined();
});
