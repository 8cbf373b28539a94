/** Faults that are planted in the tracking of changes. Each must be found by the programs or by the race. */
import { join } from "node:path";
import { compileSources } from "../../dist/build/compiler.js";
import { packageRoot, readTarget } from "../../dist/build/index.js";
import { LAYOUT_SECTION, probeLayout } from "../../dist/build/layout.js";
import { readSources } from "../../dist/build/read-sources.js";
import { appendJsonSections } from "../../dist/wasm/section.js";

/** A line of the engine, and what stands there instead. */
export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What finds it. */
  readonly by: "race" | "programs";
}

export const FAULTS: readonly Fault[] = [
  {
    name: "a collection does not flush",
    file: "mm/dirty.ts",
    from: "if (stale) flushTlbMm(mm);",
    to: "",
    by: "race",
  },
  {
    name: "a TLB learns the right to store together with the mark",
    file: "arch/tlb.ts",
    from: "pte & ~((pte & PTE_UNCHANGED) >> 1)",
    to: "pte",
    by: "race",
  },
  {
    name: "a store leaves the mark",
    file: "mm/fault.ts",
    from: "(pte & ~PTE_UNCHANGED) | PTE_ACCESSED | PTE_DIRTY",
    to: "pte | PTE_ACCESSED | PTE_DIRTY",
    by: "programs",
  },
  {
    name: "a store after a fork leaves the mark",
    file: "pt/pte.ts",
    from: "(pte & ~PTE_UNCHANGED) | PTE_WRITE",
    to: "pte | PTE_WRITE",
    by: "programs",
  },
  {
    name: "a pinned page gets the mark",
    file: "mm/dirty.ts",
    from: "if (!pageMaybePinned(ptePage(pte))) return true;",
    to: "if (ptePage(pte)) return true;",
    by: "programs",
  },
  {
    name: "what is dropped leaves nothing",
    file: "pt/pte.ts",
    from: "readOnce32(mm.trackedAt) != 0 ? PTE_DROPPED : 0",
    to: "mm.tracked == 2 ? PTE_DROPPED : 0",
    by: "programs",
  },
  {
    name: "a page in swap gets the mark",
    file: "rmap/unmap.ts",
    from: "exclusive) | pteUnchanged(pte));",
    to: "exclusive) | 0x80);",
    by: "programs",
  },
];

/** The module of the engine with a fault, compiled without optimising. */
export async function faulty({ file, from, to }: Fault): Promise<WebAssembly.Module> {
  const root = packageRoot();
  const { options } = await readTarget(root, "release");
  const sources = new Map(await readSources(join(root, "assembly")));
  const source = sources.get(file);
  if (source?.text.split(from).length !== 2) throw new Error(`${file} has not one ${from}`);
  sources.set(file, { ...source, text: source.text.replace(from, to) });
  const layout = await probeLayout(sources, options, () => {});
  const { wasm } = await compileSources(sources, "index.ts", { ...options, noValidate: true });
  const bytes = appendJsonSections(wasm as Uint8Array<ArrayBuffer>, { [LAYOUT_SECTION]: layout });
  return WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>);
}
