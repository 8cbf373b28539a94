/**
 * Operations: executes what each record asks for and writes its outcome. Nothing here knows where records come from.
 */

import { CHECKED } from "./arch/check";
import { ctl } from "./arch/cpu";
import { failAfter } from "./arch/inject";
import { panic } from "./arch/panic";
import { trace } from "./arch/trace";
import { checkEverything } from "./check/all";
import { checkSpaceLocked } from "./check/space";
import { fileDropSlot, fileOfSlotGet, fileOpenSlot, filePut } from "./file/mapping";
import {
  CONTENT_NONE,
  EAGAIN,
  EVENT_OP,
  EINVAL,
  EMISSING,
  ENOMEM,
  ESRCH,
  MMAP_FILE_SHIFT,
  MMAP_FLAGS_SHIFT,
  MREMAP_LEN_SHIFT,
  OPF_DROP,
  OPF_EXEC,
  OPF_EXPECT,
  OPF_RANGE,
  OP_BRK,
  OP_CHECK,
  OP_COMPACT,
  OP_DEVICE,
  OP_DIRTY,
  OP_EXEC,
  OP_EXIT,
  OP_FAIL,
  OP_FILE,
  OP_FLUSHER,
  OP_FORK,
  OP_HASH,
  OP_KSM,
  OP_KSWAPD,
  OP_MADVISE,
  OP_MANY,
  OP_MIGRATE,
  OP_MLOCK,
  OP_MMAP,
  OP_MPROTECT,
  OP_MREMAP,
  OP_MUNLOCK,
  OP_MUNMAP,
  OP_NOP,
  OP_PIN,
  OP_READ,
  OP_RECLAIM,
  OP_REGISTER,
  OP_RMAP,
  OP_SCAN,
  OP_SEEN,
  OP_SPAWN,
  OP_SUPPLY,
  OP_SWAPOFF,
  OP_TALLY,
  OP_TOUCH,
  OP_UNPIN,
  OP_WRITE,
  OP_WRITEBACK,
  PAGE_SHIFT,
  PAGE_SIZE,
  PANIC_CONTENT,
  SWAP_CLUSTER,
} from "./layout";
import { ksmExit, ksmPrune } from "./ksm/list";
import { lruAddDrain } from "./lru/add";
import { ksmScan } from "./ksm/scan";
import { contentLoad, contentStore } from "./mem/content";
import { isFrame } from "./mem/frame";
import { rcuQuiescent } from "./mem/rcu";
import { noteRefusal } from "./mem/refusal";
import { access } from "./mm/access";
import { brk, brkStart } from "./mm/brk";
import { dirty } from "./mm/dirty";
import { findMappings } from "./mm/find_mappings";
import { fork } from "./mm/fork";
import { contentHash } from "./mm/hash";
import { MADV_REGISTER, MADV_UNREGISTER, madvise } from "./mm/madvise";
import { runMany } from "./mm/many";
import { claimSlot, exchangeSlot, exitMmap, mmAlloc, mmFree, mmOfSlot, setSlot } from "./mm/mm";
import { migrateRange } from "./mm/migrate";
import { mayRepeat, supply } from "./mm/missing";
import { mlock } from "./mm/mlock";
import { mmap } from "./mm/mmap";
import { mprotect } from "./mm/mprotect";
import { mremap } from "./mm/mremap";
import { munmap } from "./mm/munmap";
import { pin, unpin } from "./mm/pin";
import { pinRange, unpinRange } from "./mm/pin_range";
import { swapoffMm } from "./mm/swapoff";
import { touch } from "./mm/touch";
import { AddressSpace } from "./obj/file";
import { Cpu } from "./obj/cpu";
import { Mm } from "./obj/mm";
import { OpRecord } from "./obj/record";
import { Page } from "./obj/page";
import { compact } from "./reclaim/compact";
import { scanIdle } from "./reclaim/idle";
import { kswapd } from "./reclaim/kswapd";
import { tryToFreePages } from "./reclaim/vmscan";
import { flusher, writeback } from "./reclaim/writeback";
import { pageMaybePinned } from "./rmap/pin";
import { swapSetClosing } from "./swap/area";
import { lockNoneHeld } from "./sync/lockdep";

/**
 * The number of scans after which nothing more merges: one sees each page, one finds it unchanged, and the others do
 * what these two uncover.
 */
const KSM_SETTLED: u32 = 5;

