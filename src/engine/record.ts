/** Checks of operation records that come from outside: fields and their widths, and operations that never end. */
import type { Operation } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import { given, optionsOf, wholeNumber, word } from "./arguments.js";
import type { Layout } from "./layout.js";

const FIELDS: readonly (keyof Operation)[] = ["op", "flags", "space", "aux", "a", "b", "c"];

/**
 * An operation record, checked. Throws UsageError for fields that do not exist or fit, and for the operations of background
 * CPUs, which do not end; with `here` also for waits, which would block the calling thread. What a record means for the
 * engine is not checked: whoever writes records by hand can crash it.
 */
export function checkedRecord(
  layout: Layout,
  what: string,
  operation: Operation,
  here: boolean,
): Operation & { readonly a: number | bigint; readonly aux: number } {
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
  return {
    op: code,
    flags: field("flags", flags, 0xff),
    space: field("space", space, 0xffff),
    aux: field("aux", aux, 0xffff_ffff),
    a: wide("a", a),
    b: wide("b", b),
    c: wide("c", c),
  };
}
