/** One event of a CPU, as the checked build notes it. */
@unmanaged
export class Event {
  /** Number of the event among those of all CPUs. */
  order: u32;
  /** EVENT_*. */
  kind: u32;
  /** First argument; EVENT_* in layout.ts says what it is. */
  a: u32;
  /** Second argument. */
  b: u32;
}
