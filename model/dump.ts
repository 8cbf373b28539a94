/** Snapshots in the recorded form. */
import {
  type Dump,
  type DumpPage,
  type DumpProcess,
  type DumpVma,
  FrameNumbers,
} from "../src/ops/outcome.js";
import { type Page, ZERO } from "./page.js";
import type { Process } from "./process.js";
import { READ, SHARED, type Vma, WRITE } from "./vma.js";

/** A snapshot of the processes after `at` operations. */
export function snapshot(processes: Iterable<Process>, at: number): Dump {
  const frames = new FrameNumbers();
  const procs: Record<string, DumpProcess> = {};
  for (const process of [...processes].sort((a, b) => a.id - b.id)) {
    const vmas = process.vmas.all.map(showVma);
    const pages = [...process.table.present()].map(([page, entry]) => showPage(page, entry, frames));
    procs[String(process.id)] = { vmas, pages };
  }
  return { at, procs };
}

function showVma(vma: Vma): DumpVma {
  const perms = `${vma.has(READ) ? "r" : "-"}${vma.has(WRITE) ? "w" : "-"}-${vma.has(SHARED) ? "s" : "p"}`;
  return [vma.start, vma.end, perms, vma.object?.isFile ? vma.pgoff : null];
}

function showPage(page: number, entry: Page, frames: FrameNumbers): DumpPage {
  const kind = entry === ZERO ? "zero" : entry.kind;
  return frames.page({ page, key: entry, mapcount: entry.mapcount, kind, value: entry.value });
}
