/** A folder of a user's that is not what it should be: refused by name, quickly, and before anything is compiled. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { sample, WHOLE } from "../support/sample.js";

const root = mkdtempSync(join(tmpdir(), "rmap-folders-"));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** Makes a folder with files, by their paths. */
function folder(files: Readonly<Record<string, string>>): string {
  const path = join(root, `variant-${++count}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const SOURCE = "export {};";

async function refused(path: string) {
  const { code, stdout, stderr } = await rmapHere([
    "stress",
    "first-fault",
    "--variant",
    path,
    "--rounds",
    "1",
  ]);
  expect(stdout).toBe("");
  expect(stderr).not.toContain("unexpected failure");
  return { code, stderr };
}

it.each([
  ["a file", "../real.ts", "rmap/reusable.ts"],
  ["a folder", "/tmp", "mm"],
  ["nothing", "nowhere", "rmap/reusable.ts"],
  ["itself", "reusable.ts", "rmap/reusable.ts"],
  ["a file that is no source", "../x.md", "rmap/README.md"],
])("a link to %s", async (_, target, name) => {
  const path = folder({ "rmap/prepare.ts": SOURCE });
  symlinkSync(target, join(path, name));
  const { code, stderr } = await refused(path);
  expect(stderr).toContain(`${join(path, name)} is a symbolic link, not a file`);
  expect(code).toBe(2);
});

it("a named pipe, of which a read would never end", async () => {
  const path = folder({ "rmap/prepare.ts": SOURCE });
  execFileSync("mkfifo", [join(path, "rmap/pipe.ts")]);
  expect((await refused(path)).stderr).toContain("pipe.ts is a named pipe, not a file");
  const other = folder({ "rmap/prepare.ts": SOURCE });
  execFileSync("mkfifo", [join(other, "variant.json")]);
  expect(await refused(other)).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("variant.json:1:1"),
  });
});

it("a layout.ts whose pages the host cannot work with: the constant is named, with its place", async () => {
  const own = readFileSync(new URL("../../assembly/layout.ts", import.meta.url), "utf8");
  const line = own.split("\n").findIndex((text) => text.startsWith("export const PAGE_SIZE")) + 1;
  const path = folder({ "layout.ts": own.replace(/(PAGE_SIZE: u32) = 4096/, "$1 = 0") });
  const { code, stderr } = await refused(path);
  expect(stderr).toContain(`${join(path, "layout.ts")}:${line}:1: PAGE_SIZE is 0, and must be 4096`);
  expect(code).toBe(5);
});

it("refuses a folder that does not compile, before it says how long the rows take", async () => {
  const path = folder({ "rmap/reusable.ts": "export function" });
  const { code, stdout, stderr } = await rmapHere(["stress", "--variant", path]);
  expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  expect(stderr).toMatch(/^rmap: .*reusable\.ts:1:\d+: /);
  expect(stderr).not.toContain("rows of");
});

// It loops for as long as a start may take; untrusted.test.ts has such modules without a folder.
it.runIf(WHOLE)("a module that never ends its start: the folder is named", async () => {
  const path = folder({
    "rmap/reusable.ts": `function never(): u32 { while (true) {} return 1; }
const STARTED: u32 = never();
export function findMergeableAnonVma(vma: Vma): u32 { return STARTED; }`,
  });
  const { code, stderr } = await refused(path);
  expect(stderr).toContain(`rmap: ${path}: the module does not finish its start`);
  expect(code).toBe(4);
});

it("a folder without any place of the sources, and one with far too many files", async () => {
  expect(await refused(folder({ "home/x.md": "" }))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no folder of assembly/ in it: arch, check"),
  });
  const files = Object.fromEntries(Array.from({ length: 4100 }, (_, index) => [`rmap/${index}.md`, ""]));
  expect((await refused(folder(files))).stderr).toContain("has more than 4096 files and folders");
  const deep = folder({ [`${Array.from({ length: 20 }, () => "rmap").join("/")}/x.ts`]: SOURCE });
  expect((await refused(deep)).stderr).toContain("is nested too deep");
  expect((await refused("/")).code).toBe(2);
});

it.each([
  ["nested", `{"title":${"[".repeat(200_000)}`, /variant\.json:1:\d+: values are nested too deep/],
  ["long", `{"title":"${"x".repeat(2 ** 20)}"}`, /variant\.json:1:1: it has more than 1 MiB/],
])("a variant.json that is too %s", async (_, text, expected) => {
  const { code, stderr } = await refused(folder({ "rmap/prepare.ts": SOURCE, "variant.json": text }));
  expect(stderr).toMatch(expected);
  expect(code).toBe(5);
});

it("a variant.json that is a folder, and a name that is no plain text", async () => {
  const path = folder({ "rmap/prepare.ts": SOURCE, "variant.json/x": "" });
  expect(await refused(path)).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("variant.json:1:1: it is a folder"),
  });
  const { code, stderr } = await refused(folder({ "rmap/a\u001b[2J\nb.ts": SOURCE }));
  expect(stderr).toContain("a\\u001b[2J\\nb.ts");
  expect(code).toBe(2);
});

const LARGE = [
  [
    "20,000 parentheses",
    `${"(".repeat(20_000)}0${")".repeat(20_000)}`,
    /reusable\.ts:2:\d+: brackets are nested too deep/,
  ],
  ["20,000 signs", `${"~".repeat(20_000)}0`, /reusable\.ts:2:\d+: this statement is too long/],
] as const;

it.each(sample(LARGE, 1, "test/stress-runner/folders"))("a source of %s", async (_, value, expected) => {
  const head = 'import { Vma } from "../obj/vma";\n';
  const text = `${head}export function findMergeableAnonVma(vma: Vma): u32 { return ${value}; }`;
  const { code, stderr } = await refused(folder({ "rmap/reusable.ts": text }));
  expect(stderr).toMatch(expected);
  expect(code).toBe(5);
});
