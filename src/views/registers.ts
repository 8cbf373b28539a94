/** The registers of a CPU of the view machine. */

/** Registers of a CPU. K: knowledge, V: a view. */
export const REGISTER = {
  /** K: binds all accesses from here on; reads that return something; writes. */
  all: 0,
  reads: 1,
  writes: 2,
  /** K: of all accesses so far; of the reads that return something; of the writes. Each is late: see `#past`. */
  past: 3,
  pastReads: 4,
  pastWrites: 5,
  /**
   * V: all stores that were seen, with what they carry; only what fences without cumulativity hand on; of own stores.
   * Late as well.
   */
  seen: 6,
  handed: 7,
  stored: 8,
  /** V: what each store from here on carries; the same by write barriers alone. */
  carryAll: 9,
  carryStores: 10,
  /** smp_mb__before_atomic(): 1 if one waits for its operation, what was seen at it, and known. */
  beforeAtomic: 11,
  beforeAtomicSeen: 12,
  beforeAtomicKnown: 13,
  /** The same at the last read-modify-write, and at the last lock that was taken. */
  atomic: 14,
  atomicSeen: 15,
  atomicKnown: 16,
  locked: 17,
  lockedSeen: 18,
  lockedKnown: 19,
  /** At the last unlock of the CPU's own. */
  unlocked: 20,
  unlockedHanded: 21,
  unlockedSeen: 22,
  unlockedKnown: 23,
  /** What critical sections handed over to this CPU. */
  handover: 24,
  handoverSeen: 25,
  handoverKnown: 26,
  /** Reads before this number pass on their address dependency on Alpha. */
  readDepends: 27,
  /** The last access of the CPU; and the last one that each of the late registers has taken in, in their order. */
  last: 28,
  takenIn: 29,
  /** 1: the CPU has read or written a location since its last full barrier. */
  moved: 35,
  /** RCU: how deep the CPU is in critical sections; 1: its grace period has begun; CPUs for whose sections it waits, as bits. */
  sections: 36,
  grace: 37,
  graceWaits: 38,
  /** V, K: at its begin; of the sections that come before it. */
  graceSeen: 39,
  graceKnown: 40,
  graceNeeds: 41,
  graceNeedsKnown: 42,
  /** V, K: of the CPU's sections that are over; of its grace periods that are. */
  overSeen: 43,
  overKnown: 44,
  doneSeen: 45,
  doneKnown: 46,
} as const;
export const REGISTERS = 47;
/** The first late register, and the one behind the last one that holds knowledge. */
export const LATE = REGISTER.past;
export const LATE_VIEWS = REGISTER.seen;

/** What an access was, for the late registers. */
export const READ = 1;
export const SILENT = 2;
export const WRITE = 4;
/** The accesses that each late register takes in. */
export const TAKES = [READ | SILENT | WRITE, READ, WRITE, READ | SILENT | WRITE, WRITE, WRITE];

/** Registers by what they hold: for a description of a state. */
export const KNOWLEDGE_REGISTERS = [
  ...[REGISTER.all, REGISTER.reads, REGISTER.writes, REGISTER.past, REGISTER.pastReads, REGISTER.pastWrites],
  ...[REGISTER.beforeAtomicKnown, REGISTER.atomicKnown, REGISTER.lockedKnown, REGISTER.unlockedKnown],
  ...[REGISTER.handoverKnown, REGISTER.graceKnown, REGISTER.graceNeedsKnown],
  ...[REGISTER.overKnown, REGISTER.doneKnown],
];
export const VIEW_REGISTERS = [
  ...[REGISTER.seen, REGISTER.handed, REGISTER.stored, REGISTER.carryAll, REGISTER.carryStores],
  ...[REGISTER.beforeAtomicSeen, REGISTER.atomicSeen, REGISTER.lockedSeen, REGISTER.unlockedHanded],
  ...[REGISTER.unlockedSeen, REGISTER.handoverSeen, REGISTER.graceSeen, REGISTER.graceNeeds],
];
export const FLAG_REGISTERS = [
  ...[REGISTER.beforeAtomic, REGISTER.atomic, REGISTER.locked, REGISTER.unlocked, REGISTER.handover],
  ...[REGISTER.moved, REGISTER.sections, REGISTER.grace, REGISTER.graceWaits],
];