/** Executes one record, other than WAIT, and writes its outcome. */
export function runOne(cpu: Cpu, record: OpRecord): void {
  const op: u32 = record.op;
  trace(EVENT_OP, op | ((<u32>record.space) << 16), cpu.index);
  cpu.anonDelta = 0;
  cpu.accessValue = 0;
  cpu.refused = 0;
  let touched: u64 = 0;
  let result = execute(cpu, record, op);
  // An operation that failed for want of memory, or met a missing page, failed as a whole, or can be repeated. It is
  // repeated once there is memory, or the page.
  for (let turn = 0; mayRepeat(cpu, result, turn); turn += result == -EMISSING ? 0 : 1) {
    if (op == OP_TOUCH) {
      // It goes on behind the pages that it has accessed. From the start, the time would grow with their square.
      touched += cpu.accessValue;
      record.a += cpu.accessValue << PAGE_SHIFT;
      record.b -= cpu.accessValue;
    } else if (op == OP_MREMAP) {
      // Mappings of the range that have moved must not move again. The value still names where the range began.
      touched -= cpu.accessValue;
      remapBehind(record, cpu.accessValue);
    }
    cpu.accessValue = 0;
    cpu.refused = 0;
    result = execute(cpu, record, op);
  }
  if (result == -ENOMEM || result == -EAGAIN) noteRefusal(record, op == OP_READ || op == OP_WRITE || op == OP_TOUCH);
  if (CHECKED && (record.flags & OPF_EXPECT) != 0 && result == 0) checkValue(cpu, record);
  record.b = cpu.accessValue + touched;
  record.c = (<u64>(<u32>result)) | ((<u64>(<u32>cpu.anonDelta)) << 32);
  cpu.statOps++;
  if (CHECKED) lockNoneHeld();
  rcuQuiescent();
}

/** Checks that a read found the value it was told to expect: `b`, or `c` where a write may be under way. */
function checkValue(cpu: Cpu, record: OpRecord): void {
  const value = cpu.accessValue;
  if (value == record.b || value == record.c) return;
  wrongContent(value, record.b);
}

/** Stops: a read found another value than it had to. */
function wrongContent(value: u64, wanted: u64): void {
  panic(PANIC_CONTENT, <u32>value, <u32>(value >> 32), <u32>wanted, <u32>(wanted >> 32));
}

function execute(cpu: Cpu, record: OpRecord, op: u32): i32 {
  const slot: u32 = record.space;
  if (op == OP_SPAWN) return spawn(slot);
  if (op == OP_FILE) return createFile(record);
  if (op == OP_KSM) return ksm(record.aux);
  if (op == OP_RECLAIM) {
    cpu.accessValue = tryToFreePages(<u32>record.a);
    return 0;
  }
  if (op == OP_SWAPOFF) return swapoff();
  if (op == OP_UNPIN) {
    if ((record.flags & OPF_RANGE) != 0) return unpinRange(slot, record.a, record.b);
    return unpinLast(cpu, <u32>record.a);
  }
  if (op == OP_DEVICE) return storeThroughPin(cpu, <u32>record.a, record.b);
  if (op == OP_FAIL) return failAfter(<u32>record.a) ? 0 : -EINVAL;
  if (op == OP_KSWAPD) {
    kswapd();
    return 0;
  }
  if (op == OP_FLUSHER) {
    flusher();
    return 0;
  }
  if (op == OP_WRITEBACK) {
    cpu.accessValue = writeback(<u32>record.a);
    return 0;
  }
  if (op == OP_COMPACT) {
    cpu.accessValue = compact(<u32>record.a);
    return 0;
  }
  if (op == OP_SCAN) {
    scanIdle(<u32>record.a, record.aux);
    return 0;
  }
  if (op == OP_CHECK && record.aux != 0) {
    checkEverything();
    return 0;
  }
  if (op == OP_MANY) return runMany(cpu, record);
  if (op == OP_NOP) {
    if (record.aux != 0) lruAddDrain();
    return 0;
  }
  if (op == OP_TALLY) return tally(cpu, record);
  const at = mmOfSlot(slot);
  if (at == 0) return -ESRCH;
  const mm = changetype<Mm>(at);
  switch (op) {
    case OP_READ:
      return access(mm, record.a, false, (record.flags & OPF_EXEC) != 0, false);
    case OP_SEEN:
      return seen(cpu, mm, record);
    case OP_WRITE:
      cpu.accessValue = record.b;
      return access(mm, record.a, true, false, true);
    case OP_TOUCH:
      return touch(mm, record.a, record.b, record.aux != 0);
    case OP_MMAP:
      return map(mm, record);
    case OP_MUNMAP:
      return munmap(mm, record.a, record.b);
    case OP_MPROTECT:
      return mprotect(mm, record.a, record.b, record.aux);
    case OP_MREMAP:
      return remap(mm, record);
    case OP_MADVISE:
      return madvise(mm, record.a, record.b, record.aux);
    case OP_REGISTER:
      return madvise(mm, record.a, record.b, record.aux != 0 ? MADV_REGISTER : MADV_UNREGISTER);
    case OP_SUPPLY:
      return supply(mm, record.a, record.aux, record.b);
    case OP_BRK:
      return record.aux != 0 ? brkStart(mm, record.a) : brk(mm, record.a);
    case OP_FORK:
      return fork(mm, record.aux);
    case OP_EXEC:
      return exec(mm, slot);
    case OP_EXIT:
      return exit(mm, slot);
    case OP_PIN:
      if ((record.flags & OPF_RANGE) != 0) return pinRange(mm, slot, record.a, record.b, record.aux != 0);
      return pinAs(cpu, mm, record.a, record.aux != 0);
    case OP_MLOCK:
      return mlock(mm, record.a, record.b, true);
    case OP_MUNLOCK:
      return mlock(mm, record.a, record.b, false);
    case OP_MIGRATE:
      return migrateRange(mm, record.a, record.b);
    case OP_RMAP:
      return findMappings(mm, record.a, <u32>record.b, record.aux);
    case OP_HASH:
      contentHash(mm);
      return 0;
    case OP_DIRTY:
      dirty(mm, record.a, record.aux);
      return 0;
    case OP_CHECK:
      checkSpaceLocked(mm);
      return 0;
    default:
      return -EINVAL;
  }
}

