/**
 * The monitor: a module of its own that stands between a modelled engine and its memory. Every hook of the engine and
 * every plain access ends here. The monitor makes the access itself unless somebody has to decide about it: an access
 * to a word that two CPUs touch and one of them writes (a contended word) goes to the host, where another CPU may come
 * first. It also notes what changed, so that a restore copies only that.
 *
 * Its tables lie behind the engine's memory, from `base` on:
 *
 *   words    u32 a word of the engine's memory: generation << 16 | CPUs that wrote << 8 | CPUs that touched
 *   flags    u8 a word: CONTENDED | VOLATILE | STATISTIC
 *   changed  u16 a block of 256 bytes: 0 when it equals the saved memory; else the epoch of its last change, see "Marks"
 *   blocks   u32 number of changed blocks, then their numbers
 *   grown    u32 number of words that this execution made contended, then their numbers, up to GROWN_ROOM
 *   quiet    u8 a place in the code: 1 when its accesses are no decisions
 *   log      u32 number of entries, then u32 access (WRITE | bytes << 24 | place), u32 offset of each
 *   cell     u64 what a plain load sees instead of memory
 *   marks    MARKS_ROOM states of this execution to go back to: u32 number of changed blocks, of old words, of old blocks,
 *            and the first old block that is no stack; u64 the hash of who touched what
 *   oldWords u32 word | GROUP, u32 what `words` had there before
 *   oldBlocks u32 offset, u32 epoch, and 256 bytes that were there before
 *   saved    a copy of the engine's memory
 *
 * One thread runs all of it, so plain accesses serve.
 */

/** The word is contended: an access to it is a decision. */
const CONTENDED: u32 = 1;
/** The word does not count for the hash of a state. */
const VOLATILE: u32 = 4;
/** The word is a statistic: whoever reads it decides nothing by it, so that it is never contended. */
const STATISTIC: u32 = 8;

const BLOCK_SHIFT: usize = 8;
const BLOCK: usize = 256;
const LOG_ROOM: u32 = 32768;
const GROWN_ROOM: u32 = 4096;
const PLACES: u32 = 65536;
const WRITE: u32 = 0x8000_0000;
const MARKS_ROOM: u32 = 1024;
const MARK_BYTES: u32 = 24;
const WORDS_ROOM: u32 = 32768;
const OLD_ROOM: u32 = 2048;
const OLD_BYTES: u32 = 264;
/** In oldWords: 8 words, which nobody had touched. */
const GROUP: u32 = 0x8000_0000;
/** In oldBlocks: a piece of a fiber's stack. */
const NO_EPOCH: u32 = 0xffff_ffff;

let end: usize = 0;
let words: usize = 0;
let flags: usize = 0;
let changed: usize = 0;
let blocks: usize = 0;
let grown: usize = 0;
let quiet: usize = 0;
let log: usize = 0;
let cell: usize = 0;
let marks: usize = 0;
let oldWords: usize = 0;
let oldBlocks: usize = 0;
let saved: usize = 0;

/** Marks of this execution, and what is kept for them. */
let marked: u32 = 0;
let keptWords: u32 = 0;
let keptBlocks: u32 = 0;
/** Something had no room: there is no way back to the marks. */
let lost: bool = false;

/** Bit of the CPU that runs; 0: the host runs, and nothing is contended. */
let cpuBit: u32 = 0;
/** Number of the execution, in 16 bits. */
let generation: u32 = 1;
/** Whether the last marked access was to a word that was contended before it. */
let decided: bool = false;
/** Every marked access goes to the host, whether its word is contended or not. */
let all: bool = false;
/** The host hears of plain accesses to contended words: a weak memory model decides about them. */
let weak: bool = false;
/** How many words became contended, ever. */
let contendedWords: u32 = 0;
/** A hash of who touched which words in this execution: a sum over the words. */
let touched: u64 = 0;

// ---- Tables -----------------------------------------------------------------------------------

/** Bytes of the tables for an engine of `bytes` bytes (a multiple of 256). */
export function tableBytes(bytes: u32): u32 {
  const count = bytes >> 2;
  const ofBlocks = (bytes >> <u32>BLOCK_SHIFT) + 8;
  const tables = count * 4 + count + 8 + ofBlocks * 2 + ofBlocks * 4 + 8 + GROWN_ROOM * 4 + 8 + PLACES + LOG_ROOM * 8 + 16;
  const kept = MARKS_ROOM * MARK_BYTES + WORDS_ROOM * 8 + OLD_ROOM * OLD_BYTES;
  return tables + kept + bytes + 64;
}

