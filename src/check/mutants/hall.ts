/**
 * The rooms in which mutants of one compiled schema are tried. A machine is booted once, as the engine is, and each mutant
 * is switched on behind its setup: so a few hundred schedules cost a mutant as much as a race that is made up for it.
 */

import type { CoverSite } from "../../build/cover.js";
import { Counters } from "../../explore/counters.js";
import type { ModelName } from "../../explore/models.js";
import type { Scenario } from "../../scenario/race.js";
import { aimOfDeclaration } from "../aim.js";
import { allMeetings, barrierMeetings, WEAK } from "../meetings/meetings.js";
import { type Aimed, Room, type Wrong } from "../meetings/room.js";
import { isSameFinding } from "../same.js";
import { SWITCH } from "./schema.js";
import type { SwitchBoard } from "./switch.js";

/** Schedules of a room at a time, at first; in each round twice as many. */
const FIRST = 4;
const MOST = 256;
/** Schedules in which it is found out what a room runs. */
const LOOKS = 6;
const SEED = 1;

/** A mutant, as far as a room knows it. */
export interface Guest {
  readonly number: number;
  readonly file: string;
  readonly declaration: string;
}

/** What a room has shown of a mutant. */
export interface Shown extends Wrong {
  readonly race: string;
}

/** A hall has a room for each race. A room boots when the first mutant needs it, and stays. */
export class Hall {
  /** The engine with all mutants, and none switched on. */
  readonly #module: WebAssembly.Module;
  readonly #monitor: WebAssembly.Module;
  readonly #scenarios: readonly Scenario[];
  /** Those about barriers; and all that are small enough for a weak model. */
  readonly #barriers: ReadonlySet<Scenario>;
  readonly #small: ReadonlySet<Scenario>;
  readonly #rooms = new Map<string, Room>();
  /** By room: the declarations that its CPUs run, as `FILE NAME`, with how often in a step. */
  readonly #reach = new Map<string, ReadonlyMap<string, number>>();
  readonly #board: SwitchBoard;
  /** The engine as it is, with counters. Made when a room is first looked at. */
  #counted: WebAssembly.Module | undefined;
  /** Schedules so far. */
  executions = 0;

  /** `catalogue`: the package's races, which are tried like meetings. */
  constructor(board: SwitchBoard, monitor: WebAssembly.Module, catalogue: readonly Scenario[]) {
    this.#board = board;
    this.#module = board.module(0, () => false);
    this.#monitor = monitor;
    this.#scenarios = [...allMeetings(), ...catalogue];
    this.#barriers = new Set(barrierMeetings());
    this.#small = new Set([...barrierMeetings(), ...catalogue]);
  }

  /**
   * Tries a mutant in all rooms that run its declaration, a little longer each round, while `goesOn`. Returns what the
   * engine as it is does not show. With number 0: whatever there is. In a weak model it tries the small rooms.
   */
  try(guest: Guest, seed: number, goesOn: () => boolean, model: ModelName = "sc"): Shown | undefined {
    const rooms = this.#roomsOf(guest, model);
    for (const { scenario } of rooms) this.#room(scenario, model).forget();
    const aim = aimOfDeclaration(this.#module, guest.file, guest.declaration);
    // The engine as it is makes all of the same schedules: its part is not cut short, but it says that it lives.
    const lives = (): boolean => {
      goesOn();
      return true;
    };
    for (
      let round = 0, many = FIRST;
      goesOn() && rooms.length > 0;
      round++, many = Math.min(2 * many, MOST)
    ) {
      for (const { scenario } of rooms) {
        if (!goesOn()) break;
        const own = seed + round;
        const aimed = this.#aimed(round, model === "sc", aim);
        const room = this.#room(scenario, model);
        const shown = this.#run(room, guest.number, own, many, goesOn, aimed);
        const [first] = shown;
        if (first === undefined) continue;
        if (guest.number === 0) return { ...first, race: scenario.name };
        room.forget();
        const plain = this.#run(room, 0, own, many, lives, aimed);
        room.forget();
        const found = shown.find((one) => !plain.some((other) => isSameFinding(one, other)));
        if (found !== undefined) return { ...found, race: scenario.name };
      }
    }
    return undefined;
  }

  /** The schedules of a round: all kinds take turns. A sweep asks nothing of a weak model. */
  #aimed(round: number, sweeps: boolean, aim: Aimed["aim"]): Aimed {
    const kind = round % (sweeps ? 3 : 2);
    return kind === 0 ? {} : { aim, sweeps: kind === 2 };
  }

  /** Boots the machines of all rooms that a mutant needs, unless they are there. `onRoom` is called before each. */
  open(guest: Guest, onRoom: () => void): void {
    if (guest.number !== 0)
      for (const scenario of this.#scenarios) {
        if (this.#reach.has(scenario.name)) continue;
        onRoom();
        this.#reach.set(scenario.name, this.#look(scenario));
      }
    for (const model of ["sc", WEAK] as const)
      for (const { scenario } of this.#roomsOf(guest, model)) {
        onRoom();
        this.#room(scenario, model);
      }
  }

  /**
   * The rooms that run a mutant's declaration: first those in which that takes the fewest steps, and in a weak model those
   * about barriers before all.
   */
  #roomsOf({ number, file, declaration }: Guest, model: ModelName): { readonly scenario: Scenario }[] {
    const isFirst = (one: Scenario): boolean => model !== "sc" && this.#barriers.has(one);
    return this.#scenarios
      .filter((scenario) => model === "sc" || this.#small.has(scenario))
      .map((scenario) => {
        const runs = number === 0 ? 1 : this.#reach.get(scenario.name)?.get(`${file} ${declaration}`);
        return { scenario, runs: runs ?? 0 };
      })
      .filter(({ runs }) => runs > 0)
      .sort((a, b) => Number(isFirst(b.scenario)) - Number(isFirst(a.scenario)) || b.runs - a.runs);
  }

  #run(
    room: Room,
    number: number,
    seed: number,
    executions: number,
    goesOn: () => boolean,
    aimed: Aimed,
  ): readonly Wrong[] {
    const chosen = switchOf(room);
    chosen.value = number;
    try {
      this.executions += executions;
      return room.run(seed, executions, goesOn, aimed);
    } finally {
      chosen.value = 0;
    }
  }

  #room(scenario: Scenario, model: ModelName): Room {
    const name = `${model} ${scenario.name}`;
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new Room({ scenario, module: this.#module, monitor: this.#monitor, model });
      this.#rooms.set(name, room);
    }
    return room;
  }

  /** How often a room runs each declaration in the engine as it is. */
  #look(scenario: Scenario): ReadonlyMap<string, number> {
    this.#counted ??= this.#board.module(0, ({ kind }) => kind === "entry");
    const module = this.#counted;
    const room = new Room({ scenario, module, monitor: this.#monitor });
    const counters = new Counters(module, room.runner.machine.exports);
    const before = counters.sites.map((_, at) => counters.count(at));
    room.run(SEED, LOOKS);
    const found = new Map<string, number>();
    for (const [at, { file, declaration }] of (counters.sites as readonly CoverSite[]).entries())
      if (counters.count(at) > (before[at] as number))
        found.set(`${file} ${declaration}`, (counters.count(at) - (before[at] as number)) / room.steps);
    return found;
  }
}

/** The switch of a room's engine. Its machine was set up with the switch off. */
function switchOf({ runner }: Room): WebAssembly.Global {
  const { [SWITCH]: found } = runner.machine.exports as Readonly<
    Record<string, WebAssembly.Global | undefined>
  >;
  if (found === undefined) throw new TypeError("the machine has no switch");
  return found;
}
