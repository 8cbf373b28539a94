/** Folders compiled without optimising, with counters: that takes two seconds. */

import { fileURLToPath } from "node:url";
import { compileSources } from "../../dist/build/compiler.js";
import { COVER_SECTION, CoverPass } from "../../dist/build/cover.js";
import { readInput } from "../../dist/build/engine.js";
import { LAYOUT_SECTION, probeLayout } from "../../dist/build/layout.js";
import { appendJsonSections } from "../../dist/wasm/section.js";

/** A folder of the fixtures. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** The checked build of a folder, with counters in what it changes. */
export async function checkedModule(folder: string): Promise<WebAssembly.Module> {
  const {
    sources,
    target,
    covered = [],
  } = await readInput({ target: "checked", overlays: [folder], cover: true });
  const cover = await CoverPass.of(sources, covered);
  const { transform } = cover;
  const { wasm } = await compileSources(sources, "index.ts", target.options, { transform });
  const layout = await probeLayout(sources, target.options, () => {});
  const sections = { [LAYOUT_SECTION]: layout, [COVER_SECTION]: cover.sites };
  return WebAssembly.compile(appendJsonSections(wasm, sections) as Uint8Array<ArrayBuffer>);
}