/** The engine has `bytes` bytes, and the tables begin at `base`, a multiple of 8. They are zero. */
export function place(bytes: u32, base: usize): void {
  end = bytes;
  const ofBlocks = (bytes >> <u32>BLOCK_SHIFT) + 8;
  words = base;
  flags = words + bytes;
  changed = (flags + (bytes >> 2) + 8 + 7) & ~7;
  blocks = (changed + ofBlocks * 2 + 7) & ~7;
  grown = (blocks + ofBlocks * 4 + 8 + 7) & ~7;
  quiet = (grown + GROWN_ROOM * 4 + 8 + 7) & ~7;
  log = quiet + PLACES;
  cell = (log + LOG_ROOM * 8 + 8 + 7) & ~7;
  marks = cell + 8;
  oldWords = marks + MARKS_ROOM * MARK_BYTES;
  oldBlocks = oldWords + WORDS_ROOM * 8;
  saved = oldBlocks + OLD_ROOM * OLD_BYTES;
}

/** Offset of the log, for the host. */
export function logAt(): usize {
  return log;
}

/** Offset of 8 bytes in which the host may leave what a plain load sees. */
export function cellAt(): usize {
  return cell;
}

/** Whether a weak memory model decides. */
export function weaken(on: bool): void {
  weak = on;
}

/** From here on CPU `cpu` runs. */
export function watch(cpu: u32): void {
  cpuBit = 1 << cpu;
}

/** From here on the host runs, alone. */
export function look(): void {
  cpuBit = 0;
}

/** Passes every marked access of a CPU to the host, or only those that are decisions. */
export function passAll(on: bool): void {
  all = on;
}

/** Whether the last marked access was to a word that was contended before it: only then is it a decision. */
export function wasDecision(): bool {
  return decided;
}

/** Undoes what the last execution found to be contended, so that it can be run again as it was. */
export function forgetGrowth(): void {
  const count = load<u32>(grown);
  for (let i: u32 = 0; i < count && i < GROWN_ROOM; i++) {
    const flag = flags + load<u32>(grown + 4 + (i << 2));
    store<u8>(flag, load<u8>(flag) & ~CONTENDED);
    contendedWords--;
  }
}

/** How many words this execution has made contended, as far as there is room for their numbers; and one of them. */
export function grownWords(): u32 {
  const count = load<u32>(grown);
  return count < GROWN_ROOM ? count : GROWN_ROOM;
}

export function grownWord(number: u32): u32 {
  return load<u32>(grown + 4 + (number << 2)) << 2;
}

/** How many words became contended so far. */
export function contended(): u32 {
  return contendedWords;
}

/** A hash of which words are contended: two searches with the same hash decide about the same words. */
export function contendedHash(): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let at: usize = 0; at < end; at += 4) {
    if ((load<u8>(flags + (at >> 2)) & CONTENDED) != 0) hash = (hash ^ <u32>at) * 0x01000193;
  }
  return hash;
}

/** Makes a word count for no hash. */
export function ignore(at: usize): void {
  const flag = flags + (at >> 2);
  store<u8>(flag, load<u8>(flag) | VOLATILE);
}

/** Makes the accesses of a place no decisions: the engine's own checks. */
export function hush(place: u32): void {
  store<u8>(quiet + place, 1);
}

/** Makes a word a statistic. It counts for no hash either. */
export function exempt(at: usize): void {
  const flag = flags + (at >> 2);
  store<u8>(flag, load<u8>(flag) | STATISTIC | VOLATILE);
}

/** Makes a word contended. */
export function contend(at: usize): void {
  const flag = flags + (at >> 2);
  if ((load<u8>(flag) & CONTENDED) == 0) contendedWords++;
  store<u8>(flag, load<u8>(flag) | CONTENDED);
}

/** Forgets which words are contended: another program begins. */
export function forgetContended(): void {
  const last = end >> 2;
  for (let word: usize = 0; word < last; word++) {
    const flag = load<u8>(flags + word);
    if ((flag & CONTENDED) != 0) store<u8>(flags + word, flag & ~CONTENDED);
  }
  contendedWords = 0;
}

// ---- Save and restore -------------------------------------------------------------------------

