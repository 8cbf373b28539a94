/**
 * KSM: which pages one run of the scanner merges. A run is several complete scans. In a scan the processes are visited
 * in the order in which they first asked for merging (a fork of one that asked stands at its own fork), pages in
 * address order. Only anonymous pages count, in mergeable mappings that have an anon_vma, whatever their access rights.
 *
 * - A page whose content is not what the last scan saw there (or that was not seen) is only remembered.
 * - Otherwise a merged page with the same content takes it in, if that one is *open*: at least one place that the
 *   scanner attached to it is left, and fewer than 256. A merged page that only mappings out of the scanner's sight
 *   still use (not mergeable any more) is closed, so equal pages form a new one beside it; the newest open one wins.
 * - Otherwise it waits in this scan's unstable tree for an equal one. When the second comes, the *second* page becomes
 *   the merged page for all that map it, mergeable or not, and the first one's entry is replaced: others that share
 *   the first page since a fork keep it until the scanner comes to them.
 */
import { copyPage } from "./fault.js";
import type { Page } from "./page.js";
import type { Process } from "./process.js";
import { MERGEABLE, type Vma } from "./vma.js";

/** Complete scans that one run waits for. */
const SCANS = 5;
/** Places that one merged page takes before it is closed. */
const MAX_SHARING = 256;

/** A merged page and how many places the scanner attached to it. */
interface Merged {
  readonly page: Page;
  places: number;
}

/** What the scanner remembers of one page of one process between scans. */
interface Place {
  /** The content at the last scan, as a checksum would tell; null for a new place. */
  seen: bigint | null;
  /** The merged page it is attached to. */
  merged: Merged | null;
}

/** A page that waits in this scan's unstable tree. */
interface Candidate {
  readonly process: Process;
  readonly at: number;
  readonly page: Page;
  readonly place: Place;
}

/** Gives every KSM page of the range back as a private copy, whatever the rights of the mapping are. */
export function breakKsm(process: Process, vma: Vma, from: number, to: number): void {
  if (vma.anonVma === null) return;
  for (const [at, page] of [...process.table.present(from, to)]) {
    if (page.kind === "ksm") copyPage(process, vma, at, page);
  }
}

/** The scanner: processes that asked, what it remembers of their pages, and the merged pages. */
export class KsmList {
  private readonly members = new Map<Process, Map<number, Place>>();
  /** Merged pages, newest first; one that nobody maps any more is free and counts as gone. */
  private stable: Merged[] = [];

  /** A process asks for merging; it goes to the end of the list unless it stands there. */
  enter(process: Process): void {
    if (!this.members.has(process)) this.members.set(process, new Map());
  }

  /** A child of a process that asked is scanned too. */
  fork(parent: Process, child: Process): void {
    if (this.members.has(parent)) this.enter(child);
  }

  /** The process is gone: the next scan would start with forgetting it. */
  leave(process: Process): void {
    for (const place of this.members.get(process)?.values() ?? []) attach(place, null);
    this.members.delete(process);
  }

  /** One run. */
  run(): void {
    for (let scan = 0; scan < SCANS; scan++) {
      const waiting = new Map<bigint, Candidate>();
      for (const process of [...this.members.keys()]) this.scan(process, waiting);
    }
  }

  private scan(process: Process, waiting: Map<bigint, Candidate>): void {
    const mergeable = process.vmas.all.filter((v) => v.has(MERGEABLE));
    if (mergeable.length === 0) {
      this.leave(process);
      return;
    }
    const places = this.members.get(process);
    if (places === undefined) return;
    // Places that were passed without finding a page are forgotten on the way, not at the end.
    const left = [...places.keys()].sort((a, b) => a - b);
    const forgetUpTo = (at: number): void => {
      while (left[0] !== undefined && left[0] < at) {
        const gone = left.shift() ?? 0;
        const place = places.get(gone);
        if (place !== undefined) attach(place, null);
        places.delete(gone);
      }
      if (left[0] === at) left.shift();
    };
    for (const vma of mergeable.filter((v) => v.anonVma !== null)) {
      for (const [at, page] of [...process.table.present(vma.start, vma.end)]) {
        if (page.kind === "file") continue;
        forgetUpTo(at);
        const place = places.get(at) ?? { seen: null, merged: null };
        places.set(at, place);
        this.visit({ process, at, page, place }, waiting);
      }
    }
    forgetUpTo(Number.POSITIVE_INFINITY);
  }

  private visit(candidate: Candidate, waiting: Map<bigint, Candidate>): void {
    const { process, at, page, place } = candidate;
    this.stable = this.stable.filter((m) => m.page.mapcount > 0);
    if (page.kind === "ksm") {
      // Merged already; after a fork this is where the child's place joins.
      attach(place, this.stable.find((m) => m.page === page) ?? null);
      return;
    }
    attach(place, null);
    if (place.seen !== page.value) {
      place.seen = page.value;
      return;
    }
    const open = this.stable.find(
      (m) => m.page.value === page.value && m.places > 0 && m.places < MAX_SHARING,
    );
    if (open !== undefined) {
      process.table.set(at, open.page);
      attach(place, open);
      return;
    }
    const other = waiting.get(page.value);
    if (other === undefined) {
      waiting.set(page.value, candidate);
      return;
    }
    // Shared since a fork: nothing to gain.
    if (other.page === page) return;
    waiting.delete(page.value);
    page.kind = "ksm";
    const merged: Merged = { page, places: 0 };
    this.stable.unshift(merged);
    other.process.table.set(other.at, page);
    attach(other.place, merged);
    attach(place, merged);
  }
}

function attach(place: Place, merged: Merged | null): void {
  if (place.merged === merged) return;
  if (place.merged !== null) place.merged.places--;
  place.merged = merged;
  if (merged !== null) merged.places++;
}
