/** Chooses the moments of a replay that are worth a look, and keeps the pages of those. */

import type { BestLook, Moment, MomentKind, PressurePoint, SharingPoint, Superlative } from "./figures.js";
import type { Processes } from "./processes.js";
import type { MappingNames, ReplayScene } from "./scene.js";

/** Words that all scans may read: at once, and for each operation of the replay. A word takes a few nanoseconds. */
const READ_FIRST = 10_000;
const READ_PER_OPERATION = 2;
/** A fork that may share much gets a look until so many times that are read. */
const READ_FOR_MUCH = 6;
/** A moment is better than another one when its figure is larger by this part of it. */
const BETTER = 1 / 16;
/** A fork that may share so many pages, and so much more than those with a look, gets one in any case. */
const MUCH = 128;
const MUCH_MORE = 1.25;
/** Points of a curve to keep. */
const MOST_POINTS = 512;

/** A moment with the figure that it is the best of. */
interface Best {
  readonly value: number;
  readonly moment: Kept;
}

/** A moment as it is kept until the end. */
type Kept = Omit<Moment, "kinds">;

/** Looks at the machine between windows. */
export class Moments {
  readonly #scene: ReplayScene;
  readonly #processes: Processes;
  readonly #best = new Map<MomentKind, Best>();
  /** The best of all looks: a moment is kept only when it is better by a part. */
  readonly #looks = new Map<Superlative, BestLook>();
  #sharing: SharingPoint[] = [];
  #pressure: PressurePoint[] = [];
  #sharingSkip = { every: 1, seen: 0 };
  #pressureSkip = { every: 1, seen: 0 };
  #lastRead = 0;
  /** What sharing saved at the last look, and the pages that forks have shared since then, at most. */
  #saved = 0;
  #shared = 0;
  /** The most that sharing can have saved at a fork without a look, and at the last one, with the processes that lived then. */
  #missed = 0;
  #next = 0;
  #living = 0;
  #awaits = false;
  #much = false;
  #mostSeen = 0;
  /** What the forks with a look may have shared at most, and the most processes that lived at one. */
  #tried = 0;
  #triedLiving = 0;
  /** Frames of files at the last look. */
  #fileFrames = 0;
  scans = 0;
  read = 0;

  constructor(scene: ReplayScene, processes: Processes) {
    this.#scene = scene;
    this.#processes = processes;
  }

