/** A finding: the broken invariant, in words, and the story around it. */
import type { Control } from "../cpu/control.js";
import { brokenInvariant, crashError } from "../cpu/panic.js";
import { readStory, type Story } from "./story.js";

/** A broken invariant, or a lock-up. */
export interface Finding {
  /** `I1` to `I14` for a numbered invariant, otherwise the panic's name, such as `MAPCOUNT`. */
  readonly invariant: string;
  /**
   * Name of the panic: the check that fired. `LOCKUP` when no CPU made progress, `OVERWRITTEN` when something
   * overwrote the host's words.
   */
  readonly code: string;
  readonly message: string;
  /** The events before the finding. */
  readonly story: Story;
}

/** The finding for an engine whose words for the host were overwritten; `damage` describes it. */
export function damageFinding(control: Control, damage: string, places: readonly string[] = []): Finding {
  const invariant = "OVERWRITTEN";
  return { invariant, code: invariant, message: damage, story: readStory(control, places) };
}

/**
 * The finding for an engine that has panicked or trapped. `trap` is the message of the trap, if there was no panic;
 * `places` has the names of the places in the module's code.
 */
export function findingOf(control: Control, trap = "", places: readonly string[] = []): Finding {
  const damage = control.damage();
  if (damage !== undefined) return damageFinding(control, damage, places);
  return {
    ...brokenInvariant(control),
    message: crashError(control, trap).message,
    story: readStory(control, places),
  };
}
