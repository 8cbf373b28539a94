/** Waiting on a word of shared memory from a thread that may not be allowed to block, such as that of a page. */

/** Loads between two looks at the clock, in place of a sleep. */
const LOADS = 1024;

/** Whether the calling thread may block on a shared memory. A browser forbids it to the thread of a page. */
export function mayBlock(shared: Int32Array): boolean {
  try {
    // Whether it may is asked before the values are compared. With another value it does not wait.
    Atomics.wait(shared, 0, ~Atomics.load(shared, 0), 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the word at `index` is no longer `seen`, or `milliseconds` have passed; `blocks`: what `mayBlock` says. */
export function pause(
  shared: Int32Array,
  index: number,
  seen: number,
  milliseconds: number,
  blocks: boolean,
): void {
  if (blocks) Atomics.wait(shared, index, seen, milliseconds);
  else spin(shared, index, seen, milliseconds);
}

/** The same without sleep, and with the same bound. */
function spin(shared: Int32Array, index: number, seen: number, milliseconds: number): void {
  const end = performance.now() + milliseconds;
  do {
    for (let left = LOADS; left > 0; left--) if (Atomics.load(shared, index) !== seen) return;
  } while (performance.now() < end);
}
