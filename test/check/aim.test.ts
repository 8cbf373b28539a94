/** Where counted code makes its accesses, by the sections of a module. */

import { expect, it } from "vitest";
import { COVER_SECTION, type CoverSite } from "../../dist/build/cover.js";
import { aimOf } from "../../dist/check/aim.js";
import { Access } from "../../dist/explore/access.js";
import { LINES_SECTION, packPlace } from "../../dist/wasm/plain.js";
import { appendJsonSections } from "../../dist/wasm/section.js";

const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A module with these places, and counters in some declarations. */
function moduleOf(lines: readonly string[], sites: readonly CoverSite[]): WebAssembly.Module {
  const sections = { [LINES_SECTION]: lines, [COVER_SECTION]: sites };
  return new WebAssembly.Module(appendJsonSections(EMPTY, sections) as Uint8Array<ArrayBuffer>);
}

function site(file: string, declaration: string): CoverSite {
  return { file, declaration, kind: "entry", line: 1, text: "" };
}

it("is an access in a counted declaration or method, and none of the same name in another file", () => {
  const lines = [
    packPlace({ line: "assembly/rmap/prepare.ts:20", name: "prepare" }),
    packPlace({ line: "my-idea/mm/copy.ts:7", name: "copyEntries" }),
    packPlace({ line: "assembly/mm/zap.ts:9", name: "copyEntries" }),
    packPlace({ line: "my-idea/rmap/unmap.ts:31", name: "one" }),
  ];
  const module = moduleOf(lines, [
    site("mm/copy.ts", "copyEntries"),
    site("rmap/unmap.ts", "TryToUnmapOne.one"),
  ]);
  const aim = aimOf(module);
  const hook = { name: "", kind: "load", bits: 32, order: "once" } as const;
  expect(lines.map((_, place) => aim?.(new Access().set(hook, place, 0, 0, 0)))).toEqual([
    ...[false, true, false, true],
  ]);
  expect(aimOf(moduleOf(lines, []))).toBeUndefined();
});