/** Saves the engine's memory as it is. */
export function save(): void {
  memory.copy(saved, 0, end);
  forgetChanges();
}

@inline
function forgetChanges(): void {
  const count = load<u32>(blocks);
  for (let i: u32 = 0; i < count; i++) store<u16>(changed + (load<u32>(blocks + 4 + (i << 2)) << 1), 0);
  store<u32>(blocks, 0);
  forgetMarks();
}

/** Restores what changed since `save`, and begins another execution. */
export function restore(): void {
  restoreBlocks(0);
  forgetMarks();
  store<u32>(grown, 0);
  store<u32>(log, 0);
  touched = 0;
  generation = (generation + 1) & 0xffff;
  if (generation == 0) {
    memory.fill(words, 0, end);
    generation = 1;
  }
}

/** Restores the changed blocks from the one with this number on. */
@inline
function restoreBlocks(first: u32): void {
  const count = load<u32>(blocks);
  for (let i = first; i < count; i++) {
    const block = load<u32>(blocks + 4 + (i << 2));
    store<u16>(changed + (block << 1), 0);
    const at = <usize>block << BLOCK_SHIFT;
    memory.copy(at, saved + at, BLOCK);
  }
  store<u32>(blocks, first);
}

/** True when the memory equals the saved one: what no restore may leave otherwise. Slow, for tests. */
export function restored(): bool {
  for (let at: usize = 0; at < end; at += 8) if (load<u64>(at) != load<u64>(saved + at)) return false;
  return true;
}

/** A hash of what differs from the saved memory: equal states have equal hashes. */
export function stateHash(): u64 {
  let hash: u64 = 0;
  const count = load<u32>(blocks);
  for (let i: u32 = 0; i < count; i++) {
    let at = <usize>load<u32>(blocks + 4 + (i << 2)) << BLOCK_SHIFT;
    for (const to = at + BLOCK; at < to; at += 8) {
      if (load<u64>(at) != load<u64>(saved + at)) hash += differing(at) + differing(at + 4);
    }
  }
  return hash;
}

/** What a word adds to the hash: nothing when it is as it was saved, or does not count. */
@inline
function differing(at: usize): u64 {
  const value = load<u32>(at);
  if (value == load<u32>(saved + at) || (load<u8>(flags + (at >> 2)) & VOLATILE) != 0) return 0;
  return mix(((<u64>at) << 32) | <u64>value);
}

