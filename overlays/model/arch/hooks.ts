/**
 * What the modelled hardware is made of: one imported function an access. The host gives them; a memory model behind
 * them decides what a load sees and where a store lands, and a strategy which CPU goes next.
 *
 * The import's name says what the access is, so that nobody mirrors numbers: `KIND BITS . ORDER`.
 *
 *   load, store                       an access that others may race with
 *   add, sub, or, and, xchg, cas      read-modify-writes: each returns what was there before
 *   mark                              add to a word that holds a lock's bit beside other bits: the sum leaves that bit
 *                                     alone, and the caller does not look at it in what was there before
 *   fence                             an order between other accesses: full, write, read
 *   wait                              until the word is seen to differ from `seen`
 *   lock, unlock                      a lock's word: `lock` waits until no bit of `blockers` is set, and adds `delta`;
 *                                     `unlock` subtracts it. To take a lock is one event: nobody sees a vain attempt
 *   trylock                           as lock, but returns 0 instead of waiting
 *   get, put                          a count of users: `get` adds 1 if the count is above 0 and below `limit`, and
 *                                     returns whether; `put` subtracts. What `unlock` and `put` return is for checks
 *   ask, drop                         the same of a count of which the caller asks one thing: `ask` loads, and only whether it
 *                                     is `value` matters; `drop` subtracts, and only whether 1 was there matters
 *
 *   once          no order: READ_ONCE, WRITE_ONCE
 *   acquire       before everything that follows        release   behind everything that came before
 *   dereference   before what is read through it        assign    behind what was stored into the object
 *   full          before and behind everything
 *
 * The first argument is the place in the code, numbered by the build: pass PLACE.
 */

/** The place where this is written, as a number: see src/wasm/places.ts. */
@external("build", "place")
export declare const PLACE: u32;

@external("model", "load32.once")
export declare function load32Once(place: u32, at: usize): u32;

@external("model", "load64.once")
export declare function load64Once(place: u32, at: usize): u64;

@external("model", "load32.acquire")
export declare function load32Acquire(place: u32, at: usize): u32;

@external("model", "load64.acquire")
export declare function load64Acquire(place: u32, at: usize): u64;

@external("model", "load32.dereference")
export declare function load32Dereference(place: u32, at: usize): u32;

@external("model", "load64.dereference")
export declare function load64Dereference(place: u32, at: usize): u64;

@external("model", "store32.once")
export declare function store32Once(place: u32, at: usize, value: u32): void;

@external("model", "store64.once")
export declare function store64Once(place: u32, at: usize, value: u64): void;

@external("model", "store32.release")
export declare function store32Release(place: u32, at: usize, value: u32): void;

@external("model", "store64.release")
export declare function store64Release(place: u32, at: usize, value: u64): void;

@external("model", "store32.assign")
export declare function store32Assign(place: u32, at: usize, value: u32): void;

@external("model", "add32.full")
export declare function add32Full(place: u32, at: usize, value: u32): u32;

@external("model", "mark32.full")
export declare function mark32(place: u32, at: usize, value: u32): u32;

@external("model", "sub32.full")
export declare function sub32Full(place: u32, at: usize, value: u32): u32;

@external("model", "or32.full")
export declare function or32Full(place: u32, at: usize, bits: u32): u32;

@external("model", "and32.full")
export declare function and32Full(place: u32, at: usize, bits: u32): u32;

@external("model", "xchg32.full")
export declare function xchg32Full(place: u32, at: usize, value: u32): u32;

@external("model", "xchg64.full")
export declare function xchg64Full(place: u32, at: usize, value: u64): u64;

@external("model", "cas32.full")
export declare function cas32Full(place: u32, at: usize, expected: u32, value: u32): u32;

@external("model", "cas64.full")
export declare function cas64Full(place: u32, at: usize, expected: u64, value: u64): u64;

@external("model", "cas32.acquire")
export declare function cas32Acquire(place: u32, at: usize, expected: u32, value: u32): u32;

@external("model", "or32.acquire")
export declare function or32Acquire(place: u32, at: usize, bits: u32): u32;

@external("model", "and32.release")
export declare function and32Release(place: u32, at: usize, bits: u32): u32;

@external("model", "sub32.release")
export declare function sub32Release(place: u32, at: usize, value: u32): u32;

@external("model", "lock32.acquire")
export declare function lock32(place: u32, at: usize, blockers: u32, delta: u32): void;

@external("model", "trylock32.acquire")
export declare function trylock32(place: u32, at: usize, blockers: u32, delta: u32): u32;

@external("model", "get32.full")
export declare function get32(place: u32, at: usize, limit: u32): u32;

@external("model", "put32.full")
export declare function put32(place: u32, at: usize, delta: u32): u32;

@external("model", "ask32.once")
export declare function ask32(place: u32, at: usize, value: u32): u32;

@external("model", "drop32.full")
export declare function drop32(place: u32, at: usize, delta: u32): u32;

@external("model", "unlock32.release")
export declare function unlock32(place: u32, at: usize, delta: u32): u32;

@external("model", "fence.full")
export declare function fenceFull(place: u32): void;

@external("model", "fence.write")
export declare function fenceWrite(place: u32): void;

@external("model", "fence.read")
export declare function fenceRead(place: u32): void;

@external("model", "wait32.once")
export declare function wait32(place: u32, at: usize, seen: u32): void;