/**
 * Writes the low words of this CPU's counters over the record. `a`: faults on new anonymous pages, and above them those
 * on stores to read-only pages. `b`: on pages of files, and above them on the zero page. `aux`: reused pages. Where an
 * operation's change of anonymous pages stands: pages that came from swap.
 */
function tally(cpu: Cpu, record: OpRecord): i32 {
  record.a = (cpu.statFaultAnon & 0xffff_ffff) | (cpu.statFaultCow << 32);
  record.aux = <u32>cpu.statReuse;
  cpu.accessValue = (cpu.statFaultFile & 0xffff_ffff) | (cpu.statFaultZero << 32);
  cpu.anonDelta = <i32>cpu.statSwapIn;
  return 0;
}

/** Pins the page under an address and remembers it as the CPU's last pin. */
function pinAs(cpu: Cpu, mm: Mm, address: u64, write: bool): i32 {
  const result = pin(mm, address, write);
  if (result == 0) cpu.pinned = <u32>cpu.accessValue;
  return result;
}

/**
 * Reads two pages, one after the other; the second value goes to Cpu.accessValue. Checked build: who sees the first
 * value must see the second one too.
 */
function seen(cpu: Cpu, mm: Mm, record: OpRecord): i32 {
  const first = access(mm, record.a, false, false, false);
  if (first != 0) return first;
  const value = cpu.accessValue;
  const second = access(mm, record.a + <u64>(<i64>(<i32>record.aux) * PAGE_SIZE), false, false, false);
  if (CHECKED && second == 0 && value == record.b && cpu.accessValue != record.c)
    wrongContent(cpu.accessValue, record.c);
  return second;
}

/** The page of a pin, or with 0 the one that this CPU pinned last; 0: there is no such pin. */
function pageOfPin(cpu: Cpu, page: u32): u32 {
  if (page == 0) return cpu.pinned;
  return isFrame(page) && pageMaybePinned(changetype<Page>(page)) ? page : 0;
}

/**
 * Stores the page's first word through a pin, without page tables. Returns 0, or -EINVAL: this CPU has pinned none, or
 * the page is not pinned.
 */
function storeThroughPin(cpu: Cpu, page: u32, value: u64): i32 {
  const at = pageOfPin(cpu, page);
  if (at == 0) return -EINVAL;
  contentStore(changetype<Page>(at), 0, value);
  return 0;
}

/**
 * Drops the pin of `page`, or with 0 that of the page which this CPU pinned last. The page's first word, read through
 * the pin, goes to Cpu.accessValue. Returns 0, or -EINVAL: this CPU has pinned none, or the page is not pinned.
 */