@inline
function mix(x: u64): u64 {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/** What a word adds to the hash of who touched what. */
@inline
function touch64(word: usize, state: u32): u64 {
  return mix(((<u64>word) << 32) | ((state & 0xffff) + 1));
}

/** A hash of who touched which words in this execution, of those that are not contended. */
export function touchedHash(): u64 {
  return touched;
}

/** The host has stored into a range itself. */
export function stored(at: usize, bytes: usize): void {
  const last = (at + bytes - 1) >> BLOCK_SHIFT;
  for (let block = at >> BLOCK_SHIFT; block <= last; block++) change(block << BLOCK_SHIFT);
}

// ---- Marks ------------------------------------------------------------------------------------
//
// A mark is a state in the middle of an execution. To go back there costs what has changed since. Every mark begins an
// epoch, with its number and 2; the first epoch is 1. A block that changes for the first time in an epoch is kept as it was.
// That is not needed for a block that was never changed before: it is in the saved memory.

@inline
function forgetMarks(): void {
  marked = keptWords = keptBlocks = 0;
  lost = false;
}

/** Keeps a piece of a fiber's stack for the mark that comes next: `bytes` from `at` on, rounded up to whole blocks. */
export function keep(at: usize, bytes: u32): void {
  const to = at + bytes;
  for (; at < to; at += BLOCK) keepBlock(at, NO_EPOCH);
}

function keepBlock(at: usize, epoch: u32): void {
  if (keptBlocks == OLD_ROOM) {
    lost = true;
    return;
  }
  const entry = oldBlocks + keptBlocks++ * OLD_BYTES;
  store<u32>(entry, <u32>at);
  store<u32>(entry + 4, epoch);
  memory.copy(entry + 8, at, BLOCK);
}

/** Marks the state as it is, behind what `keep` kept for it. False: there is no room, and no way back to any mark. */
export function mark(stackBlocks: u32): bool {
  if (marked == MARKS_ROOM) lost = true;
  if (lost) return false;
  const entry = marks + marked++ * MARK_BYTES;
  store<u32>(entry, load<u32>(blocks));
  store<u32>(entry + 4, keptWords);
  store<u32>(entry + 8, keptBlocks);
  store<u32>(entry + 12, stackBlocks);
  store<u64>(entry + 16, touched);
  return true;
}

/** Whether every mark still has what it needs. */
export function holds(): bool {
  return !lost;
}

/** Goes back to a mark, by its number. Later ones are gone. */
export function back(number: u32): void {
  marked = number + 1;
  const entry = marks + number * MARK_BYTES;
  const words = load<u32>(entry + 4);
  while (keptWords > words) restoreWord(--keptWords);
  const first = load<u32>(entry + 8);
  while (keptBlocks > first) restoreBlock(--keptBlocks);
  for (let i = load<u32>(entry + 12); i > 0; i--) restoreBlock(first - i);
  touched = load<u64>(entry + 16);
  restoreBlocks(load<u32>(entry));
  store<u32>(log, 0);
}

function restoreBlock(number: u32): void {
  const entry = oldBlocks + number * OLD_BYTES;
  const at = <usize>load<u32>(entry);
  const epoch = load<u32>(entry + 4);
  memory.copy(at, entry + 8, BLOCK);
  if (epoch != NO_EPOCH) store<u16>(changed + ((at >> BLOCK_SHIFT) << 1), <u16>epoch);
}

function restoreWord(number: u32): void {
  const entry = oldWords + (number << 3);
  const word = load<u32>(entry);
  const state = load<u32>(entry + 4);
  const at = words + ((word & ~GROUP) << 2);
  store<u32>(at, state);
  if ((word & GROUP) != 0) for (let i: usize = 4; i < 32; i += 4) store<u32>(at + i, state);
}

function keepWord(word: u32, state: u32): void {
  if (keptWords == WORDS_ROOM) {
    lost = true;
    return;
  }
  const entry = oldWords + (keptWords++ << 3);
  store<u32>(entry, word);
  store<u32>(entry + 4, state);
}

// ---- Accesses ---------------------------------------------------------------------------------

/** Notes that a block changes, before it does. */
@inline
function change(at: usize): void {
  const flag = changed + ((at >> BLOCK_SHIFT) << 1);
  const epoch = <u16>(marked + 1);
  if (load<u16>(flag) != epoch) firstChange(at, flag, epoch);
}

function firstChange(at: usize, flag: usize, epoch: u16): void {
  const last = load<u16>(flag);
  store<u16>(flag, epoch);
  if (last != 0) {
    keepBlock(at & ~(BLOCK - 1), last);
    return;
  }
  const count = load<u32>(blocks);
  store<u32>(blocks + 4 + (count << 2), <u32>(at >> BLOCK_SHIFT));
  store<u32>(blocks, count + 1);
}

/** Notes who touches a word that is not contended yet. */
@inline
function touch(word: usize, write: bool): void {
  const at = words + (word << 2);
  const mine = write ? cpuBit | (cpuBit << 8) : cpuBit;
  const now = generation << 16;
  let state = load<u32>(at);
  if (((state ^ (now | mine)) & (0xffff_0000 | mine)) == 0) return;
  if (marked != 0) keepWord(<u32>word, state);
  if (state >> 16 == generation) touched -= touch64(word, state);
  else state = now;
  state |= mine;
  store<u32>(at, state);
  touched += touch64(word, state);
  const who = state & 0xff;
  if ((state & 0xff00) != 0 && (who & (who - 1)) != 0) {
    store<u8>(flags + word, load<u8>(flags + word) | CONTENDED);
    contendedWords++;
    const count = load<u32>(grown);
    if (count < GROWN_ROOM) store<u32>(grown + 4 + (count << 2), <u32>word);
    store<u32>(grown, count + 1);
  }
}

/** The place of accesses that are hushed, in the log. */
const HUSHED: u32 = 0xff_ffff;

@external("model", "plain.forget") declare function hostForget(at: usize, bytes: u32): void;

/** The last marked access was one of the engine's own checks. */
let silent: bool = false;

/** An access of the engine's own checks: no decision, but what it depends on counts, as for a plain access. */
function hushed(at: usize, bytes: u32, write: bool): bool {
  silent = true;
  if (plain(HUSHED, at, bytes, write) && write) hostForget(at, bytes);
  return false;
}

/** A marked access of 4 bytes. True: the host decides. */
@inline
function decide32(place: u32, at: usize, write: bool): bool {
  silent = false;
  if (write) change(at);
  if (cpuBit == 0) return false;
  if (load<u8>(quiet + place) != 0) return hushed(at, 4, write);
  const flag = load<u8>(flags + (at >> 2));
  decided = (flag & CONTENDED) != 0;
  if (decided) return true;
  if ((flag & STATISTIC) == 0) touch(at >> 2, write);
  return all;
}

/** A marked access to a lock's word: also of a lock that the engine's checks take. */
@inline
function decideLock(at: usize): bool {
  silent = false;
  change(at);
  if (cpuBit == 0) return false;
  decided = (load<u8>(flags + (at >> 2)) & CONTENDED) != 0;
  if (decided) return true;
  touch(at >> 2, true);
  return all;
}

/** A marked access of 8 bytes. */
@inline
function decide64(place: u32, at: usize, write: bool): bool {
  silent = false;
  if (write) change(at);
  if (cpuBit == 0) return false;
  if (load<u8>(quiet + place) != 0) return hushed(at, 8, write);
  const flag = <u32>load<u16>(flags + (at >> 2));
  decided = (flag & (CONTENDED | (CONTENDED << 8))) != 0;
  if (decided) return true;
  touch(at >> 2, write);
  touch((at >> 2) + 1, write);
  return all;
}

/** What a read-modify-write is that nobody decides about, for the host. */
const FULL: u32 = 0;
const ACQUIRE: u32 = 1;
const RELEASE: u32 = 2;
const LOCK: u32 = 3;
const UNLOCK: u32 = 4;

@external("model", "plain.pass") declare function hostPass(kind: u32, at: usize, value: u32, blockers: u32): void;

/** A read-modify-write of a word that is not contended: what it orders counts in a weak memory model all the same. */
@inline
function pass(kind: u32, at: usize, value: u32, blockers: u32): void {
  if (weak && cpuBit != 0 && !silent) hostPass(kind, at, value, blockers);
}

/** A plain access of at most 8 bytes. True: a weak memory model decides what it sees, or who sees it. */
@inline
function plain(id: u32, at: usize, bytes: u32, write: bool): bool {
  if (at >= end) return false;
  if (write) change(at);
  if (cpuBit == 0) return false;
  const two = (<u32>at & 3) + bytes > 4;
  let flag: u32 = load<u8>(flags + (at >> 2));
  if (two) flag |= <u32>load<u8>(flags + (at >> 2) + 1);
  if ((flag & STATISTIC) != 0) return false;
  if ((flag & CONTENDED) != 0) {
    note(id, bytes, at, write);
    return weak;
  }
  touch(at >> 2, write);
  if (two) touch((at >> 2) + 1, write);
  return false;
}

function note(id: u32, bytes: u32, at: usize, write: bool): void {
  const count = load<u32>(log);
  if (count == LOG_ROOM) return;
  const entry = log + 8 + (count << 3);
  store<u32>(entry, id | (bytes << 24) | (write ? WRITE : 0));
  store<u32>(entry + 4, <u32>at);
  store<u32>(log, count + 1);
}

@external("model", "plain.load") declare function hostPlainLoad(id: u32, at: usize, bytes: u32): usize;
@external("model", "plain.store") declare function hostPlainStore(id: u32, at: usize, bytes: u32, low: u32, high: u32): void;

/** Before a plain load. Returns from where to load: there is what the CPU sees. */
export function plain_load(id: u32, at: usize, bytes: u32): usize {
  return plain(id, at, bytes, false) ? hostPlainLoad(id, at, bytes) : at;
}

/** Before a plain store of `value`. */
export function plain_store(id: u32, at: usize, bytes: u32, value: u64): void {
  if (plain(id, at, bytes, true)) hostPlainStore(id, at, bytes, <u32>value, <u32>(value >> 32));
}

/** Before a fill: a plain store to each word. */
export function plain_fill(id: u32, to: usize, bytes: u32, value: u32): void {
  range(id, to, bytes, 0, (value & 0xff) * 0x0101_0101);
}

/** Before a copy: a plain load of each word, which sees the newest value, and then a plain store to each. */
export function plain_copy(id: u32, to: usize, from: usize, bytes: u32): void {
  range(id, from, bytes, LOADS, 0);
  if (to != from) range(id, to, bytes, from, 0);
}

/** No range begins there: this one is loaded. */
const LOADS: usize = usize.MAX_VALUE;

/** A plain access to each word of a range. `from` is LOADS; or where its new contents are; or 0: each becomes `value`. */
function range(id: u32, at: usize, bytes: u32, from: usize, value: u32): void {
  const to = at + bytes;
  const ahead = from == LOADS || from == 0 ? from : from - at;
  for (; at < to && (at & 31) != 0; at += 4) word(id, at, <u32>min(4, to - at), ahead, value);
  if (at + 32 <= to && to <= end) at = groups(id, at, to, ahead, value);
  for (; at < to; at += 4) word(id, at, <u32>min(4, to - at), ahead, value);
}

/** One word of a range, or its first bytes. `ahead`: as `from` of `range`, or how far behind the word its new contents are. */
@inline
function word(id: u32, at: usize, bytes: u32, ahead: usize, value: u32): void {
  if (plain(id, at, bytes, ahead != LOADS) && ahead != LOADS)
    hostPlainStore(id, at, bytes, ahead == 0 ? value : load<u32>(at + ahead), 0);
}

/** The groups of 8 words of a range: those without flags that nobody else touched are noted without a look at each. */
function groups(id: u32, at: usize, to: usize, ahead: usize, value: u32): usize {
  const write = ahead != LOADS;
  const own = (generation << 16) | (write ? (cpuBit << 8) | cpuBit : cpuBit);
  for (; at + 32 <= to; at += 32) {
    if (write) change(at);
    if (cpuBit != 0 && load<u64>(flags + (at >> 2)) == 0 && areOld(at)) {
      // A state of an older execution is as good as none.
      if (marked != 0) keepWord(<u32>(at >> 2) | GROUP, 0);
      for (let i: usize = 0; i < 32; i += 4) {
        store<u32>(words + at + i, own);
        touched += touch64((at + i) >> 2, own);
      }
      continue;
    }
    for (let i: usize = 0; i < 32; i += 4) word(id, at + i, 4, ahead, value);
  }
  return at;
}

/** Whether nobody touched any of 8 words in this execution. */
@inline
function areOld(at: usize): bool {
  const now = generation;
  const states = words + at;
  for (let i: usize = 0; i < 32; i += 4) if (load<u32>(states + i) >> 16 == now) return false;
  return true;
}

// ---- Hooks: the engine's marked accesses, under the names of overlays/model/arch/hooks.ts --------------

@external("model", "load32.once") declare function host_load32_once(place: u32, at: usize): u32;
export function load32_once(place: u32, at: usize): u32 {
  return decide32(place, at, false) ? host_load32_once(place, at) : load<u32>(at);
}

@external("model", "ask32.once") declare function host_ask32_once(place: u32, at: usize, value: u32): u32;
/** A load for one question: is the word `value`? */
export function ask32_once(place: u32, at: usize, value: u32): u32 {
  return decide32(place, at, false) ? host_ask32_once(place, at, value) : load<u32>(at);
}

@external("model", "load64.once") declare function host_load64_once(place: u32, at: usize): u64;
export function load64_once(place: u32, at: usize): u64 {
  return decide64(place, at, false) ? host_load64_once(place, at) : load<u64>(at);
}

@external("model", "load32.acquire") declare function host_load32_acquire(place: u32, at: usize): u32;
export function load32_acquire(place: u32, at: usize): u32 {
  return decide32(place, at, false) ? host_load32_acquire(place, at) : load<u32>(at);
}

@external("model", "load64.acquire") declare function host_load64_acquire(place: u32, at: usize): u64;
export function load64_acquire(place: u32, at: usize): u64 {
  return decide64(place, at, false) ? host_load64_acquire(place, at) : load<u64>(at);
}

@external("model", "load32.dereference") declare function host_load32_dereference(place: u32, at: usize): u32;
export function load32_dereference(place: u32, at: usize): u32 {
  return decide32(place, at, false) ? host_load32_dereference(place, at) : load<u32>(at);
}

@external("model", "load64.dereference") declare function host_load64_dereference(place: u32, at: usize): u64;
export function load64_dereference(place: u32, at: usize): u64 {
  return decide64(place, at, false) ? host_load64_dereference(place, at) : load<u64>(at);
}

@external("model", "store32.once") declare function host_store32_once(place: u32, at: usize, value: u32): void;
export function store32_once(place: u32, at: usize, value: u32): void {
  if (decide32(place, at, true)) host_store32_once(place, at, value);
  else store<u32>(at, value);
}

@external("model", "store64.once") declare function host_store64_once(place: u32, at: usize, value: u64): void;
export function store64_once(place: u32, at: usize, value: u64): void {
  if (decide64(place, at, true)) host_store64_once(place, at, value);
  else store<u64>(at, value);
}

@external("model", "store32.release") declare function host_store32_release(place: u32, at: usize, value: u32): void;
export function store32_release(place: u32, at: usize, value: u32): void {
  if (decide32(place, at, true)) host_store32_release(place, at, value);
  else store<u32>(at, value);
}

@external("model", "store64.release") declare function host_store64_release(place: u32, at: usize, value: u64): void;
export function store64_release(place: u32, at: usize, value: u64): void {
  if (decide64(place, at, true)) host_store64_release(place, at, value);
  else store<u64>(at, value);
}

@external("model", "store32.assign") declare function host_store32_assign(place: u32, at: usize, value: u32): void;
export function store32_assign(place: u32, at: usize, value: u32): void {
  if (decide32(place, at, true)) host_store32_assign(place, at, value);
  else store<u32>(at, value);
}

@external("model", "add32.full") declare function host_add32_full(place: u32, at: usize, value: u32): u32;
export function add32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_add32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old + value);
  return old;
}