  /**
   * A process has forked, as far as the trace is read. Says how much a look right after it is worth: it may show more sharing,
   * or a longer walk, than all looks so far. What a fork can share is bounded by the kernel's counts: no more than all pages but the largest
   * process's, and no more than the child's beyond what the last look has shown.
   */
  forked(place: number): "nothing" | "some" | "much" {
    const { mapped, largest, living } = this.#processes.sums("expected");
    this.#shared += this.#processes.expected[place] as number;
    const most = Math.min(mapped - largest, this.#saved + this.#shared);
    const more = most > this.#tried && this.#beats("most shared", most);
    const longer = most > 0 && living > this.#triedLiving && this.#beats("longest walk", living);
    this.#miss();
    this.#next = most;
    this.#living = living;
    this.#much = most >= MUCH && most > MUCH_MORE * Math.max(this.#tried, this.#mostSeen);
    return this.#much ? "much" : more || longer ? "some" : "nothing";
  }

  /** The next look is for the fork that `forked` was told. */
  awaited(): void {
    this.#awaits = true;
    this.#tried = Math.max(this.#tried, this.#next);
    this.#triedLiving = Math.max(this.#triedLiving, this.#living);
  }

  /** Whether more frames may be in use than at every look, as the kernel counts. */
  mayHaveMostFrames(): boolean {
    return this.#beats("most frames", this.#processes.sums("expected").mapped + this.#fileFrames);
  }

  /** The best of all looks, of each kind. */
  get best(): readonly BestLook[] {
    return [...this.#looks.values()];
  }

  /** No moment has saved more pages. */
  get mostSaved(): number {
    return Math.max(this.#missed, this.#next, this.#mostSeen);
  }

  /** The last fork has no look. */
  #miss(): void {
    this.#missed = Math.max(this.#missed, this.#next);
    this.#next = 0;
    this.#awaits = this.#much = false;
  }

  /**
   * Looks at the machine at rest, if its work so far allows another look and there may be something to see. `last`: it is
   * the end of the recording.
   */
  look(seconds: number, operations: number, names: () => MappingNames, last: boolean): void {
    const pressure = this.#scene.pressure();
    this.#pressure = thinned(this.#pressure, this.#pressureSkip, { seconds, ...pressure }, last);
    const room = (READ_FIRST + READ_PER_OPERATION * operations) * (this.#much ? READ_FOR_MUCH : 1);
    // One half is for whatever comes, so that the curve goes on; the other one for what may be better.
    const read = this.read + this.#lastRead;
    const passes = !last && read > room / 2 && (read > room || !this.#promises(pressure.frames));
    if (passes || !this.#awaits) this.#miss();
    if (passes) return;
    const slots = this.#processes.living();
    const sums = this.#scene.scan(slots);
    this.scans++;
    this.read += sums.read;
    this.#lastRead = sums.read;
    const { anonMapped: mappedPages, anonFrames: framePages } = sums;
    const saved = mappedPages - framePages;
    this.#mostSeen = Math.max(this.#mostSeen, saved);
    // What comes back from swap is shared again without a fork.
    this.#fileFrames = sums.fileFrames;
    this.#saved = pressure.swapOut > 0 ? Number.POSITIVE_INFINITY : saved;
    this.#shared = this.#next = 0;
    this.#awaits = this.#much = false;
    this.#sharing = thinned(this.#sharing, this.#sharingSkip, { seconds, mappedPages, framePages }, last);
    const found: [Superlative, number][] = [
      ["most shared", saved],
      ["most frames", framePages + sums.fileFrames],
      // One entry is what every walk finds.
      ["longest walk", sums.mostMapped > 1 ? sums.mostMapped : 0],
    ];
    for (const [kind, value] of found)
      if (value > (this.#looks.get(kind)?.found ?? 0))
        this.#looks.set(kind, { kind, seconds, found: value, mappedPages, framePages });
    const values: [MomentKind, number][] = [...found, ["end", last ? mappedPages + sums.fileMapped : 0]];
    const won = values.filter(([kind, value]) => this.#beats(kind, value));
    if (won.length === 0) return;
    const named = names();
    const moment = {
      ...{ seconds, sums, owners: slots.map((slot) => this.#processes.owner(slot)) },
      ...{ ends: slots.map((slot) => named.ends(slot)), pages: this.#scene.take() },
    };
    for (const [kind, value] of won) this.#best.set(kind, { value, moment });
  }

  /** Whether a scan may find a better moment: what it finds is bounded by what is known without it. */
  #promises(frames: number): boolean {
    const { mapped, largest, living } = this.#processes.sums("pages");
    return (
      this.#beats("most frames", frames) ||
      this.#beats("most shared", mapped - largest) ||
      this.#beats("longest walk", living > 1 ? living : 0)
    );
  }

  #beats(kind: MomentKind, value: number): boolean {
    const best = this.#best.get(kind)?.value ?? 0;
    return value > best + Math.floor(best * BETTER);
  }

  /** The moments, in the order of time; those of one time are one. */
  figures(): readonly Moment[] {
    const found = new Map<Kept, MomentKind[]>();
    for (const [kind, { moment }] of this.#best) found.set(moment, [...(found.get(moment) ?? []), kind]);
    return [...found].map(([moment, kinds]) => ({ kinds, ...moment })).sort((a, b) => a.seconds - b.seconds);
  }

  get sharing(): readonly SharingPoint[] {
    return this.#sharing;
  }

  get pressure(): readonly PressurePoint[] {
    return this.#pressure;
  }
}

/** The points with one more. When there are too many, every other one goes, and fewer come from then on. */
function thinned<Point>(
  points: Point[],
  skip: { every: number; seen: number },
  point: Point,
  last: boolean,
): Point[] {
  if (skip.seen++ % skip.every !== 0 && !last) return points;
  points.push(point);
  if (points.length < MOST_POINTS) return points;
  skip.every *= 2;
  return points.filter((_, at) => at % 2 === 0);
}