function unpinLast(cpu: Cpu, page: u32): i32 {
  const at = pageOfPin(cpu, page);
  if (at == 0) return -EINVAL;
  if (at == cpu.pinned) cpu.pinned = 0;
  cpu.accessValue = contentLoad(changetype<Page>(at), 0);
  return unpin(at);
}

/** mmap with the record's arguments. */
function map(mm: Mm, record: OpRecord): i32 {
  const number = <u32>(record.c >> MMAP_FILE_SHIFT);
  const file = number == 0 ? 0 : fileOfSlotGet(number);
  if (number != 0 && file == 0) return -EINVAL;
  const pgoff = record.c & (((<u64>1) << MMAP_FILE_SHIFT) - 1);
  const result = mmap(mm, record.a, record.b, record.aux & 7, record.aux >> MMAP_FLAGS_SHIFT, file, pgoff);
  if (file != 0) filePut(changetype<AddressSpace>(file));
  return result;
}

/** The first bytes of a range have moved: the record names the rest of it. The move does not change the size. */
function remapBehind(record: OpRecord, done: u64): void {
  record.a += done;
  record.b -= done;
  record.c += done;
  record.aux -= (<u32>(done >> PAGE_SHIFT)) << MREMAP_LEN_SHIFT;
}

/** mremap with the record's arguments. */
@inline
function remap(mm: Mm, record: OpRecord): i32 {
  const length = <u64>(record.aux >> MREMAP_LEN_SHIFT) * PAGE_SIZE;
  return mremap(mm, record.a, record.b, length, record.aux & ((1 << MREMAP_LEN_SHIFT) - 1), record.c);
}

/**
 * Makes that many complete scans of same-page merging; 0: as many as it takes until nothing more merges. Returns 0, or
 * -EINVAL: frames have no content here.
 */
function ksm(scans: u32): i32 {
  if (ctl().content == CONTENT_NONE) return -EINVAL;
  ksmScan(scans == 0 ? KSM_SETTLED : scans);
  return 0;
}

/**
 * Brings everything back from swap. Nothing goes out meanwhile. Returns 0, or -ENOMEM: it does not fit, and swap goes
 * on.
 */
function swapoff(): i32 {
  swapSetClosing(true);
  let result: i32;
  do {
    // Rounds go on until one finds nothing: a fork may have named slots in an address space that was passed already.
    result = 0;
    for (let slot: u32 = 0; slot < ctl().spaces && result >= 0; slot++) {
      const mm = mmOfSlot(slot);
      const back = mm != 0 ? swapoffMm(changetype<Mm>(mm)) : 0;
      result = back < 0 ? back : result + back;
    }
  } while (result > 0);
  swapSetClosing(false);
  return result;
}

/** A new, empty address space in a free slot. */
function spawn(slot: u32): i32 {
  const claimed = claimSlot(slot);
  if (claimed != 0) return claimed;
  const mm = mmAlloc(slot);
  setSlot(slot, mm);
  return mm != 0 ? 0 : -ENOMEM;
}

/**
 * Replaces the slot's address space by an empty one. Returns 0, -ENOMEM (the old one stays), or -ESRCH: another CPU
 * ended or replaced it.
 */
function exec(old: Mm, slot: u32): i32 {
  const at = mmAlloc(slot);
  if (at == 0) return -ENOMEM;
  changetype<Mm>(at).tracked = old.tracked;
  if (!exchangeSlot(slot, old, at)) {
    exitMmap(changetype<Mm>(at));
    mmFree(changetype<Mm>(at));
    return -ESRCH;
  }
  if (CHECKED) checkSpaceLocked(old);
  ksmExit(old);
  exitMmap(old);
  ksmPrune();
  mmFree(old);
  return 0;
}

/** Ends the slot's address space. Returns 0, or -ESRCH: another CPU ended or replaced it. */
function exit(mm: Mm, slot: u32): i32 {
  if (!exchangeSlot(slot, mm, 0)) return -ESRCH;
  if (CHECKED) checkSpaceLocked(mm);
  ksmExit(mm);
  exitMmap(mm);
  ksmPrune();
  mmFree(mm);
  return 0;
}

/** Makes a file of record.a pages in the file slot record.aux, grows the file there to that size, or drops it. */
function createFile(record: OpRecord): i32 {
  const slot = record.aux;
  if (slot == 0 || slot >= ctl().files) return -EINVAL;
  if ((record.flags & OPF_DROP) != 0) return fileDropSlot(slot) ? 0 : -ESRCH;
  return fileOpenSlot(slot, record.a) ? 0 : -ENOMEM;
}
