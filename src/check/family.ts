/**
 * Makes up programs about a family: one generation forks the next, a parent or a sibling exits, and a mapping is split
 * in one process and becomes whole again in another. What such a line leaves behind, later forks find.
 */

import type { Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import { type Source, sourceOf } from "./program.js";

/** Pages of the mapping. */
const PAGES = 2;
/** Generations, at most; a family has no more processes than this. */
const MOST_GENERATIONS = 7;
const MOST_PROCESSES = 10;
/** Chances in a hundred, of which each program draws one for each thing that a generation may do. */
const CHANCES = [10, 30, 50, 70, 90] as const;

/** What a generation may do. */
type Step = "split" | "sibling" | "parent ends" | "sibling ends" | "join" | "write" | "halve";

/** A program about a family: it depends on nothing but the dice. */
export function familyProgram(dice: Dice): Source {
  return sourceOf(familyOf(dice));
}

function familyOf(dice: Dice): readonly Operation[] {
  const chances = new Map<Step, number>();
  const does = (step: Step): boolean => {
    const chance = chances.get(step) ?? dice.pick(CHANCES);
    chances.set(step, chance);
    return dice.percent(chance);
  };
  const first: Operation = {
    ...({ kind: "mmap", process: 0, page: 0, pages: PAGES, prot: "rw" } as const),
    ...({ shared: false, backing: "anon", stack: false } as const),
  };
  const operations: Operation[] = [first, ...writes(0, 1n)];
  let parent = 0;
  let made = 1;
  for (let left = 2 + dice.below(MOST_GENERATIONS - 1); left > 0; left--) {
    const page = dice.below(PAGES);
    if (does("split")) operations.push(protect(parent, page, "r"));
    const children = does("sibling") ? 2 : 1;
    if (made + children > MOST_PROCESSES) break;
    const [child = made, other] = dice.once(2) ? [made, made + 1] : [made + children - 1, made];
    for (let one = 0; one < children; one++)
      operations.push({ kind: "fork", process: parent, child: made++ });
    if (children === 2 && other !== undefined && does("sibling ends"))
      operations.push({ kind: "exit", process: other });
    const ends: Operation[] = does("parent ends") ? [{ kind: "exit", process: parent }] : [];
    const acts: Operation[] = [
      ...(does("halve") ? [protect(child, page, "r")] : []),
      ...(does("join") ? [protect(child, 0, "rw", PAGES)] : []),
      ...(does("write") ? writes(child, BigInt(10 * made)) : []),
    ];
    operations.push(...(dice.once(2) ? [...ends, ...acts] : [...acts, ...ends]));
    parent = child;
  }
  return operations;
}

function protect(process: number, page: number, prot: "r" | "rw", pages = 1): Operation {
  return { kind: "mprotect", process, page, pages, prot };
}

function writes(process: number, value: bigint): Operation[] {
  return Array.from({ length: PAGES }, (_, page): Operation => {
    return { kind: "write", process, page, value: value + BigInt(page) };
  });
}
