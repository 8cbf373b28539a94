/** Pins: who holds which page, and what is done so that the page stays its process's own. KSM knows nothing of them here. */
import type { Outcome } from "../src/ops/outcome.js";
import { access, copyPage } from "./fault.js";
import { type Page, ZERO } from "./page.js";
import type { Process } from "./process.js";

/** Pins of all processes, those that have exited too. */
export class Pins {
  private readonly held = new Map<string, Page[]>();

  /** Pins every page of a range, or none; what was faulted in on the way stays. */
  pin(process: Process, from: number, pages: number, write: boolean): Outcome {
    for (let at = from; at < from + pages; at++) {
      if (this.pinOne(process, at, write)) continue;
      this.unpin(process.id, from, at - from);
      return "EFAULT";
    }
    return 0;
  }

  /** Drops one pin of each page, or none when a page has none. */
  unpin(process: number, from: number, pages: number): Outcome {
    const pins = Array.from({ length: pages }, (_, index) => this.held.get(`${process}:${from + index}`));
    if (!pins.every((of) => of !== undefined && of.length > 0)) return "EINVAL";
    for (const of of pins) {
      // The last first: what was pinned before may be another page, whose mapping is gone.
      const page = of?.pop();
      if (page !== undefined) page.pins--;
    }
    return 0;
  }

  private pinOne(process: Process, at: number, write: boolean): boolean {
    if (access(process, at, write) !== 0) return false;
    const vma = process.vmas.at(at);
    const shared = process.table.get(at);
    if (vma === null || shared === null || shared === ZERO) return false;
    if (shared.kind === "ksm" || (shared.kind === "anon" && shared.mapcount > 1))
      copyPage(process, vma, at, shared);
    const page = process.table.get(at) as Page;
    page.pins++;
    const key = `${process.id}:${at}`;
    this.held.set(key, [...(this.held.get(key) ?? []), page]);
    return true;
  }
}
