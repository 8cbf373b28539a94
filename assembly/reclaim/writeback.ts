/** Writeback writes dirty pages of files to their blocks, so that they are clean and can be reclaimed. */

import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicAnd32 } from "../arch/rmw";
import { sleepOn } from "../arch/wait";
import { blockEnsure, blockStore, blockWrite } from "../file/blocks";
import {
  DELAY_DIRTY_CLEARED,
  DELAY_ENTRIES_CLEANED,
  PG_DIRTY,
  PG_SWAPBACKED,
  STOP_RUN,
  SWAP_CLUSTER,
  ZONE_FRAMES,
} from "../layout";
import { putPage } from "../lru/release";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { mustNotBeWritable } from "../mem/shadow";
import { zoneOf } from "../mem/zone";
import { Page } from "../obj/page";
import { pageAnon } from "../rmap/map_page";
import { folioMkclean } from "../rmap/mkclean";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refIncNotZero } from "../sync/refcount";
import { isMade } from "./made";

/** The longest sleep of the flusher while nothing is dirty, nanoseconds. */
const NAP: i64 = 5_000_000;

/**
 * Writes a locked, dirty page of a file to its block. False: the store is full.
 *
 * First the flag is cleared, then the entries are cleaned, then the content is copied. A store after its entry was
 * cleaned takes a fault, which sets the flag again. A store before that is in the copy.
 */
export function writePageLocked(page: Page): bool {
  if (!blockEnsure(page)) return false;
  atomicAnd32(page.flagsAt, ~PG_DIRTY);
  delayPoint(DELAY_DIRTY_CLEARED);
  folioMkclean(page);
  mustNotBeWritable(page);
  delayPoint(DELAY_ENTRIES_CLEANED);
  blockWrite(page);
  thisCpu().statWritten++;
  return true;
}

/**
 * Writes up to `wanted` dirty pages of files. Returns how many it wrote. Goes on at the frame where the last call
 * stopped.
 */
export function writeback(wanted: u32): u32 {
  const zone = zoneOf(ZONE_FRAMES);
  const store = blockStore();
  // RACE: the cursor is a hint. Two CPUs that write at once look at the same frames, and lock each page.
  let at = readOnce32(store.cursorAt);
  let written: u32 = 0;
  for (let looked: u32 = 0; looked < zone.count && written < wanted; looked++) {
    if (at >= zone.count) at = 0;
    const page = changetype<Page>(zone.base + at * offsetof<Page>());
    at++;
    // RACE: this peek is at a frame that may be anyone's. It is looked at again with a reference and the page lock.
    if ((readOnce32(page.flagsAt) & (PG_DIRTY | PG_SWAPBACKED)) == PG_DIRTY && writeIfDirty(page)) written++;
  }
  writeOnce32(store.cursorAt, at);
  return written;
}

function writeIfDirty(page: Page): bool {
  if (!refIncNotZero(page.refcountAt)) return false;
  let done = false;
  if (isMade(page) && pageTrylock(page)) {
    const isFiles = page.mapping != 0 && !pageAnon(page);
    if (isFiles && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) done = writePageLocked(page);
    pageUnlock(page);
  }
  putPage(page);
  return done;
}

/**
 * The flusher: a CPU that only writes dirty pages of files, until the host sets Ctl.flusherStop or the engine stops.
 */
export function flusher(): void {
  const c = ctl();
  while (readOnce32(c.stopAt) == STOP_RUN && readOnce32(c.flusherStopAt) == 0) {
    const written = writeback(SWAP_CLUSTER);
    rcuQuiescent();
    if (written != 0) continue;
    // While asleep it holds nothing: page tables that others gave up must not wait for it.
    rcuLeave();
    sleepOn(c.flusherStopAt, 0, NAP);
    rcuEnter();
  }
}
