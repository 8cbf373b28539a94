/** A new page of objects, with a write barrier. Argued in October 2008. */

import { smpWmb } from "../arch/barrier";

/** The objects are constructed. Stores that follow come behind that. */
function constructed(): void {
  smpWmb();
}
