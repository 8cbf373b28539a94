/**
 * A page changes its owner. 2015: the mapping word of a page that moves is stored at once,
 * with the windows before and after the store held open.
 *
 * The merged form, WRITE_ONCE in page_move_anon_rmap() (Linux 414e2fb8ce5a). Minchan Kim, 12 May 2015, was not sure
 * that any compiler splits the store, and "in favor of the patch to make sure future-proof". Expected clean also for
 * a reader that does not lock the page.
 */

import { writeOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import {
  DELAY_MAPPING_CHANGED,
  DELAY_MAPPING_CHANGING,
  EVENT_MAPPING,
  MAPPING_ANON,
  PANIC_I8,
  PG_ANON_EXCLUSIVE,
} from "../layout";
import { mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";

/**
 * After a copy-on-write fault found the page to be the faulting VMA's alone: its owner is from now
 * on that VMA's own anon_vma, a descendant with the same root. One store, pointer and tag together
 * (Linux 414e2fb8ce5a, 2015). The page is locked.
 */
export function moveAnonRmap(page: Page, vma: Vma): void {
  mustBeLive(vma.anonVma);
  trace(EVENT_MAPPING, changetype<u32>(page), vma.anonVma | MAPPING_ANON);
  bugUnless(
    changetype<AnonVma>(vma.anonVma).root == changetype<AnonVma>(page.mapping - MAPPING_ANON).root,
    PANIC_I8,
    changetype<u32>(page),
    changetype<u32>(vma),
  );
  delayPoint(DELAY_MAPPING_CHANGING);
  writeOnce32(page.mappingAt, vma.anonVma | MAPPING_ANON);
  delayPoint(DELAY_MAPPING_CHANGED);
  atomicOr32(page.flagsAt, PG_ANON_EXCLUSIVE);
}
