/** Bytes beside those that they should be. */
import { expect } from "vitest";

/**
 * Fails, and shows both, when the two are not the same. `toEqual` alone looks at every byte with all of its rules: that takes
 * a hundred times as long.
 */
export function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) !== 0) expect(actual).toEqual(expected);
}
