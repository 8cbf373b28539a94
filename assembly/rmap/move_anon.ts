/**
 * Gives a page that was shared a new owner: the anon_vma of the only VMA that still maps it, instead of an ancestor's.
 */

import { writeOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { atomicOr32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import { EVENT_MAPPING, MAPPING_ANON, PANIC_I8, PG_ANON_EXCLUSIVE } from "../layout";
import { mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";

/**
 * Makes the faulting VMA's own anon_vma the page's owner, after a copy-on-write fault found that the page is that VMA's
 * alone. The new owner is a descendant of the old one with the same root. One store sets pointer and tag together
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
  writeOnce32(page.mappingAt, vma.anonVma | MAPPING_ANON);
  atomicOr32(page.flagsAt, PG_ANON_EXCLUSIVE);
}
