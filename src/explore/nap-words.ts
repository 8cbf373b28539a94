/** Words of the control block on which CPUs sleep for a while, and those by which the host ends daemons. */

import type { Control } from "../cpu/control.js";

const NAPS = ["kswapdWake", "kswapdStop", "flusherStop"] as const;
const STOPS = ["kswapdStop", "flusherStop"] as const;

/** The words on which CPUs sleep for a bounded time. */
export function napWords(control: Control): ReadonlySet<number> {
  return new Set(NAPS.map((field) => wordOf(control, field)));
}

/** The words by which the host ends kswapd and the flusher. */
export function stopWords(control: Control): readonly number[] {
  return STOPS.map((field) => wordOf(control, field));
}

/** Words that daemons look at, and that the host stores to at any time. */
export function hostWords(control: Control): ReadonlySet<number> {
  return new Set(["stop", ...STOPS].map((field) => wordOf(control, field)));
}

function wordOf({ layout }: Control, field: string): number {
  return layout.constant("CTL") + layout.struct("Ctl").offset(field);
}
