/** Checks of operation records that come from outside: fields and their widths, and operations that never end, or take far too long. */

import { UsageError } from "../errors.js";
import { SCAN_ROUNDS } from "../ops/operation.js";
import { given, optionsOf, wholeNumber, word } from "../text/arguments.js";
import type { Layout } from "../wasm/layout.js";
import type { OpRecord } from "./record.js";

const FIELDS: readonly (keyof OpRecord)[] = ["op", "flags", "space", "aux", "a", "b", "c"];

/** Complete scans that one KSM record may ask for: after five nothing more merges. */
const KSM_SCANS = 100;
/** Bytes of the range of one MIGRATE record, which looks at each page: a second's work. */
const MIGRATED = 2 ** 36;

/**
 * An operation record, checked. Throws UsageError for fields that do not exist or fit, for the operations of background
 * CPUs, which do not end, for counts that would keep a CPU for minutes, and for a check of everything, which takes what other CPUs
 * do meanwhile for damage; with `here` also for waits, which would block the calling thread. What a record means for the
 * engine is not checked: whoever writes records by hand can crash it.
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
      `${what}: ${layout.nameOf("OP_", code)} would not come back`,
      here ? "it is for worker CPUs" : "create the engine with { kswapd: true }",
    );
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
      `${what}: CHECK of everything needs CPUs that stand still`,
      "call engine.check() when no batch runs; with aux 0 the record checks one address space, at any time",
    );
  }
  return record;
}

/** Throws UsageError for counts of which each one takes time, whatever the engine holds. */
function mustEndSoon(
  layout: Layout,
  what: string,
  { op, aux, a, b }: { op: number; aux: number; a: number | bigint; b: number | bigint },
): void {
  const bounds: readonly [name: string, field: string, value: number | bigint, most: number, unit: string][] =
    [
      ["OP_KSM", "aux", aux, KSM_SCANS, "scans"],
      // What stands above 32 bits the engine does not see.
      ["OP_SCAN", "a", a, SCAN_ROUNDS, "rounds"],
      ["OP_MIGRATE", "b", b, MIGRATED, "bytes"],
    ];
  for (const [name, field, value, most, unit] of bounds) {
    if (op !== layout.constant(name) || value <= most) continue;
    throw new UsageError(
      `${what}: ${field} of ${name.slice(3)} must be at most ${most} ${unit}, not ${value}`,
      "more would keep the CPU for minutes: make several records of it",
    );
  }
}
