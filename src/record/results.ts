/** Results of operations in words. */
import type { Layout } from "../wasm/layout.js";

/** Turns an operation's result into words: 0, an errno's name, `SEGV` or `BUS`. */
export function resultName(layout: Layout, result: number): 0 | string {
  if (result >= 0) return 0;
  const base = layout.constant("SIGNAL_BASE");
  if (-result > base) {
    const signal = layout.nameOf("SIG", -result - base);
    return signal && signal !== "NAL_BASE" ? signal : `signal ${-result - base}`;
  }
  return errnoName(layout, -result);
}

/** Name of an errno, such as `ENOMEM`. */
function errnoName(layout: Layout, errno: number): string {
  for (const [name, value] of layout.constantsWith("E")) {
    // Errno names are one word; constants such as EPOCH_IDLE are not.
    if (value === errno && /^[A-Z0-9]+$/.test(name)) return `E${name}`;
  }
  return `errno ${errno}`;
}
