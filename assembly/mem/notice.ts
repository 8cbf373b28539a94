/**
 * Notices tell the host's program what the CPUs do: faults, copies, pages that go out to swap and come back. Each CPU
 * has a ring of its own, if the host wants them. A full ring loses what comes next, and counts it.
 */

import { loadAcquire32, storeRelease32, writeOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { atomicAdd32 } from "../arch/rmw";
import { CACHE_LINE, CPU_VMF } from "../layout";
import { Mm } from "../obj/mm";
import { NoticeRing } from "../obj/notice";
import { Vmf } from "../obj/vmf";

/** Counts what this CPU's fault did, NOTICE_*, and notes it. */
export function countFaultAs(kind: u32): void {
  const vmf = changetype<Vmf>(changetype<usize>(thisCpu()) + CPU_VMF);
  thisCpu().count(kind);
  if (ctl().noticeBase != 0) write(kind, changetype<Mm>(vmf.mm).slot, vmf.address);
}

/** Notes something, if the host wants notices. */
export function notice(kind: u32, space: u32, address: u64): void {
  if (ctl().noticeBase != 0) write(kind, space, address);
}

/** The word at the base counts the notices of all CPUs. The rings stand behind its cache line. */
function write(kind: u32, space: u32, address: u64): void {
  const base = ctl().noticeBase;
  const ring = changetype<NoticeRing>(base + CACHE_LINE + thisCpu().number * ctl().noticeBytes);
  const head = ring.head;
  // Acquire: the host has read what stood in the place. Pairs with its release of NoticeRing.read.
  if (head - loadAcquire32(ring.readAt) > ring.mask) {
    writeOnce32(ring.lostAt, ring.lost + 1);
    return;
  }
  const at = ring.at(head);
  at.address = address;
  at.order = atomicAdd32(base, 1);
  at.kind = kind;
  at.space = space;
  // Release: who sees the number sees the notice. Pairs with the host's read of NoticeRing.head.
  storeRelease32(ring.headAt, head + 1);
}