@external("model", "mark32.full") declare function host_mark32_full(place: u32, at: usize, value: u32): u32;
export function mark32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_mark32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old + value);
  return old;
}

@external("model", "sub32.full") declare function host_sub32_full(place: u32, at: usize, value: u32): u32;
export function sub32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_sub32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old - value);
  return old;
}

@external("model", "or32.full") declare function host_or32_full(place: u32, at: usize, value: u32): u32;
export function or32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_or32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old | value);
  return old;
}

@external("model", "and32.full") declare function host_and32_full(place: u32, at: usize, value: u32): u32;
export function and32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_and32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old & value);
  return old;
}

@external("model", "xchg32.full") declare function host_xchg32_full(place: u32, at: usize, value: u32): u32;
export function xchg32_full(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_xchg32_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, value);
  return old;
}

@external("model", "xchg64.full") declare function host_xchg64_full(place: u32, at: usize, value: u64): u64;
export function xchg64_full(place: u32, at: usize, value: u64): u64 {
  if (decide64(place, at, true)) return host_xchg64_full(place, at, value);
  pass(FULL, at, 0, 0);
  const old = load<u64>(at);
  store<u64>(at, value);
  return old;
}

@external("model", "or32.acquire") declare function host_or32_acquire(place: u32, at: usize, value: u32): u32;
export function or32_acquire(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_or32_acquire(place, at, value);
  pass(ACQUIRE, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old | value);
  return old;
}

