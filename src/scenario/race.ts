/**
 * A race that kernel developers discussed, or one of your own: operations that CPUs run at the same time, and its
 * story. All of it is plain data, so it goes to a thread as it is.
 */
import type { Operation } from "../ops/operation.js";

/** The size of the machine, where it matters. Whoever runs the race decides what is not given. */
export interface RaceBoot {
  /** Pages of memory. */
  readonly memory?: number;
  /** Pages of swap. */
  readonly swap?: number;
  /** The content of a page: nothing, one 64-bit word, or all of its bytes. */
  readonly content?: "none" | "word" | "full";
  /**
   * For exploration: what a CPU does with freed objects. It keeps them at hand for the next ones, or returns them at
   * once, so that their memory can become something else. In stress it does either, at random. Default `kept`.
   */
  readonly slab?: "kept" | "returned";
  /**
   * For exploration: the bits of free memory, out of which tables and objects are made. Without it they are as they
   * happen to be, and a weak model may take them for all zeros or all ones instead.
   */
  readonly unmade?: "zeros" | "ones";
  /**
   * For exploration: CPUs behind the others that keep frames free (kswapd) or write dirty pages of files (the flusher),
   * until all others are done. Default: none.
   */
  readonly daemons?: Daemons;
}

/** Which CPUs of their own the system has. */
export type Daemons = "kswapd" | "flusher" | "both";

/** What the CPUs do. Any operation may name any process. One round has three steps: setup, CPUs, finish. */
export interface RaceForm {
  readonly boot: RaceBoot;
  /** The number of times that each CPU runs its operations in a round. */
  readonly repeat: number;
  /** CPU 0 runs this alone. Process 0 exists and is empty, and file 1 has 256 pages. */
  readonly setup: readonly Operation[];
  /**
   * The operations that the CPUs then run at the same time, for each CPU. Only one CPU may end a process, and no other
   * CPU may use that process then.
   */
  readonly cpus: readonly (readonly Operation[])[];
  /**
   * The operations of each further CPU. Without this they repeat, in turn, the operations of the CPUs that neither make
   * nor end a process, nor use one that another CPU ends. If there is none, they scan.
   */
  readonly others?: readonly Operation[];
  /** CPU 0 runs this when all others are done. Then the runner checks all invariants and ends all processes. */
  readonly finish: readonly Operation[];
}

/** A race with its story. */
export interface Scenario {
  /** The name of its file, without `.race`. */
  readonly name: string;
  /** The file, as messages and commands name it. */
  readonly file: string;
  /** A few words. */
  readonly title: string;
  /** One paragraph: what each CPU does, and what can go wrong. May be empty. */
  readonly story: string;
  /** Where developers discussed it: mail, commit, advisory; with the date. May be empty. */
  readonly source: string;
  /** The invariants that it watches, as `I1`. Every run checks all invariants. */
  readonly watch: readonly string[];
  /** Why it runs only in variants that name it, and not on mainline. Without this, mainline must be clean. */
  readonly notOnMainline?: string;
  /** For worker CPUs that race. */
  readonly stress: RaceForm;
  /** For exploration: few CPUs with few operations. What its text does not replace is that of `stress`. */
  readonly explore?: RaceForm;
}
