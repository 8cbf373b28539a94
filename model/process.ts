/** A process: its mappings, its page table, its heap. */
import { PageTable } from "./page.js";
import { VmaList } from "./vma.js";

/** One address space. */
export class Process {
  readonly vmas = new VmaList();
  readonly table = new PageTable();
  heapStart = 0;
  /** Page after the heap's last. */
  heapEnd = 0;

  constructor(readonly id: number) {}

  /** Removes everything from [start, end): splits what reaches over its ends. */
  unmap(start: number, end: number): void {
    if (start >= end) return;
    for (const vma of this.vmas.carve(start, end)) {
      this.table.zap(vma.start, vma.end);
      this.vmas.remove(vma);
    }
  }

  /** The process is gone: pages first, then mappings. */
  exit(): void {
    this.table.zap(0, Number.POSITIVE_INFINITY);
    for (const vma of [...this.vmas.all]) this.vmas.remove(vma);
  }
}
