/** A scenario: a race that kernel developers discussed, as operations that CPUs run at the same time. */
import type { BootOptions } from "../cpu/boot.js";

/** A race with its story and its operations. Texts are in the `.ops` language, and may name any process anywhere. */
export interface Scenario {
  /** Lower case with hyphens; the name of its file. */
  readonly name: string;
  /** A few words. */
  readonly title: string;
  /** One paragraph: what each CPU does, and what can go wrong. */
  readonly story: string;
  /** Where developers discussed it: mail, commit, advisory; with the date. */
  readonly source: string;
  /** The invariants that it watches, as `I1`. Every run checks all invariants. */
  readonly watch: readonly string[];
  /** The size of the machine, where it matters. By default 512 frames, no swap. */
  readonly boot?: Pick<BootOptions, "memory" | "swap" | "content">;
  /** CPU 0 runs this alone at the start of each round. Process 0 exists and is empty, and file 1 has 256 pages. */
  readonly setup: string;
  /**
   * The operations that the CPUs then run at the same time, one text for each CPU. Only one text may end a process,
   * and no other text may use the process at that time.
   */
  readonly cpus: readonly string[];
  /**
   * The operations of each further CPU. By default these repeat, in turn, the texts that neither make nor end a
   * process, nor use one that another text ends. If there is none, they scan.
   */
  readonly others?: string;
  /** The number of times that each CPU runs its text in a round. Default 1. */
  readonly repeat?: number;
  /** CPU 0 runs this when all others are done. Then the runner checks all invariants and ends all processes. */
  readonly finish?: string;
  /** Why it runs only in variants that name it, and not on mainline. Without this, mainline must be clean. */
  readonly notOnMainline?: string;
}

/** Findings without a panic of the engine. A verdict may name these too. */
export const WITHOUT_PANIC: readonly string[] = ["LOCKUP", "OVERWRITTEN"];

/** The expected result of a variant in a scenario. */
export type Expected = "bug" | "clean" | "needs-exploration";

/** A verdict, as `variant.json` states it for each scenario. */
export interface Verdict {
  readonly expected: Expected;
  /** For a bug: its possible findings, as invariants or names of panics. Absent: any finding. */
  readonly by?: readonly string[];
  /** One sentence. */
  readonly why: string;
}
