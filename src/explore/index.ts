/** Explores what the engine does under every order of its CPUs' accesses. */

export { Access } from "./access.js";

export { Machine } from "./machine.js";
export { RaceNet } from "./net.js";
export type { Race } from "./race.js";

export { type ExploreResult, type Program, Runner } from "./run.js";

export { Schedule } from "./schedule.js";
export type { Oracle } from "./strategy/oracle.js";
export { PriorityOracle } from "./strategy/priority.js";
export { RandomOracle } from "./strategy/random.js";
export { ReplayOracle } from "./strategy/replay.js";
export { spanNet } from "./watch.js";
