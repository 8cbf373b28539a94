/**
 * The reverse-map walk. Mutant of 2015: it reads the page's mapping word once, while the writer still stores it in
 * two steps.
 *
 * A READ_ONCE on the reader's side alone stands for "the reader is careful": the reader uses the value as it read it.
 * It may still be the half of `2015-torn-store`.
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { FileKey, vmaOfSharedNode } from "../file/mapping";
import { DELAY_WALK_BEGUN, LOCK_I_MMAP, MAPPING_ANON, MAPPING_KSM } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { mustBeFile } from "../mem/shadow";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { rmapWalkKsm } from "./walk_ksm";

@inline
function walkPage<V>(page: Page, arg: u32, wait: bool): bool {
  thisCpu().statWalks++;
  delayPoint(DELAY_WALK_BEGUN);
  const mapping = readOnce32(page.mappingAt);
  if ((mapping & 3) == MAPPING_KSM) return rmapWalkKsm<V>(page, arg, wait);
  if ((mapping & MAPPING_ANON) != 0) return rmapWalkAnon<V>(page, arg, wait);
  return mapping == 0 || rmapWalkFile<V>(page, mapping, arg, wait);
}

function rmapWalkFile<V>(page: Page, mapping: u32, arg: u32, wait: bool): bool {
  const file = changetype<AddressSpace>(mapping);
  mustBeFile(changetype<u32>(file));
  const index = readOnce64(page.indexAt);
  if (wait) readLock(file.iMmapLockAt, LOCK_I_MMAP);
  else if (!readTrylock(file.iMmapLockAt, LOCK_I_MMAP)) return false;
  for (
    let node = intervalFirst<FileKey>(file.iMmapAt, index, index);
    node != 0;
    node = intervalNext<FileKey>(node, index, index)
  ) {
    const vma = vmaOfSharedNode(node);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
  readUnlock(file.iMmapLockAt);
  return true;
}
