/** What a view machine consists of, for those who carry out its rules. */
import type { Bound } from "./bound.js";
import type { Cpus } from "./cpus.js";
import type { Fences } from "./fences.js";
import type { Knowledge } from "./knowledge.js";
import type { Messages } from "./messages.js";
import type { Overtaking } from "./overtaking.js";
import type { Switches } from "./rules.js";
import type { Views } from "./views.js";

export interface ViewParts {
  readonly views: Views;
  readonly fences: Fences;
  readonly knowledge: Knowledge;
  readonly messages: Messages;
  readonly cpus: Cpus;
  readonly bound: Bound;
  readonly overtaking: Overtaking;
  /** The rules that do not apply. */
  readonly off: Switches;
  readonly isAlpha: boolean;
  readonly isPairwise: boolean;
}
