/** What to say when an access found no frame, and none could be freed: what there is, what is in use, what to change. */
import { RmapError } from "../errors.js";
import { bytes, count } from "../report/numbers.js";
import type { Engine } from "./engine.js";

/** Frames and swap slots, and how many of each are in use; while CPUs run, about. */
export interface Room {
  readonly frames: number;
  readonly framesUsed: number;
  readonly slots: number;
  readonly slotsUsed: number;
}

/** Reads an engine's. */
export function roomOf(engine: Engine): Room {
  const { control, layout } = engine;
  const swap = layout.struct("Swap");
  const field = (name: string) => control.view.load(layout.constant("SWAP") + swap.offset(name));
  const slots = field("slots");
  return {
    frames: control.get("frames"),
    framesUsed: engine.usage().frames,
    slots,
    slotsUsed: slots - field("free"),
  };
}

/** A memory limit that is too small for what is run on it. Exit code 3. */
export class OutOfFrames extends RmapError {
  /**
   * `where` names what failed (`line 5: write to …`), `when` when the figures were taken.
   */
  constructor(where: string, room: Room, pageSize: number, when: string) {
    const { frames, framesUsed, slots, slotsUsed } = room;
    const memory = `${count(framesUsed)} of ${count(frames)} frames (${bytes(frames * pageSize)})`;
    const swap =
      slots === 0
        ? "there is no swap"
        : `${count(slotsUsed)} of ${count(slots)} swap slots (${bytes(slots * pageSize)}) are in use`;
    // What is alive fits exactly, or nearly: the least that is worth a try is somewhat more.
    const least = bytes(Math.ceil((framesUsed + slotsUsed) * 1.25 + 16) * pageSize);
    const full = slots === 0 || slotsUsed * 100 >= slots * 99;
    super(
      "ENOFRAMES",
      `${where}: no frame is free and none can be freed; ${when} ${memory} and ${swap}`,
      full
        ? `memory and swap together must be more than ${bytes((framesUsed + slotsUsed) * pageSize)}: try --swap ${slots === 0 ? "512M" : bytesOption(slots * pageSize * 2)}, or a larger --memory (${least})`
        : "what is in memory is in use: try a larger --memory",
      3,
    );
  }
}

function bytesOption(value: number): string {
  return `${Math.max(1, Math.ceil(value / 2 ** 20))}M`;
}