@external("model", "and32.release") declare function host_and32_release(place: u32, at: usize, value: u32): u32;
export function and32_release(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_and32_release(place, at, value);
  pass(RELEASE, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old & value);
  return old;
}

@external("model", "sub32.release") declare function host_sub32_release(place: u32, at: usize, value: u32): u32;
export function sub32_release(place: u32, at: usize, value: u32): u32 {
  if (decide32(place, at, true)) return host_sub32_release(place, at, value);
  pass(RELEASE, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old - value);
  return old;
}

@external("model", "cas32.full") declare function host_cas32_full(place: u32, at: usize, expected: u32, value: u32): u32;
export function cas32_full(place: u32, at: usize, expected: u32, value: u32): u32 {
  if (decide32(place, at, true)) return host_cas32_full(place, at, expected, value);
  const old = load<u32>(at);
  if (old == expected) {
    pass(FULL, at, 0, 0);
    store<u32>(at, value);
  }
  return old;
}

@external("model", "cas64.full") declare function host_cas64_full(place: u32, at: usize, expected: u64, value: u64): u64;
export function cas64_full(place: u32, at: usize, expected: u64, value: u64): u64 {
  if (decide64(place, at, true)) return host_cas64_full(place, at, expected, value);
  const old = load<u64>(at);
  if (old == expected) {
    pass(FULL, at, 0, 0);
    store<u64>(at, value);
  }
  return old;
}

