/**
 * Delay points: a CPU whose Cpu.delaySeed is set dawdles there now and then, as its seed decides, so that the others get
 * into the window.
 *
 * There are more CPUs than cores, so dawdling on a core mostly keeps the others out. Most delays therefore hand the core
 * over: the CPU sleeps until some other CPU has come further by a few events, or for PATIENCE naps.
 */

import { cpuOf, ctl, thisCpu } from "./cpu";
import { here } from "./place";
import { trace } from "./trace";
import { EPOCH_IDLE, EVENT_DELAY, OPF_STEADY, OP_SCAN } from "../layout";
import { Cpu } from "../obj/cpu";
import { OpRecord } from "../obj/record";
import { sleepOn } from "./wait";

/** A nap, nanoseconds: the shortest that the system gives is longer. */
const NAP: i64 = 10_000;
/** Most naps of one delay. */
const PATIENCE: u32 = 4;

/** A delay point. `site` tells the places apart: any number will do. */
@inline
export function delayPoint(site: u32): void {
  delayAt(site, here());
}

/** The delay point `site`, which stands at a place in the code. */
export function delayAt(site: u32, place: u32): void {
  const cpu = thisCpu();
  if (cpu.delaySeed == 0 || isSteady(cpu.current)) return;
  const draw = next(cpu);
  if (!fancies(mood(cpu), site, draw)) return;
  trace(EVENT_DELAY | (place << 8), site);
  if (((draw >> 8) & 7) < 2) spin(cpu, (draw >> 16) & 1023);
  else handOver(cpu, 1 + ((draw >> 16) & 15), PATIENCE);
}

/** Sixteen ways to behave; each lasts 16 records. */
@inline
function mood(cpu: Cpu): u32 {
  let x = (cpu.index >> 4) * 0x9e3779b1 + cpu.number * 0x85ebca6b;
  x ^= x >> 15;
  x *= 0x2c1b3c6d;
  return x >> 28;
}

/** In one mood a CPU hurries, in another it dawdles now and then anywhere, in a third at few sites, but often. */
@inline
function fancies(mood: u32, site: u32, draw: u32): bool {
  if (mood < 5) return false;
  if (mood < 8) return (draw & 15) == 0;
  return (site & 7) == (mood & 7) && (draw & 3) < 2;
}

/** The next number of the CPU's sequence. */
function next(cpu: Cpu): u32 {
  let x = cpu.delaySeed;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  cpu.delaySeed = x;
  return x * 0x9e3779b1;
}

function spin(cpu: Cpu, turns: u32): void {
  for (let i = turns; i > 0; i--) atomic.load<u32>(cpu.epochAt);
}

/**
 * Sleeps until the other CPUs that work have noted `events` events more, at most `naps` times. Scanners note so many
 * that they would use up every delay before another CPU came anywhere: they count only while nobody else works.
 */
function handOver(cpu: Cpu, events: u32, naps: u32): void {
  const scanners = !othersWork(cpu, false);
  const begin = othersEvents(cpu, scanners);
  for (let i: u32 = 0; i < naps && othersEvents(cpu, scanners) - begin < events && othersWork(cpu, scanners); i++)
    sleepOn(cpu.barrierAt, cpu.barrier, NAP);
}

/** Whether any other CPU executes something; without `scanners`, something that is no scan. */
function othersWork(cpu: Cpu, scanners: bool): bool {
  for (let i: u32 = 0; i < ctl().cpus; i++) {
    if (i == cpu.number || atomic.load<u32>(cpuOf(i).epochAt) == EPOCH_IDLE) continue;
    if (scanners || !scans(cpuOf(i))) return true;
  }
  return false;
}

/** How many events all other CPUs have noted so far; without `scanners`, those that do not scan now. */
function othersEvents(cpu: Cpu, scanners: bool): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < ctl().cpus; i++)
    if (i != cpu.number && (scanners || !scans(cpuOf(i)))) sum += atomic.load<u32>(cpuOf(i).eventsAt);
  return sum;
}

/** Whether a CPU executes a scan. Its record is looked at as it happens to be: only a delay depends on it. */
@inline
function scans(other: Cpu): bool {
  const record = other.current;
  return record != 0 && changetype<OpRecord>(record).op == OP_SCAN;
}

/** Whether the operation that is executed is to run without delays. */
@inline
function isSteady(record: u32): bool {
  return record != 0 && (changetype<OpRecord>(record).flags & OPF_STEADY) != 0;
}
