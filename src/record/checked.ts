/**
 * Checks operation records that come from outside: fields and their widths, and operations that never end or take far
 * too long.
 */

import { UsageError } from "../errors.js";
import { SCAN_ROUNDS } from "../ops/operation.js";
import { given, optionsOf, wholeNumber, word } from "../text/arguments.js";
import type { Layout } from "../wasm/layout.js";
import type { OpRecord } from "./record.js";

const FIELDS: readonly (keyof OpRecord)[] = ["op", "flags", "space", "aux", "a", "b", "c"];

/** The most complete scans of one KSM record. After five nothing more merges. */
const KSM_SCANS = 100;
/** The most bytes of one MIGRATE record: a second's work, because it checks each page. */
const MIGRATED = 2 ** 36;

/**
 * Checks an operation record and returns it. Throws UsageError for fields that do not exist or fit, for the
 * operations of background CPUs, which do not end, for those that have more than a record, and for counts that would keep a CPU busy for minutes. Throws it
 * for a check of everything too, because the work of other CPUs would look like damage; with `here` also for waits,
 * which would block the calling thread. Does not check the meaning of a record: a record that you write by hand can
 * crash the engine.
 */
export function checkedRecord(
  layout: Layout,
  what: string,
  operation: OpRecord,
  here: boolean,
): OpRecord & { readonly a: number | bigint; readonly aux: number } {
  if (operation === undefined) throw new UsageError(`${what}: there is no operation record`);
  const { op, flags, space, aux, a, b, c } = optionsOf(what, operation, FIELDS);
  const field = (name: string, value: unknown, high: number) =>
    wholeNumber(`${what}: ${name}`, given(value, 0), { high });
  const wide = (name: string, value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : word(`${what}: ${name}`, given(value, 0));
  const code = wholeNumber(`${what}: op`, op, { high: layout.constant("OP_COUNT") - 1 });
  const endless = [layout.constant("OP_KSWAPD"), layout.constant("OP_FLUSHER")];
  if (here) endless.push(layout.constant("OP_WAIT"));
  if (endless.includes(code)) {
    throw new UsageError(
      `${what}: ${layout.nameOf("OP_", code)} would never end`,
      here ? "only worker CPUs execute it" : "create the engine with { kswapd: true }",
    );
  }
  if (code === layout.constant("OP_MANY")) {
    throw new UsageError(`${what}: MANY has its accesses behind it`, "use accesses() of a batch's CPU");
  }
  const record = {
    op: code,
    flags: field("flags", flags, 0xff),
    space: field("space", space, 0xffff),
    aux: field("aux", aux, 0xffff_ffff),
    a: wide("a", a),
    b: wide("b", b),
    c: wide("c", c),
  };
  mustEndSoon(layout, what, record);
  if (code === layout.constant("OP_CHECK") && record.aux !== 0) {
    throw new UsageError(
      `${what}: CHECK of everything needs idle CPUs`,
      "call engine.check() when no batch runs; with aux 0 the record checks one address space, at any time",
    );
  }
  return record;
}

/** Throws UsageError for counts that are too large, when each unit takes time regardless of the engine's contents. */
function mustEndSoon(
  layout: Layout,
  what: string,
  { op, aux, a, b }: { op: number; aux: number; a: number | bigint; b: number | bigint },
): void {
  const bounds: readonly [name: string, field: string, value: number | bigint, most: number, unit: string][] =
    [
      ["OP_KSM", "aux", aux, KSM_SCANS, "scans"],
      // The engine ignores the bits above 32.
      ["OP_SCAN", "a", a, SCAN_ROUNDS, "rounds"],
      ["OP_MIGRATE", "b", b, MIGRATED, "bytes"],
    ];
  for (const [name, field, value, most, unit] of bounds) {
    if (op !== layout.constant(name) || value <= most) continue;
    throw new UsageError(
      `${what}: ${field} of ${name.slice(3)} must be at most ${most} ${unit}, not ${value}`,
      "more would keep the CPU busy for minutes: split it into several records",
    );
  }
}
