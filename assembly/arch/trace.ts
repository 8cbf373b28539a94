/** What a CPU did last, for the story of a finding: only in the checked build, here it is nothing. */

/** Notes an event of kind EVENT_*; what `a` and `b` are depends on the kind. */
@inline
export function trace(kind: u32, a: u32 = 0, b: u32 = 0): void {}
