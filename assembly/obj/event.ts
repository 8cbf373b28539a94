/** One event of a CPU, as the checked build notes it. */
@unmanaged
export class Event {
  /** Counts the events of all CPUs. */
  order: u32;
  /** EVENT_*. */
  kind: u32;
  a: u32;
  b: u32;
}
