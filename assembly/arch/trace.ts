/** Notes what a CPU did last, for the story of a finding. Only in the checked build: here it does nothing. */

/** Notes an event of kind EVENT_*. The kind decides what `a` and `b` are. */
@inline
export function trace(kind: u32, a: u32 = 0, b: u32 = 0): void {}
