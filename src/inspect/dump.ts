/**
 * A snapshot of processes in the form of the kernel's recorded answers: every mapping and every page of the scripts'
 * window. Frames are numbered by first appearance, so that you can compare two machines field by field.
 */
import { WINDOW_BASE, WINDOW_PAGES } from "../ops/operation.js";
import { type Dump, type DumpPage, type DumpProcess, type DumpVma, FrameNumbers } from "../ops/outcome.js";
import type { Inspector } from "./memory.js";
import { type MappedPage, walkPages } from "./pages.js";
import { readMappings } from "./vmas.js";

const BASE = Number(WINDOW_BASE);

/**
 * Takes a snapshot after `at` operations. `processes` are [process number, slot of its address space]; the engine must
 * be quiescent.
 */
export function takeDump(
  inspector: Inspector,
  at: number,
  processes: Iterable<readonly [process: number, slot: number]>,
): Dump {
  const frames = new FrameNumbers();
  const procs: Record<string, DumpProcess> = {};
  for (const [process, slot] of [...processes].sort((a, b) => a[0] - b[0])) {
    procs[process] = { vmas: dumpVmas(inspector, slot), pages: dumpPages(inspector, slot, frames) };
  }
  return { at, procs };
}

function dumpVmas(inspector: Inspector, slot: number): DumpVma[] {
  const pageSize = inspector.control.layout.constant("PAGE_SIZE");
  const page = (address: number) => (address - BASE) / pageSize;
  return readMappings(inspector, slot)
    .filter(({ start, end }) => page(start) >= 0 && page(end) <= WINDOW_PAGES)
    .map(({ start, end, permissions, file, pageOffset }) => [
      page(start),
      page(end),
      permissions,
      file === 0 ? null : pageOffset,
    ]);
}

function dumpPages(inspector: Inspector, slot: number, frames: FrameNumbers): DumpPage[] {
  const pageSize = inspector.control.layout.constant("PAGE_SIZE");
  const end = BASE + WINDOW_PAGES * pageSize;
  return Array.from(walkPages(inspector, slot, BASE, end), (page) =>
    frames.page({
      page: (page.address - BASE) / pageSize,
      key: page.frame,
      mapcount: page.mapcount,
      kind: kindOf(page),
      value: page.value,
    }),
  );
}

function kindOf(page: MappedPage): "anon" | "file" | "ksm" | "zero" {
  if (page.zero) return "zero";
  if (page.ksm) return "ksm";
  return page.anonymous ? "anon" : "file";
}
