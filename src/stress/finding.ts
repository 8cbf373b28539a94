/** What a run found: which invariant broke, in words, and the story around it. */
import type { Control } from "../cpu/control.js";
import { crashError } from "../cpu/panic.js";
import { readStory, type Story } from "./story.js";

/** A broken invariant, or a lock-up. */
export interface Finding {
  /** `I1` to `I14` where it is one of those, otherwise the panic's name, such as `MAPCOUNT`. */
  readonly invariant: string;
  /** Name of the panic: the check that fired; `LOCKUP` when no CPU came further, `OVERWRITTEN` when words of the host were. */
  readonly code: string;
  readonly message: string;
  /** What led there. */
  readonly story: Story;
}

/** Checks that show a numbered invariant broken in another way than its own check does. */
const SHOWS: Readonly<Record<string, string>> = {
  LOCK_BALANCE: "I4",
  LOCK_LEAK: "I4",
  LOCKUP: "I14",
};

/** The finding of an engine whose words for the host were overwritten, as `damage` says. */
export function damageFinding(control: Control, damage: string): Finding {
  const invariant = "OVERWRITTEN";
  return { invariant, code: invariant, message: damage, story: readStory(control) };
}

/** The finding of an engine that has panicked or trapped. `trap` is the message of the trap, when that is all there is. */
export function findingOf(control: Control, trap = ""): Finding {
  const damage = control.damage();
  if (damage !== undefined) return damageFinding(control, damage);
  const code = control.layout.nameOf("PANIC_", control.get("panicCode")) ?? "TRAP";
  // Taking a lock that one holds already would be waiting for oneself.
  const twice = code === "LOCK_ORDER" && control.get("panicArg0") === control.get("panicArg2");
  return {
    invariant: twice ? "I14" : (SHOWS[code] ?? code),
    code,
    message: crashError(control, trap).message,
    story: readStory(control),
  };
}

/** Whether a finding is one of those that a verdict names. Without a list any is. */
export function isNamed(finding: Finding, by: readonly string[] | undefined): boolean {
  return by === undefined || by.includes(finding.invariant) || by.includes(finding.code);
}
