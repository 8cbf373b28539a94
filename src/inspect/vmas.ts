/** The mappings of an address space, as /proc/PID/maps lists them. */
import type { Layout } from "../wasm/layout.js";
import type { Inspector } from "./memory.js";

/** One mapping: [start, end) in bytes. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** Four letters as in /proc/PID/maps: `rw-p`, `r--s`. */
  readonly permissions: string;
  /** Page offset of the start: in the file, or where the anonymous memory was first mapped. */
  readonly pageOffset: number;
  /** Slot of the mapped file, or 0 for anonymous memory (shared or not). */
  readonly file: number;
  readonly shared: boolean;
  /** Address of the anon_vma that new pages get; 0 before the first page. */
  readonly anonVma: number;
}

/** All mappings of the address space in a slot, ascending. Throws EngineCrashError when their list has no end. */
export function readMappings(inspector: Inspector, slot: number): Mapping[] {
  const { layout } = inspector.control;
  const mappings: Mapping[] = [];
  const share = layout.constant("VM_SHARED");
  const letters = permissionsOf(layout);
  const vma = inspector.vma;
  for (const at of vmasOf(inspector, slot)) {
    const flags = vma.u32(at, "flags");
    const file = vma.u32(at, "file");
    mappings.push({
      start: vma.number(at, "start"),
      end: vma.number(at, "end"),
      permissions: letters(flags),
      pageOffset: vma.number(at, "pgoff"),
      file: file === 0 ? 0 : inspector.file.u32(file, "slot"),
      shared: (flags & share) !== 0,
      anonVma: vma.u32(at, "anonVma"),
    });
  }
  return mappings;
}

/** A range of an address space: [start, end) in bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a range whose absent pages are missing, ascending. Throws EngineCrashError when the list of mappings has no
 * end. Only while nobody changes the mappings.
 */
export function registeredParts(inspector: Inspector, slot: number, { start, end }: Range): Range[] {
  const missing = inspector.control.layout.constant("VM_UFFD_MISSING");
  const parts: Range[] = [];
  for (const at of vmasOf(inspector, slot)) {
    const first = inspector.vma.number(at, "start");
    if (first >= end) break;
    const last = inspector.vma.number(at, "end");
    if (last <= start || (inspector.vma.u32(at, "flags") & missing) === 0) continue;
    parts.push({ start: Math.max(first, start), end: Math.min(last, end) });
  }
  return parts;
}

/** The addresses of the VMAs of the address space in a slot, ascending by what they map. Throws as `registeredParts`. */
export function* vmasOf(inspector: Inspector, slot: number): Generator<number> {
  const mm = inspector.mmOf(slot);
  if (mm === 0) return;
  const vma = inspector.vma;
  let left = inspector.mostObjects(vma);
  for (let at = inspector.mm.u32(mm, "first"); at !== 0; at = vma.u32(at, "next")) {
    if (left-- === 0) throw inspector.broken(`the list of mappings of address space ${slot} has no end`);
    yield at;
  }
}

/** The four letters for the flags of a mapping. */
export function permissionsOf(layout: Layout): (flags: number) => string {
  const bit = (name: string) => layout.constant(name);
  const [read, write, exec, share] = [bit("VM_READ"), bit("VM_WRITE"), bit("VM_EXEC"), bit("VM_SHARED")];
  const letter = (one: number, yes: string, no: string) => (one !== 0 ? yes : no);
  return (flags) =>
    letter(flags & read, "r", "-") +
    letter(flags & write, "w", "-") +
    letter(flags & exec, "x", "-") +
    letter(flags & share, "s", "p");
}
