/** `rmap new`: a folder of declarations as they are, and what it refuses. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { composeEngine } from "../../dist/build/compose.js";
import { rmapHere } from "../support/here.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-new-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("writes declarations with the imports they need, which change nothing until you do", async () => {
  const mine = join(folder, "mine");
  const { code, stdout } = await rmapHere(["new", mine, "findMergeableAnonVma", "anonVmaPrepare"]);
  const [reusable, prepare] = [join(mine, "rmap/reusable.ts"), join(mine, "rmap/prepare.ts")];
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${reusable}: findMergeableAnonVma\n${prepare}: anonVmaPrepare\n`,
  });
  const text = readFileSync(prepare, "utf8");
  expect(text).toMatch(/^\/\*\* What is different in mine, and why\. \*\/\n\nimport \{ readOnce32 \} from/);
  expect(text).toMatch(/@inline\nexport function anonVmaPrepare\(/);
  expect(text).not.toContain("avcLink");
  await expect(composeEngine([mine])).rejects.toThrow(/mine changes nothing\n/);
  writeFileSync(prepare, text.replace("return true;", "return false;"));
  writeFileSync(reusable, readFileSync(reusable, "utf8").replace("vma.next != 0", "vma.next != 1"));
  const { changes } = await composeEngine([mine]);
  expect(changes.map(({ names }) => names)).toEqual([["anonVmaPrepare"], ["findMergeableAnonVma"]]);
});

it("takes a name that a file passes on from where it is declared", async () => {
  const { stdout } = await rmapHere(["new", join(folder, "passed"), "boot", "index.ts:bootBytes"]);
  expect(stdout).toBe(
    `${join(folder, "passed/boot.ts")}: boot\n${join(folder, "passed/index.ts")}: bootBytes\n`,
  );
  expect(readFileSync(join(folder, "passed/index.ts"), "utf8")).toMatch(
    /\n\nexport \{ bootBytes \} from ".\/boot";\n$/,
  );
});

it("writes over nothing", async () => {
  const there = join(folder, "there");
  await rmapHere(["new", there, "anonVmaPrepare"]);
  const { code, stderr } = await rmapHere(["new", there, "findMergeableAnonVma", "anonVmaPrepare"]);
  expect(code).toBe(5);
  expect(stderr).toMatch(/there\/rmap\/prepare\.ts: it is there already/);
  expect(() => readFileSync(join(there, "rmap/reusable.ts"))).toThrow(/ENOENT/);
});

it.skipIf(process.platform !== "linux")("says where nothing can be made", async () => {
  const { code, stderr } = await rmapHere(["new", "/proc/no-such/folder", "anonVmaPrepare"]);
  expect(stderr).toMatch(/cannot write \/proc\/no-such\/folder\/rmap\/prepare\.ts: /);
  expect(code).toBe(5);
});

it("says when a file is in the way of a folder", async () => {
  writeFileSync(join(folder, "plain"), "");
  const { code, stderr } = await rmapHere(["new", join(folder, "plain"), "anonVmaPrepare"]);
  expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringMatching(/plain\/rmap\/prepare\.ts/) });
});

it.each([
  [
    ["anonVmaPrepared"],
    /the engine declares no "anonVmaPrepared"[\s\S]*nearest: anonVmaPrepare \(rmap\/prepare\.ts\)/,
  ],
  [
    ["rmap/lock.ts:anonVmaPrepare"],
    /declares no "rmap\/lock\.ts:anonVmaPrepare"[\s\S]*\(rmap\/prepare\.ts\)/,
  ],
  [["VMAPREP"], /nearest: anonVmaPrepare \(rmap\/prepare\.ts\), anonVmaPrepareSlow \(rmap\/prepare\.ts\), /],
  [[], /needs the name of a declaration/],
])("%j is wrong usage", async (names, expected) => {
  const { code, stderr } = await rmapHere(["new", join(folder, "none"), ...names]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(expected) });
});

it("asks for the file of a name that several declare", async () => {
  const { code, stderr } = await rmapHere(["new", join(folder, "none"), "writeProtect"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /"writeProtect" is declared in \d+ files\n.*name one of them: \S+\.ts:writeProtect, /,
  );
});
