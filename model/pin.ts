/** Pins: who holds which page, and what is done so that the page stays its process's own. KSM knows nothing of them here. */
import type { Outcome } from "../src/ops/outcome.js";
import { access, copyPage } from "./fault.js";
import { Page, ZERO } from "./page.js";
import type { Process } from "./process.js";

/** Pins of all processes, those that have exited too. */
export class Pins {
  private readonly held = new Map<string, Page[]>();
  /** The page that a process took last with `hold`, and has not released. */
  private readonly last = new Map<number, Page>();

  /** Pins every page of a range, or none; what was faulted in on the way stays. */
  pin(process: Process, from: number, pages: number, write: boolean): Outcome {
    for (let at = from; at < from + pages; at++) {
      const page = this.pinOne(process, at, write);
      if (page instanceof Page) continue;
      this.unpin(process.id, from, at - from);
      return page;
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

  /** Pins one page, which the process's next `device` and `release` mean. */
  hold(process: Process, at: number, write: boolean): Outcome {
    const page = this.pinPage(process, at, write);
    if (!(page instanceof Page)) return page;
    this.last.set(process.id, page);
    return 0;
  }

  /** Stores through the pin of the process. */
  device(process: number, value: bigint): Outcome {
    const page = this.last.get(process);
    if (page === undefined) return "EINVAL";
    page.value = value;
    page.dirty = true;
    return 0;
  }

  /** Drops the pin that the process holds. */
  release(process: number): Outcome {
    const page = this.last.get(process);
    if (page === undefined) return "EINVAL";
    this.last.delete(process);
    page.pins--;
    return 0;
  }

  private pinOne(process: Process, at: number, write: boolean): Page | Outcome {
    const page = this.pinPage(process, at, write);
    if (!(page instanceof Page)) return page;
    const key = `${process.id}:${at}`;
    this.held.set(key, [...(this.held.get(key) ?? []), page]);
    return page;
  }

  /** The pinned page, or why there is none. */
  private pinPage(process: Process, at: number, write: boolean): Page | Outcome {
    const outcome = access(process, at, write);
    if (outcome !== 0) return outcome === "EMISSING" ? outcome : "EFAULT";
    const vma = process.vmas.at(at);
    const shared = process.table.get(at);
    if (vma === null || shared === null || shared === ZERO) return "EFAULT";
    if (shared.kind === "ksm" || (shared.kind === "anon" && shared.mapcount > 1))
      copyPage(process, vma, at, shared);
    const page = process.table.get(at) as Page;
    page.pins++;
    return page;
  }
}
