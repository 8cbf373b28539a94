/**
 * Many accesses of one address space in one record. They stand in the ring behind it, in the places of the records that
 * would come next, one array after the other:
 *
 *   f64 address, u64 value, i32 result, u8 code
 *
 * An access takes its value from there and leaves its outcome there, as a record does.
 */

import { CHECKED } from "../arch/check";
import { trace } from "../arch/trace";
import { readOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import {
  EMISSING,
  ENOMEM,
  ESRCH,
  EVENT_OP,
  MANY_READ,
  MANY_TOUCH,
  MANY_WRITE,
  OP_READ,
  OP_TOUCH,
  OP_WRITE,
  STOP_RUN,
} from "../layout";
import { noteRefusal } from "../mem/refusal";
import { rcuQuiescent } from "../mem/rcu";
import { Cpu } from "../obj/cpu";
import { Mm } from "../obj/mm";
import { OpRecord } from "../obj/record";
import { lockNoneHeld } from "../sync/lockdep";
import { access } from "./access";
import { mayRepeat } from "./missing";
import { mmOfSlot } from "./mm";
import { touch } from "./touch";

/**
 * Makes record.a accesses and steps over the record.aux places in which they stand. The number of those that succeeded
 * goes to Cpu.accessValue. Returns 0, or the result of the first that failed: those behind it are made all the same.
 */
export function runMany(cpu: Cpu, record: OpRecord): i32 {
  const count = <u32>record.a;
  const places = record.aux;
  let succeeded: u64 = 0;
  let failed: i32 = 0;
  for (let i: u32 = 0; i < count && readOnce32(ctl().stopAt) == STOP_RUN; i++) {
    const result = one(cpu, record, count, i);
    record.setResultOfMany(count, i, result);
    record.setValueOfMany(count, i, cpu.accessValue);
    if (result == 0) succeeded++;
    else if (failed == 0) failed = result;
    cpu.statOps++;
    if (CHECKED) lockNoneHeld();
    rcuQuiescent();
  }
  cpu.index += places;
  cpu.accessValue = succeeded;
  // The accesses that found no memory are noted, and made again already.
  cpu.refused = 0;
  return failed;
}

/** One access, made again while memory can be found for it, or someone supplies its page. */
@inline
function one(cpu: Cpu, record: OpRecord, count: u32, i: u32): i32 {
  cpu.accessValue = record.valueOfMany(count, i);
  cpu.refused = 0;
  const code = record.codeOfMany(count, i);
  const address = <u64>record.addressOfMany(i);
  const op: u32 = code == MANY_READ ? OP_READ : code == MANY_WRITE ? OP_WRITE : OP_TOUCH;
  trace(EVENT_OP, op | ((<u32>record.space) << 16), cpu.index);
  let result = attempt(record.space, code, address);
  for (let turn = 0; mayRepeat(cpu, result, turn); turn += result == -EMISSING ? 0 : 1) {
    cpu.accessValue = record.valueOfMany(count, i);
    cpu.refused = 0;
    result = attempt(record.space, code, address);
  }
  if (result == -ENOMEM) noteRefusal(record, true);
  return result;
}

/** One access to the address space in a slot. */
function attempt(slot: u32, code: u32, address: u64): i32 {
  const at = mmOfSlot(slot);
  if (at == 0) return -ESRCH;
  const mm = changetype<Mm>(at);
  if (code == MANY_READ) return access(mm, address, false, false, 0);
  if (code == MANY_WRITE) return access(mm, address, true, false, 1);
  return touch(mm, address, 1, code == MANY_TOUCH);
}
