/** What a scenario is: a race that somebody argued about, as operations that CPUs run at once. */
import type { BootOptions } from "../cpu/boot.js";

/** A race, told and runnable. Texts are in the `.ops` language; any process may be named anywhere in them. */
export interface Scenario {
  /** Lower case with hyphens; the name of its file. */
  readonly name: string;
  /** A few words. */
  readonly title: string;
  /** One paragraph: who does what, and what could go wrong. */
  readonly story: string;
  /** Where it was argued: mail, commit, advisory; with the date. */
  readonly source: string;
  /** Invariants that it is about, as `I1`. All are checked, whatever stands here. */
  readonly watch: readonly string[];
  /** How the machine is booted where it matters. By default 512 frames, no swap. */
  readonly boot?: Pick<BootOptions, "memory" | "swap" | "content">;
  /** Run on CPU 0 at the start of each round, nobody else running. Process 0 exists, empty, and file 1 of 256 pages. */
  readonly setup: string;
  /**
   * What the CPUs do then, all at once, one text each. A process may be ended by one text only, and nobody else may work
   * in it at that time.
   */
  readonly cpus: readonly string[];
  /**
   * What each CPU beyond the texts does. By default these do once more, in turn, the texts that neither make nor end a
   * process, nor work in one that another text ends; where there is none, they scan.
   */
  readonly others?: string;
  /** How often each CPU repeats its text in a round. Default 1. */
  readonly repeat?: number;
  /** Run on CPU 0 when all are through. All invariants are checked behind it, and all processes ended. */
  readonly finish?: string;
  /** Why it is not run on the engine as it is, only in variants that name it; without, mainline is expected clean. */
  readonly notOnMainline?: string;
}

/** Findings that no panic of the engine stands for: what a verdict may name besides. */
export const WITHOUT_PANIC: readonly string[] = ["LOCKUP", "OVERWRITTEN"];

/** What is expected of a variant in a scenario. */
export type Expected = "bug" | "clean" | "needs-exploration";

/** A verdict, as `variant.json` states it for each scenario. */
export interface Verdict {
  readonly expected: Expected;
  /** Of a bug: the findings that it may show as, any of them; invariants or names of panics. Without: any. */
  readonly by?: readonly string[];
  /** One sentence. */
  readonly why: string;
}
