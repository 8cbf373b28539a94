/** JSON with exact 64-bit integers: a bigint becomes plain digits, which JSON allows and JSON.stringify refuses. */

/**
 * Prints a value as JSON. `indent` spaces a level, 0 for one line; arrays of plain values stay on one line. A number
 * that JSON cannot hold (NaN, infinity) becomes null, and it omits an undefined property, as JSON.stringify does.
 */
export function toJson(value: unknown, indent = 0): string {
  return print(value, indent, "\n") ?? "null";
}

/** The text of a value; undefined for a value that JSON cannot express. */
function print(value: unknown, indent: number, newline: string): string | undefined {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return JSON.stringify(value) as string | undefined;
  const inner = indent > 0 ? newline + " ".repeat(indent) : "";
  const outer = indent > 0 ? newline : "";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const flat = value.every((item) => item === null || typeof item !== "object");
    const items = value.map((item) => print(item, flat ? 0 : indent, inner) ?? "null");
    return flat ? `[${items.join(indent > 0 ? ", " : ",")}]` : `[${inner}${items.join(`,${inner}`)}${outer}]`;
  }
  const colon = indent > 0 ? ": " : ":";
  const items = Object.entries(value).flatMap(([key, item]) => {
    const text = print(item, indent, inner);
    return text === undefined ? [] : [JSON.stringify(key) + colon + text];
  });
  return items.length === 0 ? "{}" : `{${inner}${items.join(`,${inner}`)}${outer}}`;
}
