/** What to say when an access found no frame, and none could be freed: what there is, what is in use, what to change. */
import { RmapError } from "../errors.js";
import { bytes, count, sizeOption } from "../report/numbers.js";
import type { Engine } from "./engine.js";
import { MAX_BYTES, MAX_SWAP } from "./memory.js";

/** Bytes of swap that are suggested where there is less. */
const USUAL_SWAP = 512 * 2 ** 20;

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
   * `where` names what failed (`line 5: write to …`), `when` when the figures were taken: after the access, so that much
   * may have been given back since.
   */
  constructor(where: string, room: Room, pageSize: number, when: string) {
    super(
      "ENOFRAMES",
      `${where}: no frame is free and none can be freed; ${when}, ${useText(room, pageSize)}`,
      adviceText(room, pageSize),
      3,
    );
  }
}

/** What was in use of what there is. */
function useText({ frames, framesUsed, slots, slotsUsed }: Room, pageSize: number): string {
  // A sum over counters of CPUs that run may exceed what there is by a few.
  const used = Math.min(framesUsed, frames);
  const memory = `${count(used)} of ${count(frames)} frames (${bytes(frames * pageSize)})`;
  if (slots === 0) return `${memory} were in use, and there is no swap`;
  return `${memory} and ${count(slotsUsed)} of ${count(slots)} swap slots (${bytes(slots * pageSize)}) were in use`;
}

/** What to try: always more than there is, since that was too little, whatever is in use by now. */
function adviceText({ frames, framesUsed, slots, slotsUsed }: Room, pageSize: number): string {
  // What is alive fits exactly, or nearly: the least that is worth a try is somewhat more.
  const alive = Math.ceil((framesUsed + slotsUsed) * 1.25) + 16;
  const memory = Math.min(MAX_BYTES, Math.max(2 * frames, alive) * pageSize);
  const swap = Math.min(MAX_SWAP, Math.max(USUAL_SWAP, 2 * slots * pageSize));
  const moreMemory = memory > frames * pageSize ? `--memory ${sizeOption(memory)}` : undefined;
  const moreSwap = swap > slots * pageSize ? `--swap ${sizeOption(swap)}` : undefined;
  const both = [moreSwap, moreMemory].filter((option) => option !== undefined).join(", or ");
  if (both === "") return "the engine takes no more --memory and --swap than this";
  if (slots === 0) return `try ${both}`;
  const given = bytes((frames + slots) * pageSize);
  if (slotsUsed * 100 >= slots * 99)
    return `${given} of memory and swap together are too little: try ${both}`;
  // Swap may have been full when the access failed, and what filled it gone by now.
  if (moreMemory === undefined || moreSwap === undefined) return `try ${both}`;
  return `try ${moreMemory}; ${moreSwap} helps only if swap was full before`;
}
