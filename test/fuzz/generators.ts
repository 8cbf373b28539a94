/** Makes input number N of a kind: a function of the kind, the seed and the number, and of nothing else. */
import { Dice, mixSeed } from "./dice.js";
import type { Input, Kind } from "./input.js";
import { makeLibrary } from "./library-input.js";
import { makeOptions } from "./options-input.js";
import { type Made, makeAnswer, makeScript } from "./script-input.js";
import type { Seeds } from "./seeds.js";
import { makeTrace } from "./trace-input.js";
import { makeVariant } from "./variant-input.js";

const MAKERS: Readonly<Record<Kind, (dice: Dice, seeds: Seeds, seed: number) => Made>> = {
  trace: makeTrace,
  script: makeScript,
  answer: makeAnswer,
  options: makeOptions,
  variant: makeVariant,
  library: (_dice, _seeds, seed) => makeLibrary(seed),
};

/** Input `index` of `kind` under `seed`. */
export function makeInput(kind: Kind, seed: number, index: number, seeds: Seeds): Input {
  const own = mixSeed(kind, seed, index);
  return { kind, seed, index, ...MAKERS[kind](new Dice(own), seeds, own) };
}
