/** Explores what the engine does under every order of its CPUs' accesses. */

export { Access, type AccessKind, type Hook, type MemoryOrder, type Value } from "./access.js";
export type { Finding, FindingKind } from "./finding.js";
export { type Gate, Machine, type MachineOptions, type Observer } from "./machine.js";
export type { MemoryModel, ModelFactory } from "./model.js";
export { type Execution, type ExploreOptions, type ExploreResult, type Program, Runner } from "./run.js";
export { sc } from "./sc.js";
export { Schedule } from "./schedule.js";
export type { Oracle } from "./strategy/oracle.js";
export { type PriorityOptions, PriorityOracle } from "./strategy/priority.js";
export { Random, RandomOracle } from "./strategy/random.js";
export { ReplayOracle } from "./strategy/replay.js";
