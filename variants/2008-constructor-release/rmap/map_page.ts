/** The owner of a new page is stored by a release. Argued in October 2008. */

import { storeRelease32 } from "../arch/access";
import { Page } from "../obj/page";

/** Stores the owner of a new page, behind all that this CPU has seen. */
@inline
function own(page: Page, mapping: u32): void {
  storeRelease32(page.mappingAt, mapping);
}