@external("model", "cas32.acquire") declare function host_cas32_acquire(place: u32, at: usize, expected: u32, value: u32): u32;
export function cas32_acquire(place: u32, at: usize, expected: u32, value: u32): u32 {
  if (decide32(place, at, true)) return host_cas32_acquire(place, at, expected, value);
  const old = load<u32>(at);
  if (old == expected) {
    pass(ACQUIRE, at, 0, 0);
    store<u32>(at, value);
  }
  return old;
}

@external("model", "lock32.acquire") declare function host_lock32_acquire(place: u32, at: usize, blockers: u32, delta: u32): void;
/** Takes a lock: waits until no bit of `blockers` is set in its word, then adds `delta`. One event. */
export function lock32_acquire(place: u32, at: usize, blockers: u32, delta: u32): void {
  if (decideLock(at) || (load<u32>(at) & blockers) != 0) host_lock32_acquire(place, at, blockers, delta);
  else {
    pass(LOCK, at, delta, blockers);
    store<u32>(at, load<u32>(at) + delta);
  }
}

@external("model", "trylock32.acquire") declare function host_trylock32_acquire(place: u32, at: usize, blockers: u32, delta: u32): u32;
/** Takes a lock if no bit of `blockers` is set in its word: adds `delta` and returns 1; else 0. */
export function trylock32_acquire(place: u32, at: usize, blockers: u32, delta: u32): u32 {
  if (decideLock(at)) return host_trylock32_acquire(place, at, blockers, delta);
  const old = load<u32>(at);
  if ((old & blockers) != 0) return 0;
  pass(LOCK, at, delta, blockers);
  store<u32>(at, old + delta);
  return 1;
}

