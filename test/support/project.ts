/** A small engine project in a temporary folder, for the tests of the build itself. */

import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files of the smallest project that uses everything: a constant, a structure, an access, a protocol step. */
export const FILES = {
  "package.json": '{ "version": "1.2.3" }',
  "assembly/layout.ts": `
    export const CTL: u32 = 1024;
    export const TOP: u32 = 0x8000_0000;
    export const NEGATIVE: i32 = -12;
    export const MASK: u64 = 0xffff_ffff_ffff_f000;
    export const SUM = 1 << 3 | 1;`,
  "assembly/obj/page.ts": `
    @unmanaged
    export class Page { flags: u32; count: i32; index: u64; next: Page | null; at: usize; }
    @unmanaged
    export class BigPage extends Page { tail: u16; }`,
  "assembly/arch/access.ts": `
    @inline
    export function readOnce(at: usize): u32 { return atomic.load<u32>(at); }`,
  "assembly/arch/check.ts": "export function check(ok: bool): void {}",
  "assembly/rmap/prepare.ts": `
    import { Page } from "../obj/page";
    import { readOnce } from "../arch/access";
    export function prepare(at: usize): u32 {
      changetype<Page>(at).index += 1; // the memory is imported only when something uses it
      return readOnce(at) + readOnce(at + 4);
    }`,
  "assembly/index.ts": 'export { prepare } from "./rmap/prepare";',
  "overlays/checked/arch/check.ts": "export function check(ok: bool): void { if (!ok) unreachable(); }",
  "overlays/delays/arch/access.ts": `
    @inline
    export function readOnce(at: usize): u32 { const value = atomic.load<u32>(at); return value; }`,
  "overlays/model/arch/access.ts": `
    @external("model", "load")
    declare function load32(at: usize): u32;
    @inline
    export function readOnce(at: usize): u32 { return load32(at); }`,
};

/** Writes files below a folder; a name is a path with \`/\`. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}

/** Makes the project, with files added or replaced; gives its root, with the `asconfig.json` of this repository. */
export async function makeProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "rmap-build-"));
  await writeFiles(root, { ...FILES, ...files });
  await copyFile(new URL("../../asconfig.json", import.meta.url), join(root, "asconfig.json"));
  return root;
}

/** Removes what makeProject made. */
export async function removeProject(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true });
}
