/**
 * A page changes its owner. 2015: the mapping word of a page that moves is stored in two
 * steps.
 *
 *     do_wp_page                                shrink_active_list
 *     lock_page                                 page_referenced
 *                                                 PageAnon: yes, so no trylock_page
 *     page_move_anon_rmap
 *       page->mapping = anon_vma
 *                                                 rmap_walk
 *                                                   PageAnon: no
 *                                                   rmap_walk_file
 *       page->mapping += PAGE_MAPPING_ANON
 *
 * The two steps are what a compiler was free to make of `page->mapping = (void *) anon_vma + PAGE_MAPPING_ANON`. The
 * merged fix (414e2fb8ce5a) is one store that it may not split.
 */

import { writeOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { atomicAdd32, atomicOr32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import {
  DELAY_MAPPING_CHANGING,
  DELAY_MAPPING_TORN,
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
 * on that VMA's own anon_vma, a descendant with the same root. The page is locked.
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
  // The two steps, as a compiler may have made them.
  writeOnce32(page.mappingAt, vma.anonVma);
  delayPoint(DELAY_MAPPING_TORN);
  atomicAdd32(page.mappingAt, MAPPING_ANON);
  atomicOr32(page.flagsAt, PG_ANON_EXCLUSIVE);
}
