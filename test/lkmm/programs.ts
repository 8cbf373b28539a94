/** Small litmus tests, written for these tests. */
import { type Decision, decide } from "../../dist/lkmm/decide.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import type { ModelName, Rule } from "../../dist/lkmm/rules.js";

/** A litmus test: initial values, the processes with their locations, and the condition. */
export function program(init: string, processes: readonly string[], condition: string): string {
  const names = [...new Set(processes.join(" ").match(/\b[a-z]\b/g) ?? [])];
  const parameters = names.map((name) => `int *${name}`).join(", ");
  const bodies = processes.map((body, number) => `P${number}(${parameters})\n{\n${body}\n}\n`);
  return `C t\n{ ${init} }\n${bodies.join("\n")}\n${condition}\n`;
}

/** What a test shows; 20 s are far more than any of these takes. */
export function decided(
  text: string,
  model: ModelName = "lkmm",
  without: readonly Rule[] = [],
  states = false,
): Decision {
  return decide(parseLitmus(text, "t.litmus"), { model, without, states, timeout: 20_000 });
}

/** Two reads of one location: the second must not see an older value. */
export const coherence = program(
  "",
  ["WRITE_ONCE(*x, 1);", "int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*x);"],
  "exists (1:r0=1 /\\ 1:r1=0)",
);

/** Two exchanges: both must not read the initial value. */
export const atomicity = program(
  "",
  ["int r0 = xchg_relaxed(x, 1);", "int r0 = xchg_relaxed(x, 2);"],
  "exists (0:r0=0 /\\ 1:r0=0)",
);

/** Store buffering: each process writes one location and then reads the other, with something between. */
export function storeBuffering(between: string, then = between): string {
  return program(
    "",
    [
      `WRITE_ONCE(*x, 1); ${between} int r0 = READ_ONCE(*y);`,
      `WRITE_ONCE(*y, 1); ${then} int r0 = READ_ONCE(*x);`,
    ],
    "exists (0:r0=0 /\\ 1:r0=0)",
  );
}

/** Message passing: x is written before the flag y, and read after it. */
export function messagePassing(writer: string, reader: string): string {
  return program("", [writer, reader], "exists (1:r0=1 /\\ 1:r1=0)");
}

/** Load buffering: each process reads one location and then writes the other. */
export function loadBuffering(one: string, other: string): string {
  return program("", [one, other], "exists (0:r0=1 /\\ 1:r0=1)");
}

/** An access to an old value, behind a read that has told of a newer one: who is behind that read gets what the access knew. */
export const OVERTAKING = program(
  "",
  [
    "WRITE_ONCE(*z, 1); smp_mb(); WRITE_ONCE(*x, 1);",
    "WRITE_ONCE(*x, 2); smp_store_release(y, 1);",
    "int r0 = READ_ONCE(*y); WRITE_ONCE(*v, r0); int r1 = READ_ONCE(*x);",
    "int r0 = smp_load_acquire(v); int r1 = READ_ONCE(*z);",
  ],
  "exists (2:r0=1 /\\ 2:r1=1 /\\ 3:r0=1 /\\ 3:r1=0 /\\ x=2)",
);
