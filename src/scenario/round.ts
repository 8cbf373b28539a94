/** A race's operations as records: what each CPU executes in a round. */

import { FILE_PAGES, FILE_SLOT, isProcessOperation, type Operation } from "../ops/operation.js";
import { Encoder } from "../record/encode.js";
import type { OpRecord } from "../record/record.js";
import { ScriptEncoder } from "../record/script.js";
import type { Layout } from "../wasm/layout.js";
import type { RaceForm } from "./race.js";

/** The records of a round. */
export interface Round {
  /** CPU 0 executes these alone: process 0, file 1, and the race's setup. */
  readonly setup: readonly OpRecord[];
  /** What the CPUs then execute at the same time, for each CPU with a text of its own. */
  readonly cpus: readonly (readonly OpRecord[])[];
  /** What further CPUs execute, in turn. */
  readonly others: readonly (readonly OpRecord[])[];
  /** CPU 0 executes these when all others are done: the race's own, then a check of all invariants. */
  readonly finish: readonly OpRecord[];
  /** CPU 0 ends every process and drops the file. */
  readonly clear: readonly OpRecord[];
}

/** Encodes a round for an engine with this layout. Throws EnvironmentError when the engine lacks an operation. */
export function encodeRound(form: RaceForm, layout: Layout): Round {
  const { setup, cpus, others = [], finish, repeat } = form;
  const encoder = new Encoder(layout);
  const script = new ScriptEncoder(layout);
  const steady = layout.constant("OPF_STEADY");
  const code = (name: string) => layout.constant(`OP_${name}`);
  const encode = (operations: readonly Operation[], flags: number) =>
    operations.flatMap((operation) => script.encode(operation, flags) ?? []);
  const has = (kind: Operation["kind"], ...texts: readonly (readonly Operation[])[]) =>
    texts.flat().some((operation) => operation.kind === kind);
  // A waiting CPU would keep pages in its batch. With few frames that is a large part, and nobody could move them.
  const drain: OpRecord = { op: code("NOP"), flags: steady, aux: 1 };
  // A pin that is still held would be a leak, and an allocation that is still to be refused would hit the next round.
  const unpin: OpRecord = { op: code("UNPIN"), flags: steady };
  const allow: OpRecord = { op: code("FAIL"), flags: steady };
  const role = (operations: readonly Operation[]): readonly OpRecord[] => {
    const once = encode(operations, 0);
    return [
      ...Array.from({ length: repeat }, () => once).flat(),
      ...(has("hold", operations) ? [unpin] : []),
      ...(has("fail", operations, setup) ? [allow] : []),
      drain,
    ];
  };
  return {
    setup: [
      encoder.createFile(FILE_SLOT, FILE_PAGES),
      { ...encoder.spawn(0), flags: steady },
      ...encode(setup, steady),
      drain,
    ],
    cpus: cpus.map(role),
    others: othersOf(form).map(role),
    finish: [
      ...encode(finish, steady),
      ...(has("hold", setup) ? [unpin] : []),
      ...(has("fail", finish) ? [allow] : []),
      { op: code("CHECK"), flags: steady, aux: 1 },
    ],
    clear: [
      ...processesOf([...setup, ...cpus.flat(), ...others, ...finish]).map((slot) => ({
        ...encoder.exit(slot),
        flags: steady,
      })),
      encoder.dropFile(FILE_SLOT),
    ],
  };
}

/** The processes that operations may leave behind, children first. */
function processesOf(operations: readonly Operation[]): number[] {
  const processes = new Set([0]);
  for (const operation of operations) {
    if (isProcessOperation(operation) && operation.kind === "fork") processes.add(operation.child);
  }
  return [...processes].sort((a, b) => b - a);
}

/**
 * The texts of the further CPUs: those of the race, or a repetition of the texts that neither make nor end a
 * process, nor name one that another text ends, because a process ends only once. If there is none, they scan.
 */
function othersOf({ cpus, others }: RaceForm): readonly (readonly Operation[])[] {
  if (others) return [others];
  const ended = new Set(
    cpus.flat().flatMap((operation) => (operation.kind === "exit" ? [operation.process] : [])),
  );
  const repeatable = cpus.filter((text) =>
    text.every(
      (operation) =>
        operation.kind !== "fork" && !(isProcessOperation(operation) && ended.has(operation.process)),
    ),
  );
  return repeatable.length > 0 ? repeatable : [[{ kind: "scan", rounds: 1, hold: "locked" }]];
}