@external("model", "get32.full") declare function host_get32_full(place: u32, at: usize, limit: u32): u32;
/** Takes a reference: adds 1 and returns 1 when the count is above 0 and below `limit`; else 0. */
export function get32_full(place: u32, at: usize, limit: u32): u32 {
  if (decide32(place, at, true)) return host_get32_full(place, at, limit);
  const old = load<u32>(at);
  if (old == 0 || old >= limit) return 0;
  pass(FULL, at, 0, 0);
  store<u32>(at, old + 1);
  return 1;
}

@external("model", "unlock32.release") declare function host_unlock32_release(place: u32, at: usize, delta: u32): u32;
/** Gives a lock back: subtracts `delta`. Returns what was there before, for checks only. */
export function unlock32_release(place: u32, at: usize, delta: u32): u32 {
  if (decideLock(at)) return host_unlock32_release(place, at, delta);
  pass(UNLOCK, at, delta, 0);
  const old = load<u32>(at);
  store<u32>(at, old - delta);
  return old;
}

@external("model", "put32.full") declare function host_put32_full(place: u32, at: usize, delta: u32): u32;
/** As unlock32_release, for a count whose change orders everything: subtracts `delta`. */
export function put32_full(place: u32, at: usize, delta: u32): u32 {
  if (decide32(place, at, true)) return host_put32_full(place, at, delta);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old - delta);
  return old;
}

@external("model", "drop32.full") declare function host_drop32_full(place: u32, at: usize, delta: u32): u32;
/** As sub32_full, for one question: was the word 1 before? */
export function drop32_full(place: u32, at: usize, delta: u32): u32 {
  if (decide32(place, at, true)) return host_drop32_full(place, at, delta);
  pass(FULL, at, 0, 0);
  const old = load<u32>(at);
  store<u32>(at, old - delta);
  return old;
}

@external("model", "wait32.once") declare function host_wait32_once(place: u32, at: usize, seen: u32): void;
export function wait32_once(place: u32, at: usize, seen: u32): void {
  if (decide32(place, at, false) || load<u32>(at) == seen) host_wait32_once(place, at, seen);
}

// The host hears of every fence: a weak memory model needs it, and so does the net over plain accesses in each model.
@external("model", "fence.full") declare function host_fence_full(place: u32): void;
export function fence_full(place: u32): void {
  if (cpuBit != 0) host_fence_full(place);
}
@external("model", "fence.write") declare function host_fence_write(place: u32): void;
export function fence_write(place: u32): void {
  if (cpuBit != 0) host_fence_write(place);
}
@external("model", "fence.read") declare function host_fence_read(place: u32): void;
export function fence_read(place: u32): void {
  if (cpuBit != 0) host_fence_read(place);
}
