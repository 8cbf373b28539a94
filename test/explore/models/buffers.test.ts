/**
 * The machines with store buffers against the axioms: every state that the axioms allow is reached, and no other one. On
 * shapes that have names, and on made-up programs. RMAP_SEED=N draws other programs, and fast-check shrinks a failure.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sc } from "../../../dist/explore/sc.js";
import { pso, tso } from "../../../dist/explore/store-buffer.js";
import { SEED } from "../modules.js";
import * as machine from "./machine.js";

const { load, store, xchg, mb, wmb, lock, unlock } = machine;
const MODELS = { tso, pso } as const;
const RUNS = 250;

const SHAPES: Readonly<Record<string, machine.Processes>> = {
  SB: [
    [store("x", 1), load("y")],
    [store("y", 1), load("x")],
  ],
  "SB+mbs": [
    [store("x", 1), mb, load("y")],
    [store("y", 1), mb, load("x")],
  ],
  "SB+rfi": [
    [store("x", 1), load("x"), load("y")],
    [store("y", 1), load("y"), load("x")],
  ],
  "SB+xchgs": [
    [xchg("x", 1, "relaxed"), load("y")],
    [xchg("y", 1, "relaxed"), load("x")],
  ],
  "SB+other xchgs": [
    [store("x", 1), xchg("z", 1, "acquire"), load("y")],
    [store("y", 1), xchg("z", 2, "acquire"), load("x")],
  ],
  MP: [
    [store("x", 1), store("y", 1)],
    [load("y"), load("x")],
  ],
  "MP+wmb": [
    [store("x", 1), wmb, store("y", 1)],
    [load("y"), load("x")],
  ],
  "MP+release": [
    [store("x", 1), store("y", 1, "release")],
    [load("y"), load("x")],
  ],
  "MP behind a release": [
    [store("x", 1, "release"), store("y", 1)],
    [load("y"), load("x")],
  ],
  R: [
    [store("x", 1), store("y", 1)],
    [store("y", 2), load("x")],
  ],
  "R+wmb": [
    [store("x", 1), wmb, store("y", 1)],
    [store("y", 2), mb, load("x")],
  ],
  S: [
    [store("x", 2), store("y", 1)],
    [load("y"), store("x", 1)],
  ],
  "2+2W": [
    [store("x", 1), store("y", 2)],
    [store("y", 1), store("x", 2)],
  ],
  "2+2W+wmbs": [
    [store("x", 1), wmb, store("y", 2)],
    [store("y", 1), wmb, store("x", 2)],
  ],
  LB: [
    [load("x"), store("y", 1)],
    [load("y"), store("x", 1)],
  ],
  IRIW: [[store("x", 1)], [store("y", 1)], [load("x"), load("y")], [load("y"), load("x")]],
  WRC: [[store("x", 1)], [load("x"), store("y", 1)], [load("y"), load("x")]],
  CoRR: [[store("x", 1)], [load("x"), load("x")]],
  "CoRR of two": [[store("x", 1)], [store("x", 2)], [load("x"), load("x")], [load("x"), load("x")]],
  CoWR: [
    [store("x", 1), load("x")],
    [store("x", 2), load("x")],
  ],
  CoRW: [
    [load("x"), store("x", 1)],
    [store("x", 2), load("x")],
  ],
  "SB with locks": [
    [lock, store("x", 1), unlock, load("y")],
    [lock, store("y", 1), unlock, load("x")],
  ],
  "MP with a lock": [
    [lock, store("x", 1), store("y", 1), unlock],
    [lock, load("y"), load("x"), unlock],
  ],
  "MP beside a lock": [
    [store("x", 1), lock, store("y", 1), unlock],
    [load("y"), load("x")],
  ],
};

/** States of a shape in which its question is answered with yes: what it is known for. */
const KNOWN: readonly (readonly [
  shape: string,
  model: keyof typeof MODELS,
  state: RegExp,
  isThere: boolean,
])[] = [
  ["SB", "tso", /0:r0=0; 1:r0=0;/, true],
  ["SB", "pso", /0:r0=0; 1:r0=0;/, true],
  ["SB+mbs", "pso", /0:r0=0; 1:r0=0;/, false],
  ["MP", "tso", /1:r0=1; 1:r1=0;/, false],
  ["MP", "pso", /1:r0=1; 1:r1=0;/, true],
  ["MP+wmb", "pso", /1:r0=1; 1:r1=0;/, false],
  ["MP+release", "pso", /1:r0=1; 1:r1=0;/, false],
  ["R", "tso", /1:r0=0; x=1; y=2;/, true],
  ["2+2W", "tso", /x=1; y=1;/, false],
  ["2+2W", "pso", /x=1; y=1;/, true],
  ["IRIW", "pso", /2:r0=1; 2:r1=0; 3:r0=1; 3:r1=0;/, false],
  ["CoRR", "pso", /1:r0=1; 1:r1=0;/, false],
];

describe("shapes: the states are those of the axioms", () => {
  for (const [name, processes] of Object.entries(SHAPES))
    for (const [model, factory] of Object.entries(MODELS))
      test(`${name} under ${model}`, () => {
        const allowed = machine.allowedStates(processes, model as keyof typeof MODELS);
        expect(machine.reachedStates(processes, factory)).toEqual(allowed);
        expect(machine.reachedStates(processes, factory, { plain: true })).toEqual(allowed);
      });

  test.each(KNOWN)("%s under %s: %s is there: %s", (name, model, state, isThere) => {
    const states = machine.reachedStates(SHAPES[name] as machine.Processes, MODELS[model]);
    expect(states.some((text) => state.test(text))).toBe(isThere);
  });
});

test.each(Object.entries(SHAPES))("choice 0 throughout is sequential consistency: %s", (_name, processes) => {
  const strong = machine.reachedStates(processes, sc);
  for (const factory of Object.values(MODELS))
    expect(machine.reachedStates(processes, factory, { strong: true })).toEqual(strong);
  expect(strong).toEqual(machine.allowedStates(processes, "sc"));
});

const at = fc.constantFrom<machine.Location>("x", "y");
const value = fc.integer({ min: 1, max: 3 });
const statement: fc.Arbitrary<machine.Statement> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant("store" as const), at, value }) },
  { weight: 5, arbitrary: fc.record({ op: fc.constant("load" as const), at }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ op: fc.constant("store" as const), at, value },
      order: fc.constant("release" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ op: fc.constant("xchg" as const), at, value },
      order: fc.constantFrom("relaxed" as const, "acquire" as const, "release" as const, "full" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ op: fc.constant("cas" as const), at, value, expected: fc.constant(0) },
      order: fc.constantFrom("acquire" as const, "full" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<machine.Statement>({ op: "mb" }, { op: "wmb" }) },
);
const programs = fc.oneof(
  fc.array(fc.array(statement, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
  fc.array(fc.array(statement, { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 3 }),
);

test.each(Object.entries(MODELS))(
  "made-up programs: the states under %s are those of the axioms",
  (model, factory) => {
    fc.assert(
      fc.property(programs, (processes) => {
        const allowed = machine.allowedStates(processes, model as keyof typeof MODELS);
        expect(machine.reachedStates(processes, factory)).toEqual(allowed);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  },
);
