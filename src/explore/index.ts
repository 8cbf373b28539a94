/** Explores what the engine does under every order of its CPUs' accesses. */

export { Access } from "./access.js";
export { Machine } from "./machine.js";
export { RaceNet } from "./net.js";
export type { Program } from "./program.js";
export type { Race } from "./race.js";
export { replay, turnsOf } from "./replay.js";
export { Runner } from "./run.js";
export type { ExploreResult } from "./search.js";
export { BoundedStrategy } from "./strategy/bounded.js";
export { Counts } from "./strategy/counts.js";
export { DporStrategy } from "./strategy/dpor.js";
export { PctStrategy } from "./strategy/pct.js";
export { RandomStrategy } from "./strategy/random.js";
export type { Scene, Strategy } from "./strategy/strategy.js";
export { parseTurns, printTurns } from "./turns.js";
export { spanNet } from "./watch.js";
