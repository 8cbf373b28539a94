/** The words that replayed writes store. They differ from write to write, and are the same in every run. */

/**
 * 53 well-mixed bits of (space, page, sequence), so that a double carries them and copy-on-write mistakes show.
 */
export function writeValue(space: number, page: number, sequence: number): number {
  const low = page | 0;
  const high = (page / 2 ** 32) | 0;
  const x = mix(low ^ mix(sequence + Math.imul(space, 0x9e3779b1)));
  const y = mix(x ^ high ^ 0x5bd1e995);
  return (y >>> 11) * 2 ** 32 + (x >>> 0);
}

/** The finalizer of a 32-bit hash: every input bit reaches every output bit. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
